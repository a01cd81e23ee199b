"""Formats: text equals its twin, files are whole or absent, and what is written says the same everywhere."""

from __future__ import annotations

import dataclasses
import errno
import gzip
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import orjson
import pysam
import pytest

from raresim import files
from raresim.annotation import annotators, compared, greatest, join
from raresim.calls import diploid, select, take
from raresim.case import Case
from raresim.errors import OutputError
from raresim.format.ped import Ped, text
from raresim.format.phenopacket import Phenopacket
from raresim.format.sites_vcf import SitesVcf
from raresim.format.truth import Truth
from raresim.format.vcf import Vcf
from raresim.genome import ContigKind
from raresim.phenopackets import allelic_state, duration
from raresim.sequencing import Genotypes
from raresim.sequencing.exome import Exome
from raresim.truth_tables import COLUMNS, key, line
from raresim.vcf_text import Layout, encode
from tests.naive import vcf as naive
from tests.test_sequencing import genotypes
from tests.two_trios import panel_of, study

COUNTS = ("depth", "ref_reads", "alt_reads")


def body(data: bytes) -> list[str]:
    """Record lines of a compressed VCF."""
    return [row for row in gzip.decompress(data).decode().splitlines(keepends=True) if not row.startswith("#")]


@pytest.mark.parametrize(
    ("phased", "hemizygous"), [(False, "haploid"), (True, "haploid"), (False, "diploid"), (True, "diploid")]
)
def test_text_equals_its_twin(phased: bool, hemizygous: str) -> None:
    truth = genotypes(3000)
    calls = Exome(depth=4.0).call(truth, 6)
    rows = select(calls)
    order = rows[truth.sites.take(rows).order()]
    sites, calls = truth.sites.take(order), take(calls, order)
    layout = Layout("##fileformat=VCFv4.2\n", ("chr1", "chrX", "GL000009.2"))
    data, _ = encode(layout, ["a", "b", "c"], sites, calls, phased=phased, hemizygous=hemizygous)
    view = diploid(calls) if hemizygous == "diploid" else calls
    mark = "|" if phased else "/"
    assert body(data) == [naive.record(list(layout.names), sites, view, i, mark) for i in range(len(sites))]


def test_large_numbers_and_long_alleles() -> None:
    from raresim.sites import Sites, Variant

    truth = genotypes(3)
    calls = Exome().call(truth, 6)
    calls = dataclasses.replace(calls, pl=np.full_like(calls.pl, 32000), qual=np.array([96000.5, 0.0, 99999.0]))
    bases = "".join(np.random.default_rng(1).choice(list("ACGT"), 150_000))
    sites = Sites.of([Variant(0, 0, "A", "T"), Variant(0, 99_999, "A", "A" + bases), Variant(0, 2**29 - 300, "A", "C")])
    calls = dataclasses.replace(calls, alt=np.maximum(calls.alt, 0), ploidy=np.full_like(calls.ploidy, 2))
    data, index = encode(Layout("##fileformat=VCFv4.2\n", ("chr1",)), ["a", "b", "c"], sites, calls)
    assert body(data) == [naive.record(["chr1"], sites, calls, i) for i in range(3)]
    assert gzip.decompress(index)[:4] == b"TBI\1"


