"""A small study folder written by hand, with the files and columns of a real one: what the tests of scoring read."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pysam
from numpy.random import Generator, default_rng

from raresim import catalog, ontology
from raresim.catalog import Disease
from raresim.consequence import BIT, effects
from raresim.genome import ContigKind, Genome
from raresim.knowledge import SHIPPED, Choice, load
from raresim.score.database import read
from raresim.score.observation import Knowledge
from raresim.sites import Sites, Variant
from raresim.truth_tables import COLUMNS, header
from tests.builders import random_genome

DATABASE = 500  # haplotypes
COMMON = 900  # background sites that the population shares


@dataclass(frozen=True)
class Plan:
    """What a case shall be: mode, de novo or not, sex of the proband."""

    mode: str
    de_novo: bool
    female: bool


MIXED = tuple(
    Plan(mode, de_novo, female)
    for mode, de_novo in (("AD", True), ("AR", False), ("XLR", False), ("AD", False))
    for female in (False, True)
    if not (mode == "XLR" and female)
)


@cache
def world() -> tuple[Genome, dict[str, list[tuple[int, Disease]]]]:
    """Return a small genome whose genes carry the names of real ones, and (gene row, disease) by mode."""
    genome = random_genome(5, 60)
    known = catalog.load()
    terms = ontology.load()
    pools: dict[str, list[Disease]] = {mode: [] for mode in catalog.MODES}
    taken: set[str] = set()
    for row in np.flatnonzero(known.drawable).tolist():
        if len(known.modes[row]) != 1 or known.modes[row][0] not in pools or len(pools[known.modes[row][0]]) >= 30:
            continue
        disease = known[row]
        good = [a for a in disease.annotations if not a.excluded and not terms.finding(a.term)[1]]
        if len(disease.genes) == 1 and len(good) >= 8 and disease.genes[0].symbol not in taken:
            taken.add(disease.genes[0].symbol)
            pools[disease.modes[0]].append(disease)
    chosen: dict[str, list[tuple[int, Disease]]] = {mode: [] for mode in catalog.MODES}
    names = {name: list(getattr(genome.genes, name)) for name in ("symbol", "hgnc", "ensembl", "ncbi")}
    for gene in range(len(genome.genes)):
        contig = genome.contigs[int(genome.genes.contig[gene])]
        if contig.kind is ContigKind.MT or contig.in_par(int(genome.genes.start[gene])):
            continue
        mode = (("XLD", "XLR") if contig.kind is ContigKind.X else ("AD", "AR"))[gene % 2]
        disease = pools[mode].pop()
        names["symbol"][gene], names["hgnc"][gene] = disease.genes[0].symbol, disease.genes[0].hgnc
        chosen[mode].append((gene, disease))
    return dataclasses.replace(genome, genes=dataclasses.replace(genome.genes, **names)), chosen


@cache
def _snvs() -> tuple[list[Variant], dict[tuple[int, str], list[int]]]:
    """Return every coding SNV of the genome, and their rows by (gene, term)."""
    genome, _ = world()
    found = []
    for gene in range(len(genome.genes)):
        contig = int(genome.genes.contig[gene])
        for start, end in genome.genes.cds(gene):
            bases = genome.fetch(contig, start, end)
            found += [Variant(contig, start + i, r, a) for i, r in enumerate(bases) for a in "ACGT" if a != r]
    found = sorted(set(found))
    result = effects(genome, Sites.of(found))
    rows: dict[tuple[int, str], list[int]] = {}
    for variant, gene, terms in zip(result.variant.tolist(), result.gene.tolist(), result.terms.tolist(), strict=True):
        for term in ("stop_gained", "missense_variant", "synonymous_variant"):
            if terms & BIT[term]:
                rows.setdefault((gene, term), []).append(variant)
    return found, rows


def knowledge(folder: Path, chosen: Choice = SHIPPED) -> Knowledge:
    """Return what a diagnoser knows in such a study."""
    genome = world()[0] if (folder / "observed" / "vcf").is_dir() else None
    database = read(folder / "panel" / "sites.vcf.gz", genome.index) if genome else None
    return Knowledge(ontology.load(), load(chosen), genome, database, pedigrees=genome is not None)


@dataclass
class _Table:
    rows: list[dict[str, object]]

    def write(self, path: Path, name: str) -> None:
        columns = COLUMNS[name].split()
        lines = ["\t".join(str(row.get(column, "")) for column in columns) for row in self.rows]
        path.write_text(header(name) + "".join(line + "\n" for line in lines))


def make(folder: Path, plans: tuple[Plan, ...], seed: int = 1, vcf: bool = True) -> list[str]:
    """Write a study of trios; return the codes of the cases in order of number. study.toml is only a mark."""
    rng = default_rng(seed)
    genome, chosen = world()
    snvs, _ = _snvs()
    sites = sorted(rng.choice(len(snvs), COMMON, replace=False).tolist())
    frequency = np.minimum(10 ** rng.uniform(-4, 0, COMMON), 0.5)
    for part in ("observed/phenopackets", "observed/vcf", "observed/ped", "truth", "panel"):
        if vcf or part in ("observed/phenopackets", "truth"):
            (folder / part).mkdir(parents=True, exist_ok=True)
    counts = rng.binomial(DATABASE, frequency)
    if vcf:
        (folder / "study.toml").write_text("")
        info = [f"AC={n};AN={DATABASE};AF={n / DATABASE:g};AC_eur={n};AN_eur={DATABASE}" for n in counts]
        lines = [_line(genome, snvs[s], text) for s, n, text in zip(sites, counts, info, strict=True) if n]
        _vcf(folder / "panel" / "sites.vcf.gz", genome, [], lines)
    cases, alleles = _Table([]), _Table([])
    codes = []
    for number, plan in enumerate(plans, start=1):
        code = f"C{rng.integers(16**8):08X}"
        codes.append(code)
        gene, disease = chosen[plan.mode][int(rng.integers(len(chosen[plan.mode])))]
        people = [f"{code}{letter}" for letter in rng.permutation(list("PQR"))]
        _packet(folder, code, people[0], plan, disease, rng)
        planted = _planted(gene, plan, set(sites), rng)
        if vcf:
            _family(folder, code, people, plan, planted, sites, frequency, rng)
        cases.rows.append(
            {
                "case": code,
                "number": number,
                "status": "solved",
                "disease": disease.id,
                "disease_ids": ";".join(disease.ids),
                "mode": plan.mode,
                "gene": genome.genes.symbol[gene],
                "hgnc": genome.genes.hgnc[gene],
                "detectable": "no" if number == len(plans) else "yes",
            }
        )
        for _ in planted:
            names = {"gene": genome.genes.symbol[gene], "hgnc": genome.genes.hgnc[gene]}
            alleles.rows.append({"case": code, "role": "causal", "ensembl": genome.genes.ensembl[gene], **names})
    cases.write(folder / "truth" / "cases.tsv", "cases")
    alleles.write(folder / "truth" / "alleles.tsv", "alleles")
    return codes


def _packet(folder: Path, code: str, person: str, plan: Plan, disease: Disease, rng: Generator) -> None:
    terms = ontology.load()
    good = [a.term for a in disease.annotations if not a.excluded and not terms.finding(a.term)[1]]
    drawn = sorted(rng.choice(good, min(6, len(good)), replace=False).tolist())
    features = [{"type": {"id": term, "label": terms.labels[terms.rows[term]]}} for term in drawn]
    subject = {"id": person, "sex": "FEMALE" if plan.female else "MALE"}
    packet = {"id": code, "subject": subject, "phenotypicFeatures": features, "metaData": {}}
    (folder / "observed" / "phenopackets" / f"{code}.json").write_text(json.dumps(packet))


def _planted(gene: int, plan: Plan, shared: set[int], rng: Generator) -> list[tuple[Variant, list[list[int]]]]:
    """Return private causal alleles with the copies (paternal, maternal) of proband, father, mother."""
    snvs, rows = _snvs()

    def pick(term: str) -> Variant:
        return snvs[int(rng.choice([row for row in rows[gene, term] if row not in shared]))]

    if plan.mode == "AR":
        return [(pick("stop_gained"), [[1, 0], [1, 0], [0, 0]]), (pick("missense_variant"), [[0, 1], [0, 0], [0, 1]])]
    if plan.de_novo:
        return [(pick("missense_variant"), [[0, 1], [0, 0], [0, 0]])]
    if plan.mode == "AD":
        return [(pick("stop_gained"), [[1, 0], [1, 0], [0, 0]])]
    return [(pick("stop_gained"), [[0, 1], [0, 0], [0, 1]])]


def _family(
    folder: Path,
    code: str,
    people: list[str],
    plan: Plan,
    planted: list[tuple[Variant, list[list[int]]]],
    sites: list[int],
    frequency: np.ndarray,
    rng: Generator,
) -> None:
    genome, _ = world()
    snvs, _ = _snvs()
    parents = (rng.random((len(sites), 2, 2)) < frequency[:, None, None]).astype(int)
    side = rng.integers(0, 2, (len(sites), 2))
    calls: dict[Variant, list[list[int]]] = {}
    for i, site in enumerate(sites):
        father, mother = parents[i].tolist()
        if genome.contigs[snvs[site].contig].ploidy(snvs[site].pos, False) == 1:
            father[0], side[i, 0] = 0, 1
        calls[snvs[site]] = [[father[side[i, 0]], mother[side[i, 1]]], father, mother]
    calls.update(dict(planted))
    lines = []
    for variant, copies in sorted(calls.items()):
        sexes = (plan.female, False, True)
        ploidy = [genome.contigs[variant.contig].ploidy(variant.pos, female) for female in sexes]
        texts = [
            f"{pair[1]}:30:99" if n == 1 else f"{'/'.join(map(str, sorted(pair)))}:30:99"
            for pair, n in zip(copies, ploidy, strict=True)
        ]
        if any("1" in text.split(":")[0] for text in texts):
            lines.append(_line(genome, variant, "AC=1;AN=6") + "\tGT:DP:GQ\t" + "\t".join(texts))
    _vcf(folder / "observed" / "vcf" / f"{code}.vcf.gz", genome, people, lines)
    child, father, mother = people
    ill = plan.mode == "AD" and not plan.de_novo
    rows = [
        (code, child, father, mother, 2 if plan.female else 1, 2),
        (code, father, 0, 0, 1, 2 if ill else 1),
        (code, mother, 0, 0, 2, 1),
    ]
    text = "".join("\t".join(map(str, row)) + "\n" for row in rows)
    (folder / "observed" / "ped" / f"{code}.ped").write_text(text)


def _line(genome: Genome, v: Variant, info: str) -> str:
    return f"{genome.contigs[v.contig].name}\t{v.pos + 1}\t.\t{v.ref}\t{v.alt}\t60\tPASS\t{info}"


def _vcf(path: Path, genome: Genome, people: list[str], lines: list[str]) -> None:
    head = ["##fileformat=VCFv4.2", *(f"##contig=<ID={c.name},length={c.length}>" for c in genome.contigs)]
    head += [f'##INFO=<ID={key},Number=A,Type=Integer,Description="count">' for key in ("AC", "AN", "AC_eur", "AN_eur")]
    head += ['##INFO=<ID=AF,Number=A,Type=Float,Description="frequency">']
    head += [f'##FORMAT=<ID={k},Number=1,Type={t},Description="{k}">' for k, t in (("GT", "String"), ("DP", "Integer"))]
    head += ['##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="quality">']
    head += ["\t".join(["#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO", *(["FORMAT", *people] if people else [])])]
    plain = path.with_suffix("")
    plain.write_text("\n".join([*head, *lines]) + "\n")
    pysam.tabix_compress(str(plain), str(path), force=True)
    plain.unlink()
