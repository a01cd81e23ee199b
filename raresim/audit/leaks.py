"""Does anything but biology give the planted alleles away? An audit of a finished study, or of one made as it goes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from raresim.audit import compare, file_features, records
from raresim.audit.classifier import models
from raresim.audit.compare import CaseFacts, Study
from raresim.audit.report import LeakReport
from raresim.audit.sequence_features import Surroundings
from raresim.audit.table import Table
from raresim.errors import InputError

if TYPE_CHECKING:
    from raresim.genome import Genome
    from raresim.spec import Spec

Progress = Callable[[float], None]


def audit(folder: Path | str, progress: Progress = lambda share: None) -> LeakReport:
    """Audit the folder of a finished study (``raresim run``), with its VCF files, truth and panel/sites.vcf.gz.

    InputError: the folder is no study, has no VCF files, or scikit-learn is not installed.
    """
    from raresim.spec import Spec
    from raresim.world import load_genome

    models()
    folder = Path(folder)
    if not (folder / "study.toml").exists() or not (folder / "observed" / "vcf").is_dir():
        raise InputError(f"{folder}: no study.toml or no observed/vcf; give the folder that `raresim run` wrote")
    collector = Collector(load_genome(Spec.load(folder / "study.toml")), folder / "panel" / "sites.vcf.gz")
    collector.add(folder, progress)
    return compare.report(collector.study())


def audit_study(spec: Spec, progress: Progress = lambda share: None) -> LeakReport:
    """Audit a study that is never kept: its cases are written shard by shard, read, and removed."""
    return compare.report(collect(spec, progress))


def collect(spec: Spec, progress: Progress = lambda share: None) -> Study:
    """Write the cases of a study shard by shard, and return what an audit reads of them."""
    from raresim import world
    from raresim.cases import check, shards, study_of, write_shard

    models()
    made = world.make(spec)
    check(spec, made)
    with TemporaryDirectory() as name:
        folder = Path(name)
        for kind in spec.output:
            if getattr(kind, "once", False):
                with kind.open(folder, study_of(made)):
                    pass
        collector = Collector(made.genome, folder / "panel" / "sites.vcf.gz")
        parts = shards(spec, folder / "shards")
        for done, part in enumerate(parts, 1):
            write_shard(spec, made, part, None)
            collector.add(part.folder)
            shutil.rmtree(part.folder)
            progress(done / len(parts))
    return collector.study()


class Collector:
    """Gathers what an audit needs of the cases below one folder after the other."""

    def __init__(self, genome: Genome, database: Path) -> None:
        from raresim.score import vcf_columns
        from raresim.score.database import read

        known = vcf_columns.alleles(vcf_columns.read(database), genome.index).sites
        self._around = Surroundings(genome, read(database, genome.index), known)
        self._tables: list[Table] = []
        self._facts: list[CaseFacts] = []
        self._files: list[list[float]] = []
        self._unseen = 0

    def add(self, folder: Path, progress: Progress = lambda share: None) -> None:
        """Read the cases of a folder with ``observed`` and ``truth``."""
        answers = records.answers(folder, self._around.genome.index)
        facts = {row["case"]: row for row in records.rows(folder / "truth" / "cases.tsv")}
        for done, answer in enumerate(answers, 1):
            path = folder / "observed" / "vcf" / f"{answer.code}.vcf.gz"
            table, samples, lines = records.read(path, answer, self._around)
            self._tables.append(table)
            self._unseen += len(answer.planted) - int(table.planted.sum())
            self._files.append(file_features.features(folder, answer.code, samples, answer.roles[0], lines))
            self._facts.append(compare.facts(facts[answer.code], self._around.genome))
            progress(done / len(answers))

    def study(self) -> Study:
        """Return what was gathered."""
        if not self._tables:
            raise InputError("audit: the study has no case")
        return Study(
            table=Table.concat(self._tables),
            unseen=self._unseen,
            facts=tuple(self._facts),
            files=np.array(self._files, np.float64),
        )