def test_blocks_of_any_numbers_and_places_equal_their_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    from raresim import bgzf
    from raresim.sites import Sites, Variant

    rng = np.random.default_rng(3)
    n, names = 4000, ["chr1", "GL000009.2", "chrX"]
    spots = [(int(c), int(10 ** rng.uniform(0, 8.3)) + int(rng.integers(0, 2000))) for c in rng.integers(0, 3, n)]
    alleles = [("A", "G"), ("CT", "C"), ("G", "GACGT"), ("T", "*"), ("N", "A")]
    sites = Sites.of(Variant(c, p, *alleles[rng.integers(5)]) for c, p in sorted(set(spots)))
    calls = Exome().call(Genotypes(sites, rng.integers(0, 2, (len(sites), 2, 2)).astype(np.int8)), 6)
    rows = select(calls)
    sites, calls, n = sites.take(rows), take(calls, rows), len(rows)
    wild = rng.random((n, 2)) < 0.2  # counts and likelihoods on both sides of 8,192 and of 10,000
    numbers = (10 ** rng.uniform(0, 4.4, (n, 2, 6))).astype(np.int32)
    pl = np.where(wild[:, :, None] & (calls.ploidy > 0)[:, :, None], numbers[:, :, :3].astype(np.int16), calls.pl)
    columns = {name: np.where(wild, numbers[:, :, 3 + i], getattr(calls, name)) for i, name in enumerate(COUNTS)}
    calls = dataclasses.replace(calls, pl=pl, qual=10 ** rng.uniform(0, 4.5, n), **columns)
    layout, compress, given = Layout("##fileformat=VCFv4.2\n", tuple(names)), bgzf.compress, []
    monkeypatch.setattr(bgzf, "compress", lambda text: given.append(len(text)) or compress(text))
    data, _ = encode(layout, ["a", "b"], sites, calls)
    assert body(data) == [naive.record(names, sites, calls, i) for i in range(n)]
    assert given[0] < 100  # the header; the records need no compressor


def test_a_contig_of_one_letter_and_blocks_of_two_records() -> None:
    from raresim.sites import Sites, Variant

    places = [5, 4000, 70_000, 900_000, 900_001, 2_000_000]
    sites = Sites.of([Variant(c, p, "A", "C" + "ACGT" * 8000 * (p % 2)) for c in (0, 1) for p in places])
    calls = Exome().call(Genotypes(sites, np.ones((12, 2, 2), np.int8)), 6)
    rows = select(calls)
    sites, calls = sites.take(rows), take(calls, rows)
    data, _ = encode(Layout("##fileformat=VCFv4.2\n", ("A", "1")), ["a", "b"], sites, calls)
    assert body(data) == [naive.record(["A", "1"], sites, calls, i) for i in range(len(sites))]


def test_a_text_that_the_code_does_not_suit_is_compressed() -> None:
    from raresim.sites import Sites, Variant
    from raresim.vcf_text import told

    sites = Sites.of(Variant(0, 1000 * i, "N", "N" * 900) for i in range(200))
    assert told(b"N" * 900)[1] > 8 * 900  # more bits than the text has: a block of it would be too large
    calls = Exome().call(Genotypes(sites, np.ones((200, 3, 2), np.int8)), 6)
    layout = Layout("##fileformat=VCFv4.2\n", ("chr1",))
    data, _ = encode(layout, ["a", "b", "c"], sites, calls)
    assert body(data) == [naive.record(["chr1"], sites, calls, i, "/") for i in range(200)]
    assert len(data) < 20_000


def test_a_family_without_a_record_is_a_valid_file(tmp_path: Path) -> None:
    world, cases = study()
    seen = cases[0].observed
    none = np.zeros(0, np.int64)
    layout = Layout.of(world.world.genome)
    data, index = encode(layout, [m.code for m in seen.members], seen.sites.take(none), take(seen.calls, none))
    (tmp_path / "x.vcf.gz").write_bytes(data)
    (tmp_path / "x.vcf.gz.tbi").write_bytes(index)
    with pysam.VariantFile(str(tmp_path / "x.vcf.gz")) as file:
        assert list(file) == []
        assert list(file.header.samples) == ["P1A", "P1B", "P1C"]


# Files


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"

    def interrupted(error: type[BaseException]) -> None:
        with files.whole(path) as out:
            out.write(b"half")
            raise error

    with pytest.raises(RuntimeError):
        interrupted(RuntimeError)
    assert list(path.parent.iterdir()) == []
    files.write(path, b"whole")
    with pytest.raises(KeyboardInterrupt):
        interrupted(KeyboardInterrupt)
    assert path.read_bytes() == b"whole"
    assert [p.name for p in path.parent.iterdir()] == ["a.txt"]


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError) as caught:
        files.write(tmp_path / "taken" / "a.txt", b"x")
    assert str(caught.value).count("\n") == 0
    assert str(tmp_path / "taken" / "a.txt") in str(caught.value)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("size", [10, 10_000_000])
