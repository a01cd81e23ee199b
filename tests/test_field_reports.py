"""Problems that people of the field reported about other programs, tried with their own inputs by the command.

What a single part can answer has its test beside that part (docstrings there name the report); kinds and commands that
do not exist yet are refused in one line that says what exists.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pysam
import pytest

from raresim.consequence import effects
from raresim.normalise import normalise_sites
from raresim.sites import Sites, Variant
from tests.command import Command, content, raresim
from tests.mini_genome import bgzipped, inputs

FEW = ["--cases", "2", "--set", "background.ancestry={EUR=40}"]
CHR1 = ["--set", 'targets.bed="chr1.bed"']  # of the fixture: what haplotypes and sites of the reports cover
SINGLE = [*CHR1, "--set", "pedigree=singleton", "--set", "reuse=true"]


def genome(fasta: str = "mini.fa", genes: str = "mini.gff3") -> list[str]:
    return ["--set", f'genome={{fasta="{fasta}",genes="{genes}"}}']


@pytest.fixture
def reports(shared: Path, tmp_path: Path) -> Path:
    """A copy of the reports' inputs, in the folder that commands run in."""
    for path in inputs(shared).iterdir():
        shutil.copyfile(path, tmp_path / path.name)
    (tmp_path / "chr1.bed").write_text("chr1\t0\t1033\n")
    return tmp_path


@pytest.fixture
def mini(reports: Path, inside: Command) -> Iterator[Path]:
    """A study of the small genome."""
    done = inside("run", "-o", "mini", *FEW, *genome())
    assert done.returncode == 0, done.stderr
    return reports / "mini"


def test_gene_models_in_several_gzip_members(reports: Path, inside: Command) -> None:
    """I01: the same genes from several members, BGZF and plain text."""
    bgzipped(reports / "bg.gff3.gz", (reports / "mini.gff3").read_bytes())
    digests = set()
    for name in ("I01.gff3.gz", "bg.gff3.gz", "mini.gff3"):
        assert "7 genes on 3 contigs" in inside("check", *FEW, *genome(genes=name)).stdout
        assert inside("run", "-o", name[:3], *FEW, *genome(genes=name)).returncode == 0
        manifest = orjson.loads((reports / name[:3] / "manifest.json").read_bytes())
        digests.add((manifest["inputs"]["genome"]["digest"], manifest["digests"]["truth"]["content"]))
    assert len(digests) == 1


@pytest.mark.parametrize("index", [False, True])
def test_a_read_only_folder_with_and_without_an_index(reports: Path, inside: Command, index: bool) -> None:
    """I03: nothing is written beside the input."""
    folder = reports / "staged"
    folder.mkdir()
    for name in ("mini.fa", "mini.gff3"):
        shutil.copyfile(reports / name, folder / name)
    if index:
        pysam.faidx(str(folder / "mini.fa"))
    before = content(folder)
    folder.chmod(0o555)
    try:
        done = inside("run", "-o", "out", *FEW, *genome("staged/mini.fa", "staged/mini.gff3"))
    finally:
        folder.chmod(0o755)
    assert done.returncode == 0, done.stderr
    assert content(folder) == before


def test_a_contig_name_with_colons_and_a_star(reports: Path, inside: Command) -> None:
    """I04: named in no region, one line of the summary; the output's headers parse."""
    done = inside("run", "-o", "out", *FEW, *genome("I04.fa"))
    assert done.returncode == 0, done.stderr
    assert "contigs without genes, not simulated: 2" in done.stdout
    for path in (reports / "out" / "observed" / "vcf").glob("*.vcf.gz"):
        with pysam.VariantFile(str(path)) as file:
            assert "HLA-A*01:01:01:02" in file.header.contigs
            assert {record.chrom for record in file} <= {"chr1", "chr2", "chrM"}


