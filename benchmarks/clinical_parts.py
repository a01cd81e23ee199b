"""What each part of the clinical kind earns: the figures of `raresim audit realism` with one part left out.

    python benchmarks/clinical_parts.py --real CASES [--salt audit] [--seeds 1] [PART ...]

All is learned from the training part of the split alone; every record is drawn by itself but in the row with levels.
Half a minute of CPU a part and seed, and one for the lessons.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from raresim import catalog, reports
from raresim.audit.realism import evaluate, setting, space, twins
from raresim.clinical import Model
from raresim.clinical.features import STATIC, USE
from raresim.clinical.fit import lessons, model
from raresim.clinical.fit_terms import CONTEXT
from raresim.phenotype.clinical import Clinical

BY_SIZE = [name for name in STATIC if name.endswith("by size of entry")]
FREQUENCY = STATIC[STATIC.index("frequency") : STATIC.index("similarity")]
SIMILAR = STATIC[STATIC.index("similarity") : STATIC.index("never")]
PARTS: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "use": (*USE, "observed by size of entry", "excluded by size of entry"),
    "specificity": (*STATIC[len(USE) : STATIC.index("frequency")], "information by size of entry"),
    "frequency": (*FREQUENCY, "frequency by size of entry"),
    "similarity to the disease": (*SIMILAR, *BY_SIZE[BY_SIZE.index("similarity by size of entry") :]),
    "what the disease never has": STATIC[STATIC.index("never") : STATIC.index(BY_SIZE[0])],
    "size of the entry": tuple(BY_SIZE),
    "terms already recorded": CONTEXT,
    "all scores": (*STATIC, *CONTEXT),
}
STRUCTURE = "structure by the entry"
LEVELS = "nothing, with levels"


def any_entry(made: Model) -> Model:
    """Return the model with one leaf for all entries."""
    none = np.full(1, -1, np.int32)
    return replace(
        made,
        tree_off=np.array([0, 1], np.int32),
        feature=none.astype(np.int16),
        threshold=np.zeros(1, np.float32),
        left=none,
        right=none,
        leaf=np.zeros((1, len(made.profile)), np.int32),
    )


def main() -> None:
    """Print a row of figures for each part that is left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", type=Path, required=True)
    parser.add_argument("--salt", default="audit")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("parts", nargs="*", default=[*PARTS, STRUCTURE, LEVELS])
    options = parser.parse_args()
    known = setting(reports.read(options.real).reports, options.salt, catalog.load(), space.load())
    learned = lessons(known.parts.train, known.catalog)
    print("| Left out | AUC | P / D | energy | terms / observed | mae of top 1/5/10/50 | tau | mean KS |")
    for part in options.parts:
        made = model(learned, PARTS.get(part, ()))
        with TemporaryDirectory() as folder:
            (any_entry(made) if part == STRUCTURE else made).save(Path(folder))
            kind = Clinical(style=folder, levels=part == LEVELS)
            found = [evaluate(known, twins(known, kind, seed)) for seed in range(1, options.seeds + 1)]
        mean = {
            "auc": np.mean([f.auc.auc for f in found]),
            "P": np.mean([f.groups["P"].auc for f in found]),
            "D": np.mean([f.groups["D"].auc for f in found]),
            "energy": np.mean([f.energy for f in found]),
            "terms": np.mean([f.terms.auc for f in found]),
            "observed": np.mean([f.observed_terms.auc for f in found]),
            "step": np.mean([f.step for f in found]),
        }
        mae = "/".join(f"{x:.1f}" for x in np.mean([f.difficulty.mae for f in found], axis=0))
        tau = np.mean([f.difficulty.tau_mrr for f in found])
        print(
            f"| {part} | {mean['auc']:.3f} | {mean['P']:.3f} / {mean['D']:.3f} | {mean['energy']:.3f} "
            f"| {mean['terms']:.3f} / {mean['observed']:.3f} | {mae} | {tau:.2f} | {mean['step']:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