def test_a_full_disk_is_one_line_that_names_the_file(tmp_path: Path, size: int) -> None:
    (tmp_path / "a.txt.tmp").symlink_to("/dev/full")  # 10 bytes fail only when the file is closed
    with pytest.raises(
        OutputError, match=rf"a\.txt: cannot be written \(No space left on device, errno {errno.ENOSPC}\)"
    ):
        files.write(tmp_path / "a.txt", b"x" * size)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_truth_table_on_a_full_disk(tmp_path: Path) -> None:
    world, cases = study()
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "terms.tsv.tmp").symlink_to("/dev/full")
    with pytest.raises(OutputError, match=r"terms\.tsv: cannot be written"), Truth().open(tmp_path, world) as write:
        write(cases[0])
    assert not (tmp_path / "truth" / "terms.tsv").exists()


def written(folder: Path) -> dict[str, bytes]:
    """Write the study in every format; return the bytes of every file by name."""
    world, cases = study()
    for kind in (Vcf(), Ped(), Phenopacket(), Truth(), SitesVcf()):
        with kind.open(folder, world) as write:
            for case in cases:
                write(case)
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_same_bytes_whenever_and_wherever_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = written(tmp_path / "a")
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    assert written(tmp_path / "b") == first
    assert len(first) == 3 * (2 + 1 + 2 + 1) + len(COLUMNS) + 2
    assert not [name for name in first if name.endswith(".tmp")]


def test_observed_files_hold_nothing_of_the_truth(tmp_path: Path) -> None:
    all_files = written(tmp_path)
    headers = set()
    for name, data in all_files.items():
        if name.startswith("observed/"):
            plain = (gzip.decompress(data) if name.endswith((".gz", ".tbi")) else data).decode(errors="replace")
            for word in ("OMIM", "disease", "GENE", "causal", "planted", "father", "proband", "de_novo", "HGNC"):
                assert word not in plain.partition("#CHROM")[2] or not name.endswith("vcf.gz")
                if not (word == "proband" and name.startswith("observed/families/")):  # a field of GA4GH's Family
                    assert word not in plain or name.endswith("vcf.gz"), (name, word)
            if name.endswith(".vcf.gz"):
                headers.add(plain.partition("\tFORMAT\t")[0])
    assert len(headers) == 1  # the same header in every case but for the samples


def test_the_planted_record_has_the_form_of_the_others() -> None:
    world, cases = study()
    for case in cases:
        rows = body(encode(Layout.of(world.world.genome), ["a", "b", "c"], case.observed.sites, case.observed.calls)[0])
        assert {row.split("\t")[8] for row in rows} == {"GT:AD:DP:GQ:PL"}
        assert {row.split("\t")[2] for row in rows} == {"."}
        assert {tuple(item.partition("=")[0] for item in row.split("\t")[7].split(";")) for row in rows} == {
            ("AC", "AF", "AN")
        }


# PED, tables, phenopackets


def test_ped_has_six_columns_and_no_header() -> None:
    _, cases = study()
    assert text(cases[0].observed).splitlines() == [
        "C0000001X\tP1A\tP1B\tP1C\t1\t2",
        "C0000001X\tP1B\t0\t0\t1\t1",
        "C0000001X\tP1C\t0\t0\t2\t1",
    ]


def test_tables_have_the_documented_columns(tmp_path: Path) -> None:
    written(tmp_path)
    documented = (Path(__file__).parent.parent / "docs" / "files.md").read_text()
    for name, columns in COLUMNS.items():
        lines = (tmp_path / "truth" / f"{name}.tsv").read_text().splitlines()
        assert lines[0] == "#raresim-truth 1"
        assert lines[1].split("\t") == columns.split()
        assert len(lines) > 2 or name in ("noise", "tracts")
        assert {row.count("\t") for row in lines[1:]} == {len(columns.split()) - 1}
        section = documented.partition(f"### {name}.tsv")[2].partition("\n### ")[0]
        for column in columns.split():
            assert f"| `{column}` |" in section, f"docs/files.md does not explain {name}.{column}"