def test_an_unphased_genotype_is_no_haplotype(reports: Path, inside: Command) -> None:
    """I07: named with record and sample; the folder is as it was."""
    (reports / "samples.tsv").write_text("sample\tancestry\nA\tEUR\nB\tEUR\nC\tEUR\n")
    words = 'background={kind="vcf",path="I07.vcf",samples="samples.tsv",consent="none needed",database=0.34}'
    done = inside("run", "-o", "out", "--cases", "1", *genome(), *SINGLE, "--set", words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("raresim: background.path: I07.vcf: chr1:100: the genotype of B is not phased (0/1)")
    assert done.stderr.count("\n") == 1
    assert not (reports / "out").exists()


def test_haplotypes_without_contig_lines(reports: Path, inside: Command) -> None:
    """I16: contigs are known from the genome; with too few people for cohort and database, one line says so."""
    (reports / "samples.tsv").write_text("sample\tancestry\nA\tEUR\nB\tEUR\n")
    words = 'background={kind="vcf",path="I16.vcf",samples="samples.tsv",consent="none needed",database=0.5}'
    done = inside("run", "-o", "out", "--cases", "1", *genome(), *SINGLE, "--set", words)
    if done.returncode:
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert "I16.vcf" in done.stderr
    else:
        with pysam.VariantFile(str(reports / "out" / "panel" / "sites.vcf.gz")) as file:
            assert {record.pos for record in file} <= {219, 240}


def test_anchored_beside_a_contig_with_colons(reports: Path, inside: Command) -> None:
    """I04: the sites of the HLA contig are left out."""
    words = 'background={kind="anchored",sites="I04_sites.vcf",ancestry={EUR=40}}'
    done = inside("run", "-o", "out", "--cases", "2", *genome("I04.fa"), "--set", "reuse=true", *CHR1, "--set", words)
    assert done.returncode == 0, done.stderr
    assert "contigs without genes, not simulated: 2" in done.stdout


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ['pedigree={kind="ped",file="I17.ped"}'],
            "pedigree.kind: no pedigree is called 'ped'; known: singleton, trio",
        ),
        (
            ['pedigree={kind="ped",file="P01.ped"}'],
            "pedigree.kind: no pedigree is called 'ped'; known: singleton, trio",
        ),
        (
            ['pedigree={kind="ped",file="P02.ped"}'],
            "pedigree.kind: no pedigree is called 'ped'; known: singleton, trio",
        ),
        (['variant={kind="structural"}'], "variant.kind: no variant is called 'structural'; known: consequence"),  # V08
        (["meiosis.interference=true"], "meiosis: there is no such setting"),  # T04
        (['background.demography="I14.yaml"'], "background.ancestry.EUR: the deme EUR of I14.yaml ends 40 generations"),
        (['background.demography="I15.yaml"'], "background.demography: I15.yaml: not a valid Demes model: deme EUR"),
        (['targets.bed="I11_b.bed"'], "targets.bed: I11_b.bed: chr1 195 2600: past the end of chr1 (1033 bases)"),
        (['targets.bed="I11_c.bed"'], "targets.bed: I11_c.bed: no interval in it"),
        (['targets.bed="I11_d.bed"'], "targets.bed: I11_d.bed: line 1: start 260, end 195: not an interval"),
    ],
)
@pytest.mark.parametrize("verb", [["check"], ["run", "-o", "out"]])
def test_one_line_and_nothing_written(
    reports: Path, inside: Command, verb: list[str], words: list[str], line: str
) -> None:
    done = inside(*verb, *FEW, *genome(), *(part for word in words for part in ("--set", word)))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"raresim: {line}")
    assert done.stderr.count("\n") == 1
    assert not (reports / "out").exists()


def test_pulses_above_one(reports: Path, inside: Command) -> None:
    """I15, after its proportions are mended."""
    (reports / "mended.yaml").write_text((reports / "I15.yaml").read_text().replace("[0.7, 0.2]", "[0.7, 0.3]"))
    done = inside("check", *FEW, *genome(), "--set", 'background.demography="mended.yaml"')
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "EUR" in done.stderr


@pytest.mark.parametrize(("bed", "bases"), [("I10.bed", 150), ("I11_a.bed", 65), ("I11_e.bed", 65)])
def test_odd_beds(reports: Path, inside: Command, bed: str, bases: int) -> None:
    """I10, I11: header lines, CRLF, overlaps, other names of contigs, empty intervals, spaces."""
    done = inside("check", *FEW, *genome(), "--set", f'targets.bed="{bed}"')
    assert done.returncode == 0, done.stderr
    assert f"targets: {bases} bases" in done.stdout


