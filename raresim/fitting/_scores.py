"""How good a model is on cases it did not learn from, and what it gives away of those it learned from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from raresim.errors import InputError
from raresim.fitting import Fitter, Options

if TYPE_CHECKING:
    from raresim.audit.realism.report import RealismReport
    from raresim.catalog import Catalog
    from raresim.reports import Report

SALT = "fit"  # of the split: one for all, so that cards can be compared
SEEDS = 3


def scores(
    fitter: Fitter,
    name: str,
    reports: Sequence[Report],
    catalog: Catalog,
    options: Options,
    progress: Callable[[str, float], None],
) -> tuple[RealismReport | None, str]:
    """Return (figures, "") of the same fit on a part of the reports, judged on the others, or (None, why not).

    The reports are split by publication and disease; nothing of a held-out publication is in the catalog that the model
    is fitted and drawn with.
    """
    from raresim.audit.realism import space
    from raresim.audit.realism.assess import Examiner
    from raresim.audit.realism.privacy import privacy
    from raresim.audit.realism.report import RealismReport
    from raresim.audit.realism.setting import setting
    from raresim.audit.realism.sources import of_kind

    try:
        known = setting(reports, SALT, catalog, space.load())
    except InputError as error:
        return None, str(error)
    with TemporaryDirectory() as folder:
        progress("fit for judging", 0.0)
        try:
            fitter.fit(known.parts.train, known.catalog, Path(folder), options)
        except InputError as error:
            return None, f"{len(known.parts.train)} reports are left to fit on: {error}"
        source = of_kind(name, fitter.phenotype(Path(folder)))
        examiner = Examiner(known)
        floor = examiner.real(quick=True)
        progress("judge", 0.3)
        found = examiner.assess(source, SEEDS, quick=True)
        assert source.of is not None
        of, bare = source.of, examiner.bare
        progress("privacy", 0.7)
        found = replace(
            found,
            privacy=privacy(known, lambda diseases: of(known, diseases, 11)),
            bare_privacy=privacy(bare, lambda diseases: of(bare, diseases, 11)),
        )
        progress("privacy", 1.0)
    counts = {
        "for fitting": len(known.parts.train),
        "of held-out publications": len(known.parts.publications),
        "of held-out diseases": len(known.parts.diseases),
        "judged": len(known.judged),
    }
    return RealismReport(SALT, counts, floor, (found,)), ""