def test_values_of_tables_are_safe_in_a_spreadsheet() -> None:
    assert line(["a\tb\nc", "=1+1", "-x", None, True, False, 0.1, 3]) == "a b c\t'=1+1\t'-x\t\tyes\tno\t0.1\t3\n"
    assert line([1 / 3, 1e-7, -2]) == "0.333333\t1e-07\t-2\n"


def table(folder: Path, name: str) -> list[dict[str, str]]:
    """Rows of a truth table."""
    lines = (folder / "truth" / f"{name}.tsv").read_text().splitlines()
    return [dict(zip(lines[1].split("\t"), row.split("\t"), strict=True)) for row in lines[2:]]


def test_truth_alleles_are_in_the_vcf_as_stated(tmp_path: Path) -> None:
    written(tmp_path)
    rows = table(tmp_path, "alleles")
    assert len(rows) == 4
    for row in rows:
        with pysam.VariantFile(str(tmp_path / "observed" / "vcf" / f"{row['case']}.vcf.gz")) as file:
            (record,) = [
                r
                for r in file.fetch(row["contig"], int(row["pos"]) - 1, int(row["pos"]))
                if (r.pos, r.ref, r.alts) == (int(row["pos"]), row["ref"], (row["alt"],))
            ]
            for item in row["called"].split(";"):
                person, _, genotype = item.partition(":")
                assert "/".join(str(a) for a in record.samples[person]["GT"]) == genotype
        assert row["key"] == "-".join(row[c] for c in ("contig", "pos", "ref", "alt"))
    trans = [row for row in rows if row["case"] == "C0000002X"]
    assert [row["phase_partner"] for row in trans] == [f"trans:{trans[1]['key']}", f"trans:{trans[0]['key']}"]


def test_sexes_agree_in_ped_phenopacket_members_and_genotypes(tmp_path: Path) -> None:
    written(tmp_path)
    people = {row["person"]: row for row in table(tmp_path, "members")}
    for path in sorted((tmp_path / "observed" / "phenopackets").glob("*.json")):
        subject = orjson.loads(path.read_bytes())["subject"]
        assert subject["sex"] == people[subject["id"]]["sex"].upper()
        ped = (tmp_path / "observed" / "ped" / f"{path.stem}.ped").read_text().splitlines()
        for row in ped:
            assert {"1": "male", "2": "female"}[row.split("\t")[4]] == people[row.split("\t")[1]]["sex"]
        with pysam.VariantFile(str(tmp_path / "observed" / "vcf" / f"{path.stem}.vcf.gz")) as file:
            par = study()[0].world.genome.contigs[1]
            for record in file.fetch("chrX"):
                for person, sample in record.samples.items():
                    single = people[person]["sex"] == "male" and not par.in_par(record.start)
                    assert len(sample["GT"]) == (1 if single else 2)
                    assert len(sample["PL"]) == (2 if single else 3)


def test_allelic_states_are_geno_ids(tmp_path: Path) -> None:
    written(tmp_path)
    states = {}
    for path in sorted((tmp_path / "truth" / "phenopackets").glob("*.json")):
        (interpretation,) = orjson.loads(path.read_bytes())["interpretations"]
        for found in interpretation["diagnosis"]["genomicInterpretations"]:
            states.setdefault(path.stem, []).append(
                found["variantInterpretation"]["variationDescriptor"]["allelicState"]["id"]
            )
    assert states == {
        "C0000001X": ["GENO:0000135"],
        "C0000002X": ["GENO:0000135", "GENO:0000135"],
        "C0000003X": ["GENO:0000134"],
    }
    assert allelic_state("1|1", ContigKind.X) == "homozygous"
    assert allelic_state("1", ContigKind.MT) == "homoplasmic"
    assert allelic_state("0|1", ContigKind.MT) == "heteroplasmic"


