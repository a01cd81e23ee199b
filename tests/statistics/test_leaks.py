"""Nothing but biology tells planted alleles from background: real cases, audited from their files.

The small study has 150 cases on a fourth of the genes of four chromosomes; its limits follow from its size (see
raresim.audit.classifier). The audit of 1,300 cases on the whole exome has the limits of the design, 0.55 and 0.005,
which take 900 planted alleles in every part, more than every 1,000 cases have.
"""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import raresim
from raresim.audit import compare
from raresim.audit.leaks import audit, collect
from raresim.bgzf import compress
from raresim.spec import Spec
from tests import audit_tables

pytest.importorskip("sklearn")

SEED = 10


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from raresim import synthetic

    genome = synthetic.build()
    wanted = {genome.index[name] for name in ("1", "2", "3", "X")}
    rows = [g for g in range(len(genome.genes)) if genome.genes.contig[g] in wanted and genome.genes.hgnc[g]]
    spec = Spec(
        seed=SEED,
        cases=150,
        reuse=True,
        targets={"genes": tuple(genome.genes.hgnc[g] for g in rows[::4])},  # type: ignore[arg-type]
        background={"kind": "coalescent", "ancestry": {"EUR": 120}},
    )
    out = tmp_path_factory.mktemp("leaks") / "study"
    raresim.run(spec, out)
    return out


def test_a_small_study_leaks_nothing(folder: Path) -> None:
    report = audit(folder)
    assert report.passed, report.text()
    assert report.cases == 150
    assert report.planted > 150
    assert report.part(compare.TEXT).figure.planted > 100


Lines = list[list[str]]
Change = Callable[[Lines, set[tuple[str, ...]]], Lines]


def _at_the_end(lines: Lines, planted: set[tuple[str, ...]]) -> Lines:
    """Records spiked in after the background, as some simulators do."""
    return [c for c in lines if _key(c) not in planted] + [c for c in lines if _key(c) in planted]


def _key(cells: list[str]) -> tuple[str, ...]:
    return (cells[0], cells[1], cells[3], cells[4])


def _identified(lines: Lines, planted: set[tuple[str, ...]]) -> Lines:
    """An ID that only planted records have."""
    return [[*c[:2], "rs1", *c[3:]] if _key(c) in planted else c for c in lines]


@pytest.mark.parametrize(("change", "every"), [(_at_the_end, 1), (_identified, 10)])
def test_a_leak_in_the_files_is_found(folder: Path, tmp_path: Path, change: Change, every: int) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    planted: dict[str, set[tuple[str, ...]]] = {}
    for line in (folder / "truth" / "alleles.tsv").read_text().splitlines()[2:]:
        cells = line.split("\t")
        planted.setdefault(cells[0], set()).add((cells[2], cells[3], cells[4], cells[5]))
    for path in sorted((copy / "observed" / "vcf").glob("*.vcf.gz"))[::every]:
        text = gzip.decompress(path.read_bytes()).decode().splitlines()
        header = [line for line in text if line.startswith("#")]
        body = change([line.split("\t") for line in text[len(header) :]], planted[path.name.removesuffix(".vcf.gz")])
        data = "\n".join([*header, *("\t".join(cells) for cells in body), ""]).encode()
        path.write_bytes(compress(memoryview(data))[0])
    report = audit(copy)
    assert not report.part(compare.TEXT).passed, report.text()
    assert not report.passed


@pytest.mark.slow
def test_exomes_leak_nothing_and_planted_leaks_are_found() -> None:
    spec = Spec(
        seed=SEED,
        cases=1300,
        reuse=True,
        background={"kind": "coalescent", "ancestry": {"EUR": 1000}, "database": 0.3},
    )
    study = collect(spec)
    report = compare.report(study)
    assert report.cases == 1300
    assert report.planted > 1400
    for name in (compare.TEXT, compare.READS, compare.SEQUENCE):
        figure = report.part(name).figure
        assert (figure.limit_auc, figure.limit_tpr) == (0.55, 0.005)
    assert report.passed, report.text()
    for leak in audit_tables.LEAKS:
        for share in (1.0, 0.1):
            table = audit_tables.leaking(study, leak, share).table
            figure = compare.separated(table, compare.questions(table)[audit_tables.PARTS.get(leak, compare.TEXT)])[0]
            assert not figure.passed, (leak, share, figure)