@pytest.mark.parametrize("name", ["I12_late_start", "I12_last_rate", "I12_start_cm"])
def test_odd_maps(reports: Path, inside: Command, name: str) -> None:
    """I12: no gap without variants, and no number that is none."""
    few = ["--cases", "40", "--set", "background.ancestry={EUR=400}", "--set", 'output=["vcf","truth"]']
    done = inside("run", "-o", "out", *few, *genome(), "--set", f'map="{name}.map"')
    assert done.returncode == 0, done.stderr
    assert "NaN" not in (reports / "out" / "manifest.json").read_text()
    rows = (reports / "out" / "truth" / "alleles.tsv").read_text().splitlines()[2:]
    assert {row.split("\t")[2] for row in rows} == {"chr1", "chr2", "chr3"} & {row.split("\t")[2] for row in rows}
    assert min(int(row.split("\t")[3]) for row in rows) < 400  # the late map begins at 401


def test_how_each_transcript_was_chosen(reports: Path, inside: Command) -> None:
    """G07: MANE Select, though Plus Clinical stands first."""
    done = inside("run", "-o", "out", "--cases", "10", *FEW[2:], *genome(genes="G07.gff3"), "--set", "reuse=true")
    assert done.returncode == 0, done.stderr
    assert "transcripts chosen: MANE Select" in done.stdout
    lines = [line.split("\t") for line in (reports / "out" / "truth" / "alleles.tsv").read_text().splitlines()[1:]]
    at = {name: lines[0].index(name) for name in ("gene", "transcript")}
    found = {row[at["gene"]]: row[at["transcript"]] for row in lines[1:]}
    assert found.get("GA", "TGA") == "TGA"
    assert len(found) > 2


def test_selenoproteins_are_said_to_be_ordinary_genes(inside: Command) -> None:
    """G06: in the documents and wherever genes are listed."""
    root = Path(__file__).parent.parent
    assert any("elenoprotein" in path.read_text() for path in (root / "docs").glob("*.md"))
    assert "elenoprotein" in inside("list", "genes", "--search", "GPX1").stdout


@pytest.mark.slow
def test_consequences_are_the_same_in_any_order_and_process(reports: Path) -> None:
    """G13: 100 variants, 20 shuffled orders here and 20 fresh processes."""
    from raresim import reference

    made = reference.read(reports / "mini.fa", reports / "mini.gff3")
    rng = random.Random(1)
    variants = [Variant(0, p, made.fetch(0, p, p + 1), rng.choice("ACGT")) for p in rng.sample(range(60, 700), 100)]
    variants = [v for v in variants if v.ref != v.alt]

    def terms(order: list[Variant]) -> dict[Variant, list[tuple[int, int]]]:
        sites = normalise_sites(made, Sites.of(sorted(order)))
        found = effects(made, sites)
        out: dict[Variant, list[tuple[int, int]]] = {}
        for row, gene, term in zip(found.variant, found.gene, found.terms, strict=True):
            out.setdefault(sites[int(row)], []).append((int(gene), int(term)))
        return out

    first = terms(variants)
    for _ in range(20):
        assert terms(rng.sample(variants, len(variants))) == first
    words = ["run", *FEW, *genome(), "-q", "-o"]
    digests = set()
    for seed in range(20):
        assert raresim(*words, f"o{seed}", cwd=reports, PYTHONHASHSEED=str(seed)).returncode == 0
        digests.add((reports / f"o{seed}" / "manifest.json").read_bytes())
    assert len(digests) == 1


