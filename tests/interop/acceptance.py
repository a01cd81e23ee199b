"""What programs that are not ours say of a whole written study: each check reads the folder, asserts, and counts."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

from raresim.genome import Genome

FAMILIES = 50  # that genmod judges at a time
GENOTYPE = {"0|1": "0/1", "1|0": "0/1", "0|0": "0/0", "1|1": "1/1", "0": "0", "1": "1"}  # true -> written unphased
ALLELIC = {"AD": "MONO_ALLELIC", "XLD": "MONO_ALLELIC"}  # what pyphetools calls the number of copies


@dataclass(frozen=True)
class Written:
    """A study in a folder, the FASTA of its genome, and room for what the programs write."""

    folder: Path
    fasta: Path
    room: Path
    trios: int

    def table(self, name: str) -> list[dict[str, str]]:
        """Rows of a truth table."""
        with (self.folder / "truth" / f"{name}.tsv").open() as file:
            assert next(file) == "#raresim-truth 1\n"
            return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))

    def by_case(self, name: str) -> dict[str, list[dict[str, str]]]:
        """Rows of a truth table by case."""
        out: dict[str, list[dict[str, str]]] = {case: [] for case in self.people}
        for row in self.table(name):
            out[row["case"]].append(row)
        return out

    @cached_property
    def cases(self) -> list[dict[str, str]]:
        """The table of cases: as many as asked for, all solved and detectable."""
        rows = self.table("cases")
        assert len(rows) == self.trios == len({row["case"] for row in rows})
        assert {(row["status"], row["detectable"], row["members"]) for row in rows} == {("solved", "yes", "3")}
        return rows

    @cached_property
    def people(self) -> dict[str, tuple[str, str, str]]:
        """Child, father and mother of every case, from its PED."""
        out = {}
        for path in sorted((self.folder / "observed" / "ped").glob("*.ped")):
            child, father, mother = (line.split("\t") for line in path.read_text().splitlines())
            assert child[2:4] == [father[1], mother[1]]
            assert (father[4], mother[4], child[5], child[0]) == ("1", "2", "2", path.stem)
            out[path.stem] = (child[1], father[1], mother[1])
        assert len(out) == self.trios
        return out

    def vcf(self, case: str) -> Path:
        """The VCF of a case."""
        return self.folder / "observed" / "vcf" / f"{case}.vcf.gz"


def run(*command: object, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program; fail with what it said if it fails."""
    done = subprocess.run([str(part) for part in command], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


def keys(lines: Iterable[str]) -> list[str]:
    """Keys of record lines: contig-position-REF-ALT."""
    return ["-".join((f[0], f[1], f[3], f[4])) for f in (row.split("\t", 5) for row in lines if row[0] != "#")]


def mendelian(bcftools: str, study: Written) -> Counter[str]:
    """No violation that is not a new mutation of denovo.tsv, and every one of those is seen as a violation. bcftools
    skips the Y of a father and a daughter; it judges that of a father and a son, and everybody's mitochondria."""
    counts: Counter[str] = Counter()
    new, members = study.by_case("denovo"), study.by_case("members")
    for case, (child, father, mother) in study.people.items():
        command = (bcftools, "+mendelian", study.vcf(case), "-r", "GRCh38", "-t", f"{mother},{father},{child}")
        done = run(*command, "-m", "c")
        rows = [row.split() for row in (done.stdout + done.stderr).splitlines() if row.strip().endswith(child)]
        assert len(rows) == 1, done.stderr  # one complete trio was judged
        good, bad, skipped = map(int, rows[0][:3])
        violations = keys(run(*command, "-m", "x").stdout.splitlines())
        truth = {"-".join((e["contig"], e["pos"], e["ref"], e["alt"])) for e in new[case] if e["person"] == child}
        daughter = any(m["person"] == child and m["sex"] == "female" for m in members[case])
        places = Counter(run(bcftools, "query", "-f", "%CHROM\\n", study.vcf(case)).stdout.split())
        assert (len(violations), skipped) == (bad, daughter * places["chrY"]), case
        counts += Counter({"on Y of sons": (not daughter) * places["chrY"], "on MT": places["chrM"]})
        assert set(violations) == truth, (case, set(violations) ^ truth)
        counts += Counter(trios=1, records=good + bad, violations=bad, unexplained=len(set(violations) - truth))
        counts["on X"] += sum(name.startswith("chrX-") for name in violations)
    assert counts["trios"] == study.trios
    return counts


def reference(bcftools: str, study: Written) -> Counter[str]:
    """REF is the FASTA's, alleles are normalised and unique: ``bcftools norm -c e`` changes nothing."""
    counts: Counter[str] = Counter()
    for path in [*map(study.vcf, study.people), study.folder / "panel" / "sites.vcf.gz"]:
        done = run(bcftools, "norm", "-c", "e", "-d", "exact", "-f", study.fasta, path)
        (numbers,) = re.findall(r"total/split/realigned/skipped:\s+(\S+)", done.stderr)
        total, *changed = map(int, numbers.split("/"))
        assert changed == [0, 0, 0], (path.name, numbers)
        assert [r for r in done.stdout.splitlines() if r[0] != "#"] == run(bcftools, "view", "-H", path).stdout.split(
            "\n"
        )[:-1], path.name
        counts += Counter(files=1, records=total)
    assert counts["files"] == study.trios + 1
    return counts


def genotypes(bcftools: str, study: Written) -> Counter[str]:
    """Every allele of alleles.tsv is written with its genotype in everybody, and in trans where that is said."""
    counts: Counter[str] = Counter()
    for case, alleles in study.by_case("alleles").items():
        assert alleles, case
        query = "%CHROM-%POS-%REF-%ALT[\\t%SAMPLE:%GT]\\n"
        rows = [r.split("\t") for r in run(bcftools, "query", "-f", query, study.vcf(case)).stdout.splitlines()]
        called = {name: dict(cell.split(":") for cell in cells) for name, *cells in rows}
        assert len(called) == len(rows)
        child, father, mother = study.people[case]
        for allele in alleles:
            got = called[allele["key"]]
            true = dict(cell.split(":") for cell in allele["genotypes"].split(";"))
            assert set(true) == set(study.people[case])
            assert got in (true, {who: GENOTYPE[text] for who, text in true.items()}), (case, got, true)
            assert allele["called"] == ";".join(f"{who}:{GENOTYPE[text]}" for who, text in true.items())
            counts["alleles"] += 1
            for partner in filter(None, allele["phase_partner"].split(";")):
                phase, _, other = partner.partition(":")
                assert phase == "trans"
                two = [{who for who in (father, mother) if "1" in called[k][who]} for k in (allele["key"], other)]
                assert sorted(map(len, two)) == [1, 1]
                assert two[0] != two[1], (case, allele["key"], other)
                assert "|" not in got[child] or got[child] != called[other][child]
                counts["in trans"] += 1
    return counts


def spans(genome: Genome) -> dict[str, tuple[str, int, int]]:
    """Contig, start and end of every gene, by symbol."""
    genes = genome.genes
    places = zip(genes.symbol, genes.contig.tolist(), genes.start.tolist(), genes.end.tolist(), strict=True)
    return {name: (genome.contigs[contig].name, start, end) for name, contig, start, end in places}


def model(mode: str, alleles: list[dict[str, str]]) -> str:
    """What genmod calls the true model of a case."""
    if mode == "AR":
        return "AR_comp" if len(alleles) == 2 else "AR_hom"
    new = "_dn" * (alleles[0]["origin"] == "de_novo")
    return {"AD": "AD", "XLD": "XD", "XLR": "XR"}[mode] + new


def models(bcftools: str, genmod: str, study: Written, genes: dict[str, tuple[str, int, int]]) -> Counter[str]:
    """genmod finds the true model for every causal allele; the partner is in its Compounds. Families in which a carrier
    of a dominant allele is well are left out: a disease of one sex, inherited from the other."""
    counts: Counter[str] = Counter()
    alleles, members = study.by_case("alleles"), study.by_case("members")
    modes = {row["case"]: row["mode"] for row in study.cases}
    for start in range(0, study.trios, FAMILIES):
        families = list(study.people)[start : start + FAMILIES]
        causal = sorted({allele["gene"] for case in families for allele in alleles[case]}, key=lambda name: genes[name])
        regions = study.room / "genes.bed"
        regions.write_text("".join("{}\t{}\t{}\t{}\n".format(*genes[name], name) for name in causal))
        found = _judged(bcftools, genmod, study, families, regions)
        for case in families:
            true = model(modes[case], alleles[case])
            carriers = {g.split(":")[0] for g in alleles[case][0]["genotypes"].split(";") if "1" in g.split(":")[1]}
            well = {member["person"] for member in members[case] if member["affected"] == "no"}
            if true in ("AD", "XD") and carriers & well:
                counts += Counter({"trios": 1, "a carrier is well": 1})
                continue
            names = [allele["key"] for allele in alleles[case]]
            for name in names:
                called, compounds = found[name]
                assert true in called.get(case, set()), (case, name, true, called.get(case))
                for other in names if true == "AR_comp" else ():
                    assert other == name or other.replace("-", "_").removeprefix("chr") in {
                        text.removeprefix("chr") for text in compounds.get(case, set())
                    }, (case, name, other, compounds.get(case))
            counts += Counter({"trios": 1, true: 1})
    assert counts["trios"] == study.trios
    return counts


Models = dict[str, set[str]]  # by family


def _judged(
    bcftools: str, genmod: str, study: Written, families: list[str], regions: Path
) -> dict[str, tuple[Models, Models]]:
    """genmod's models and compounds by variant in these genes, of families in one file: where a family has no record it
    is reference."""
    merged, trimmed, ped = (study.room / name for name in ("merged.vcf.gz", "genotypes.vcf", "all.ped"))
    vcfs = [study.vcf(case) for case in families]
    assert len(vcfs) > 1
    run(bcftools, "merge", "-0", "-m", "none", "-R", regions, "-Oz", "-o", merged, *vcfs)
    run(bcftools, "annotate", "-x", "INFO,^FORMAT/GT", "-o", trimmed, merged)
    ped.write_text("".join((study.folder / "observed" / "ped" / f"{case}.ped").read_text() for case in families))
    annotated = study.room / "annotated.vcf"
    run(genmod, "annotate", "-r", "--region-file", regions, trimmed, "-o", annotated)
    out = {}
    for row in run(genmod, "models", "-p", "1", "-f", ped, annotated).stdout.splitlines():
        if row[0] != "#":
            contig, pos, _, ref, alt, _, _, info = row.split("\t")[:8]
            fields = dict(item.partition("=")[::2] for item in info.split(";"))
            both = [
                {f: set(text.split("|")) for f, _, text in (part.partition(":") for part in cell.split(","))}
                for cell in (fields.get("GeneticModels", ""), fields.get("Compounds", ""))
            ]
            out[f"{contig}-{pos}-{ref}-{alt}"] = (both[0], both[1])
    return out


def obographs(obo: Iterable[str], path: Path) -> Path:
    """Write HPO as the obographs JSON that hpo-toolkit reads.

    Terms, labels, parents and what is obsolete are hpo3's, whose release the phenopackets name; alternative ids, which
    hpo3 does not know, come from the lines of an OBO file.
    """
    import pyhpo

    try:
        len(pyhpo.Ontology)
    except NameError:  # not built yet; a second call would print
        pyhpo.Ontology()
    url, alternative, primary = "http://purl.obolibrary.org/obo/", defaultdict(list), ""
    for line in obo:
        tag, _, value = line.strip().partition(": ")
        primary = value if tag == "id" else primary
        if tag == "alt_id":
            pred = "http://www.geneontology.org/formats/oboInOwl#hasAlternativeId"
            alternative[primary].append({"pred": pred, "val": value})
    nodes: list[dict[str, Any]] = []
    edges = []
    for term in sorted(pyhpo.Ontology, key=lambda term: term.id):
        here = url + term.id.replace(":", "_")
        meta: dict[str, Any] = {"basicPropertyValues": alternative[term.id]}
        if term.is_obsolete:
            meta["deprecated"] = True  # hpo-toolkit asks only whether the key is there
        nodes.append({"id": here, "type": "CLASS", "lbl": term.name, "meta": meta})
        parents = sorted(term.parent_ids())
        edges += [{"sub": here, "pred": "is_a", "obj": f"{url}HP_{int(parent):07d}"} for parent in parents]
    about = {"version": f"{url}hp/releases/{pyhpo.Ontology.version()}/hp.json"}
    path.write_text(json.dumps({"graphs": [{"nodes": nodes, "edges": edges, "meta": about}]}))
    return path


def packets(study: Written, ontology: Any) -> Counter[str]:
    """Every phenopacket, observed and true, parses strictly and passes phenotk, pyphetools and hpo-toolkit."""
    from google.protobuf.json_format import Parse
    from phenopackets.schema.v2 import Phenopacket
    from pyphetools.creation.allelic_requirement import AllelicRequirement
    from pyphetools.pp.parse.json import JsonDeserializer
    from pyphetools.pp.v202 import Phenopacket as Model
    from pyphetools.validation import ContentValidator

    counts: Counter[str] = Counter()
    modes = {row["case"]: row["mode"] for row in study.table("cases")}
    terms = study.by_case("terms")
    for path in sorted(study.folder.glob("*/phenopackets/*.json")):
        true, text = path.parent.parent.name == "truth", path.read_text()
        packet = Parse(text, Phenopacket(), ignore_unknown_fields=False)
        assert packet.id == path.stem
        assert packet.subject.id == study.people[path.stem][0]
        assert [r.version for r in packet.meta_data.resources if r.namespace_prefix == "HP"] == [ontology.version]
        with path.open() as file:
            assert JsonDeserializer().deserialize(file, Model).id == path.stem
        said = _phenotk(path)
        assert json.loads(said)["ok"], (path.name, said)
        copies = None
        if true:
            copies = getattr(AllelicRequirement, ALLELIC.get(modes[path.stem], "") or _copies(packet))
        content = ContentValidator(min_hpo=1, allelic_requirement=copies, minimum_disease_count=int(true))
        wrong = content.validate_phenopacket(packet)
        assert not wrong, [str(w) for w in wrong]
        rows = [(f.type.id, f.type.label, not f.excluded) for f in packet.phenotypic_features]
        stated = [
            (r["term"], r["label"], r["excluded"] == "no") for r in terms[path.stem] if r["person"] == packet.subject.id
        ]
        assert rows == stated, path.name
        features(rows, ontology)
        counts += Counter({"packets": 1, "truth" if true else "observed": 1, "features": len(rows)})
    assert counts["truth"] == counts["observed"] == study.trios
    return counts


def _copies(packet: Any) -> str:
    """Recessive: two alleles, or the only one of a male."""
    (interpretation,) = packet.interpretations
    states = [
        g.variant_interpretation.variation_descriptor.allelic_state.label
        for g in interpretation.diagnosis.genomic_interpretations
    ]
    return "MONO_ALLELIC" if states == ["hemizygous"] else "BI_ALLELIC"


def _phenotk(path: Path) -> str:
    """What ``phenotk validate`` says, run in this process: starting it takes a second."""
    from phenopacket_toolkit.cli import main

    said = StringIO()
    with redirect_stdout(said):
        main(["validate", "--format", "json", str(path)])
    return said.getvalue()


def features(rows: list[tuple[str, str, bool]], ontology: Any) -> None:
    """hpo-toolkit's rules (ids, place, propagation) and pyphetools' find nothing wrong in (id, label, present)."""
    from hpotk.model import Identified, ObservableFeature, TermId
    from hpotk.validate import (
        AnnotationPropagationValidator,
        ObsoleteTermIdsValidator,
        PhenotypicAbnormalityValidator,
        ValidationRunner,
    )
    from pyphetools.creation.hp_term import HpTerm
    from pyphetools.creation.individual import Individual
    from pyphetools.validation.ontology_qc import OntologyQC

    class Feature(Identified, ObservableFeature):
        """A term with its state, as the rules want it."""

        def __init__(self, term: str, present: bool) -> None:
            self.term, self.present = TermId.from_curie(term), present

        @property
        def identifier(self) -> TermId:
            return self.term

        @property
        def is_present(self) -> bool:
            return self.present

    rules = (ObsoleteTermIdsValidator, PhenotypicAbnormalityValidator, AnnotationPropagationValidator)
    assert all(term in ontology for term, _, _ in rows)
    found = ValidationRunner([rule(ontology) for rule in rules]).validate_all([Feature(t, on) for t, _, on in rows])
    assert found.is_ok(), found.results
    person = Individual("x", hpo_terms=[HpTerm(hpo_id=t, label=label, observed=on) for t, label, on in rows])
    quality = OntologyQC(ontology=ontology, individual=person)
    assert not quality.has_error(), [error.message for error in quality.get_error_list()]
