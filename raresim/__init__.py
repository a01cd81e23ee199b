"""raresim: simulated rare-disease cases with exact truth, for testing diagnostic tools.

``Spec`` says what a study is, ``cases(spec)`` is its cases as a sequence, ``run(spec, folder)`` writes them, and
``score(folder)`` says how well they are solved. The kinds of a family are classes of its module:
``raresim.inheritance.AutosomalRecessive``.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from raresim.cases import cases, run
    from raresim.errors import InputError
    from raresim.mixture import Weighted
    from raresim.score.run import score
    from raresim.spec import Reference, Spec, TargetChoice

__version__ = "0.1.0"
__all__ = ["InputError", "Reference", "Spec", "TargetChoice", "Weighted", "cases", "run", "score"]

_HOMES = {
    "InputError": "errors",
    "Reference": "spec",
    "Spec": "spec",
    "TargetChoice": "spec",
    "Weighted": "mixture",
    "run": "cases",
}
_MODULES = (
    *("background", "disease", "pedigree", "inheritance", "variant", "phenotype", "sequencing", "format", "diagnoser"),
    *("cases", "score"),
)


_VERBS = {"cases": "raresim.cases", "score": "raresim.score.run"}  # modules that are verbs, and where those are


class _Verb(ModuleType):
    """A module that is also the verb of its name: ``raresim.cases(spec)`` is ``raresim.cases.cases(spec)``."""

    def __call__(self, *args: Any, **settings: Any) -> Any:
        name = self.__name__.rpartition(".")[2]
        return getattr(importlib.import_module(_VERBS[name]), name)(*args, **settings)


class _Package(ModuleType):
    """Importing a module sets it here as an attribute, whoever imports it: that is where two of them become verbs."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _VERBS and isinstance(value, ModuleType):
            value.__class__ = _Verb
        ModuleType.__setattr__(self, name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"raresim.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(f"raresim.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'raresim' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted({*__all__, *_MODULES, "__version__"})