@pytest.mark.parametrize(("rounds", "cores"), [(1, 2), pytest.param(5, 4, marks=pytest.mark.slow)])
def test_processes_that_read_one_fasta_at_once(reports: Path, rounds: int, cores: int) -> None:
    """R07: no index beside it, an empty cache; no wrong sequence and no error."""
    results = set()
    for number in range(rounds):
        env = {"RARESIM_CACHE": str(reports / f"cache{number}")}

        def one(i: int, env: dict[str, str] = env, number: int = number) -> bytes:
            out = f"o{number}-{i}"
            done = raresim("run", "-o", out, "-q", *FEW, *genome(), cwd=reports, **env)
            assert (done.returncode, done.stderr) == (0, "")
            return (reports / out / "manifest.json").read_bytes()

        with ThreadPoolExecutor(cores) as pool:
            results |= set(pool.map(one, range(cores)))
    assert len(results) == 1
    assert not list(reports.glob("mini.fa.*"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "env",
    [
        {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        {"NUMBA_NUM_THREADS": "3", "OMP_NUM_THREADS": "16"},
        {"NUMBA_CPU_NAME": "generic"},
        {"NUMBA_DISABLE_JIT": "1"},
    ],
)
def test_threads_and_processors_change_no_content(mini: Path, reports: Path, env: dict[str, str]) -> None:
    """R03, with another cache for code and for panels, so that all is made anew."""
    own = {"NUMBA_CACHE_DIR": str(reports / "code"), "RARESIM_CACHE": str(reports / "cache")}
    done = raresim("run", "-o", "again", "-q", *FEW, *genome(), cwd=reports, **env, **own)
    assert done.returncode == 0, done.stderr
    one, two = (orjson.loads((folder / "manifest.json").read_bytes()) for folder in (mini, reports / "again"))
    for part in ("observed", "truth", "panel"):
        assert one["digests"][part]["content"] == two["digests"][part]["content"]


@pytest.mark.slow
def test_scores_do_not_depend_on_the_hash_seed(mini: Path, reports: Path) -> None:
    """R04: twenty runs, one report."""
    seen = set()
    for seed in range(20):
        done = raresim("score", mini, "--json", "s.json", cwd=reports, PYTHONHASHSEED=str(seed))
        assert done.returncode == 0, done.stderr
        seen.add((done.stdout, (reports / "s.json").read_bytes()))
    assert len(seen) == 1


def cases_called(folder: Path, *names: str) -> None:
    """Give the first cases of a study other codes, in their truth and their file names."""
    table = folder / "truth" / "cases.tsv"
    rows = table.read_text().splitlines()
    genes = {}
    for row, name in zip(rows[2:], names, strict=False):
        code = row.split("\t")[0]
        genes[name] = row.split("\t")[rows[1].split("\t").index("gene")]
        for path in [p for p in folder.rglob("*") if p.is_file() and p.suffix in (".tsv", ".json", ".ped")]:
            path.write_text(path.read_text().replace(code, name))
        for path in [p for p in folder.rglob(f"{code}*") if p.is_file()]:
            path.rename(path.with_name(path.name.replace(code, name)))


def answers(text: str, folder: Path) -> str:
    """Put the true genes of the cases in place of TRUE1, TRUE2."""
    rows = [line.split("\t") for line in (folder / "truth" / "cases.tsv").read_text().splitlines()[1:]]
    at = rows[0].index("gene")
    for row in rows[1:]:
        text = text.replace(f"TRUE{row[0][1:]}", row[at])
    return text


def report(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.read_bytes())
    return found


def test_the_same_gene_twice_and_genes_at_one_rank(mini: Path, reports: Path, inside: Command) -> None:
    """S02: TRUE1 is the second distinct gene, TRUE2 shares rank 1 with B1 (expected 1.5)."""
    cases_called(mini, "c1", "c2")
    lines = [line for line in (reports / "S02_duplicates.tsv").read_text().splitlines() if not line.startswith("c3")]
    (reports / "a.tsv").write_text(answers("\n".join(lines) + "\n", mini))
    done = inside("score", mini, "--answers", "a.tsv", "--json", "s.json")
    assert done.returncode == 0, done.stderr
    assert '"mrr"' in (reports / "s.json").read_text().lower()
    mrr = (1 / 2 + (1 / 1 + 1 / 2) / 2) / 2
    assert f"{mrr:.3f}" in done.stdout or f"{(1 / 2 + 1 / 1.5) / 2:.3f}" in done.stdout


def test_cases_without_an_answer_count_and_are_named(mini: Path, reports: Path, inside: Command) -> None:
    """S03."""
    cases_called(mini, "c1", "c2")
    (reports / "a.tsv").write_text(answers("case\trank\tgene\nc1\t1\tTRUE1\n", mini))
    done = inside("score", mini, "--answers", "a.tsv")
    assert done.returncode == 0, done.stderr
    assert "c2" in done.stdout
    assert "2 cases" in done.stdout
    assert "0.500" in done.stdout


def test_scores_where_low_is_good(mini: Path, reports: Path, inside: Command) -> None:
    """S04: broken numbers by line; without them and with the flag TRUE1 is second."""
    cases_called(mini, "c1", "c2")
    text = answers((reports / "S04_pvalues.tsv").read_text(), mini)
    (reports / "a.tsv").write_text(text)
    done = inside("score", mini, "--answers", "a.tsv", "--lower-is-better")
    assert done.returncode == 2
    assert [line.split("line ")[1][0] for line in done.stderr.splitlines()] == ["5", "6", "7"]
    (reports / "a.tsv").write_text("".join(text.splitlines(keepends=True)[:4]))
    done = inside("score", mini, "--answers", "a.tsv", "--lower-is-better")
    assert done.returncode == 0, done.stderr
    assert "0.250" in done.stdout  # one of two cases, at rank 2
    upside_down = inside("score", mini, "--answers", "a.tsv")
    assert f"{1 / 4:.3f}" in upside_down.stdout  # without the flag A1 (0.2) is first and TRUE1 (0.0001) second as well


def test_a_result_file_with_a_header_only(mini: Path, reports: Path, inside: Command) -> None:
    """S05: everything unanswered, nothing breaks."""
    done = inside("score", mini, "--answers", "S05_empty_exomiser.tsv")
    assert done.returncode == 0, done.stderr
    assert "2 cases without an answer (gene), counted" in done.stdout


@pytest.mark.parametrize(
    ("name", "usable", "dropped", "skipped"), [("H05", 4, 4, 1), ("H06", 5, 4, 2), ("H09", 3, 0, 0)]
)
def test_packets_of_others(reports: Path, inside: Command, name: str, usable: int, dropped: int, skipped: int) -> None:
    """H05, H06, H09: terms that are none, old or unknown ids, unknown diseases: mapped, or dropped by count."""
    from raresim.reports import read

    found = read(reports / f"{name}.jsonl")
    assert (len(found.reports), found.dropped.total(), found.skipped.total()) == (usable, dropped, skipped)
    assert all(len(set(report.observed)) == len(report.observed) for report in found.reports)
    done = inside("score", f"{name}.jsonl")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "give the folder that `raresim run` wrote" in done.stderr
    done = inside("fit", f"{name}.jsonl", "-o", "model")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "60 are needed" in done.stderr
    done = inside("perturb", f"{name}.jsonl", "-o", "noisy.jsonl", "--lost-exclusions", "1")
    assert done.returncode == 0, done.stderr
    assert (reports / "noisy.jsonl").read_text().count("\n") >= usable


def test_only_phenotypic_abnormalities_are_findings() -> None:
    """H03: every annotated term of every disease of the catalog that can be drawn as a finding."""
    from raresim import catalog, ontology
    from raresim.phenotype._profile import rows_of

    hpo = ontology.load()
    root = hpo.rows[ontology.PHENOTYPE]
    terms = {term for disease in catalog.load() for female in (True, False) for term in rows_of(disease, female)}
    assert len(terms) > 5000
    assert all(root in hpo.ancestors(hpo.rows[term]) and hpo.rows[term] != root for term in terms)


def test_boys_and_girls_on_x(inside: Command, tmp_path: Path) -> None:
    """V01, V13: haploid calls of boys have two PL and two AD, no called genotype lacks a field, fathers are haploid."""
    words = ["--cases", "10", "--set", "background.ancestry={EUR=80}", "--set", "background.block_cM=1000"]
    words += ["--set", 'targets.genes=["MECP2","DMD","COL4A5","ATP7A"]', "--set", 'inheritance="x_linked_recessive"']
    done = inside("run", "-o", "out", *words)
    assert done.returncode == 0, done.stderr
    haploid = 0
    for path in (tmp_path / "out" / "observed" / "vcf").glob("*.vcf.gz"):
        sexes = {row[1]: row[4] for row in (line.split("\t") for line in _ped(tmp_path / "out", path))}
        with pysam.VariantFile(str(path)) as file:
            for record in file:
                for sample in record.samples.values():
                    calls = 1 if sexes[sample.name] == "1" else 2
                    assert len(sample["GT"]) == calls
                    if None not in sample["GT"]:
                        assert len(sample["PL"]) == calls + 1
                        assert len(sample["AD"]) == 2
                        assert sum(sample["AD"]) == sample["DP"]
                        assert min(sample["PL"]) == sample["PL"][sum(sample["GT"])] == 0
                        haploid += calls == 1
    assert haploid > 20


def _ped(folder: Path, vcf: Path) -> list[str]:
    return (folder / "observed" / "ped" / f"{vcf.name.split('.')[0]}.ped").read_text().splitlines()