@pytest.mark.parametrize(
    ("years", "text"),
    [
        (0.0, "P0D"),
        (0.02, "P7D"),
        (0.25, "P3M"),
        (1.0, "P1Y"),
        (5.25, "P5Y3M"),
        (34.99999999, "P35Y"),
        (80.99, "P80Y11M"),
    ],
)
def test_durations(years: float, text: str) -> None:
    assert duration(years) == text


# Annotations


def test_frequency_is_that_of_the_database_and_absent_otherwise() -> None:
    world, cases = study()
    panel = world.world.panel
    sites = cases[0].observed.sites
    (note,) = annotators(world.world, ["frequency", "frequency"])
    fields = note.fields(sites)
    for row in range(0, len(sites), 2):
        assert fields[row].startswith(
            b";gnomAD_AC=4;gnomAD_AN=300;gnomAD_AF=0.0133333;gnomAD_nhomalt=1;gnomAD_grpmax=afr"
        )
        assert fields[row + 1 : row + 2] in ([b""], [])
    assert panel.ac[1::2].sum() == 0
    shuffled = np.random.default_rng(1).permutation(len(sites))
    assert note.fields(sites.take(shuffled)) == [fields[i] for i in shuffled]
    assert join([], 5) is None


def test_grpmax_leaves_bottlenecked_groups_out() -> None:
    """As in gnomAD: an allele that is most frequent in FIN has the greatest frequency of the others, or none."""
    assert compared(("AFR", "FIN")) == [0]
    assert greatest([0], [1, 50], [100, 200]) == 0
    assert greatest([0], [0, 50], [100, 200]) is None
    assert greatest(compared(("FIN",)), [50], [200]) == 0


def test_sites_vcf_holds_the_database_only(tmp_path: Path) -> None:
    written(tmp_path)
    panel = study()[0].world.panel
    with pysam.VariantFile(str(tmp_path / "panel" / "sites.vcf.gz")) as file:
        records = list(file)
    carried = np.flatnonzero(panel.ac.sum(axis=1))
    assert [r.pos - 1 for r in records] == panel.sites.pos[carried].tolist()
    for record in records:
        assert record.info["AC"] == (4,)
        assert record.info["AN"] == record.info["AN_nfe"] + record.info["AN_afr"] == 300
        assert record.info["nhomalt"][0] <= record.info["AC"][0] / 2
        assert record.info["AF_grpmax"][0] == pytest.approx(0.03)
    text = gzip.decompress((tmp_path / "panel" / "sites.vcf.gz").read_bytes())
    assert b"P1A" not in text


def test_an_empty_database(tmp_path: Path) -> None:
    world, cases = study()
    none = cases[0].observed.sites.take(np.zeros(0, np.int64))
    nobody = SimpleNamespace(**{**vars(world.world), "panel": panel_of(none)})
    with SitesVcf().open(tmp_path, dataclasses.replace(world, world=nobody)):
        pass
    with pysam.VariantFile(str(tmp_path / "panel" / "sites.vcf.gz")) as file:
        assert list(file) == []
    (note,) = annotators(nobody, ["frequency"])
    assert set(note.fields(cases[0].observed.sites)) == {b""}
    assert note.fields(none) == []


def test_keys_count_from_one() -> None:
    world, cases = study()
    allele = cases[0].truth.alleles[0]
    assert (
        key(world.world.genome, allele.variant)
        == f"chr1-{allele.variant.pos + 1}-{allele.variant.ref}-{allele.variant.alt}"
    )


def test_no_temporary_file_survives_a_failing_writer(tmp_path: Path) -> None:
    world, cases = study()

    def broken(case: Case) -> Case:
        return dataclasses.replace(case, truth=dataclasses.replace(case.truth, disease="OMIM:404"))

    with pytest.raises(KeyError), Truth().open(tmp_path, world) as write:
        write(broken(cases[0]))
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
    assert os.listdir(tmp_path / "truth") == []
