"""How near are simulated phenotypes to those of real patients? See docs/phenotypes.md.

::

    known = setting(reports.read(folder).reports, "salt", catalog.load(), space.load())
    figures = evaluate(known, twins(known, kind, seed=1))
"""

from __future__ import annotations

from raresim.audit.realism.evaluate import Figures, evaluate
from raresim.audit.realism.setting import Setting, setting
from raresim.audit.realism.simulate import matched, twins

__all__ = ["Figures", "Setting", "evaluate", "matched", "setting", "twins"]
