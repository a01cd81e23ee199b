"""What the files of a study say of themselves and of each other: each check asserts, and returns what it counted."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.interop.acceptance import Written, run

PAR = ((10_000, 2_781_479), (155_701_382, 156_030_895))  # of GRCh38's X, zero-based, half open
STATE = {"hemizygous": "GENO:0000134", "heterozygous": "GENO:0000135", "homozygous": "GENO:0000136"}
Row = dict[str, str]


def written(folder: Path) -> Written:
    """A study read without a genome."""
    return Written(folder, folder, folder, len(list((folder / "observed" / "ped").glob("*.ped"))))


def lines(path: Path) -> Iterator[list[str]]:
    """Split lines of a VCF from #CHROM on."""
    with gzip.open(path, "rt") as file:
        yield from (line.rstrip("\n").split("\t") for line in file if not line.startswith("##"))


def copies_of(fields: list[str], male: bool) -> int:
    """Copies that somebody has at a record: men one of X outside PAR, men alone of Y, everybody of MT."""
    if fields[0] in ("chrY", "chrM"):
        return int(male or fields[0] == "chrM")
    return 1 if male and fields[0] == "chrX" and not any(low < int(fields[1]) <= high for low, high in PAR) else 2


def calls(study: Written, *, diploid: bool = False) -> Counter[str]:
    """Every call by itself: ploidy by sex and place, lengths of AD and PL, GT = argmin PL, DP = sum AD, no blanks."""
    count: Counter[str] = Counter()
    members = study.by_case("members")
    for case, people in study.people.items():
        males = {m["person"] for m in members[case] if m["sex"] == "male"}
        (_, *head), *records = lines(study.vcf(case))
        assert tuple(head[8:]) == people
        for fields in records:
            assert fields[8] == "GT:AD:DP:GQ:PL"
            assert any("1" in text.partition(":")[0] for text in fields[9:])
            for person, text in zip(people, fields[9:], strict=True):
                have = copies_of(fields, person in males)
                ploidy = 2 if diploid and have else have
                genotype, reads, depth, quality, likelihoods = text.split(":")
                copies = re.split(r"[/|]", genotype)
                ref, alt = map(int, reads.split(","))
                assert (len(copies), ref + alt) == (max(ploidy, 1), int(depth)), (case, fields[:5], text)
                if have == 0:
                    assert text == ".:0,0:0:.:."
                elif "." in genotype:
                    assert (quality, likelihoods) == (".", ".")
                    count["missing"] += 1
                else:
                    pl = [*map(int, likelihoods.split(","))]
                    assert len(pl) == ploidy + 1
                    assert pl[copies.count("1")] == min(pl) == 0
                    assert int(quality) == min(sorted(pl)[1], 99)
                count[f"ploidy {ploidy}"] += 1
            count["records"] += 1
    return count


def people(study: Written) -> Counter[str]:
    """PED, both phenopackets and members.tsv say the same of sex, parents and who is affected."""
    count: Counter[str] = Counter()
    members = study.by_case("members")
    for case in study.table("cases"):
        code, (proband, *_) = case["case"], members[case["case"]]
        ped = [line.split("\t") for line in (study.folder / f"observed/ped/{code}.ped").read_text().splitlines()]
        sex, affected = {"male": "1", "female": "2"}, {"no": "1", "yes": "2"}
        assert ped == [
            [code, m["person"], m["father"] or "0", m["mother"] or "0", sex[m["sex"]], affected[m["affected"]]]
            for m in members[code]
        ]
        for side in ("observed", "truth"):
            subject = json.loads((study.folder / side / "phenopackets" / f"{code}.json").read_text())["subject"]
            assert (subject["id"], subject["sex"]) == (proband["person"], proband["sex"].upper())
        assert case["sex"] == proband["sex"]
        count.update(m["sex"] for m in members[code])
    return count


def by_person(text: str) -> Row:
    """Genotypes of a column of alleles.tsv."""
    return dict(item.split(":") for item in text.split(";") if item)


def as_stated(allele: Row) -> bool:
    """Whether everybody is called with the true genotype."""
    true, called = by_person(allele["genotypes"]), by_person(allele["called"])
    return true.keys() == called.keys() and all(
        sorted(true[p].split("|")) == re.split(r"[/|]", called[p]) for p in true
    )


def origins(study: Written) -> Counter[str]:
    """Copies came from whom the truth says; two alleles are on two haplotypes; the phenopacket says the same state."""
    count: Counter[str] = Counter()
    for case, alleles in study.by_case("alleles").items():
        child, father, mother = study.people[case]
        packet = json.loads((study.folder / "truth" / "phenopackets" / f"{case}.json").read_text())
        (interpretation,) = packet["interpretations"]
        findings = interpretation["diagnosis"]["genomicInterpretations"]
        for allele, finding in zip(alleles, findings, strict=True):
            true = by_person(allele["genotypes"])
            mine = true[child]
            from_father, from_mother = mine.split("|") if "|" in mine else ("0", mine)
            carried = (from_father == "1", from_mother == "1")
            had = ("1" in true[father], "1" in true[mother])
            if allele["origin"] == "de_novo":
                assert (sum(carried), had) == (1, (False, False)), (case, allele["key"])
            else:
                assert all(parent for copy, parent in zip(carried, had, strict=True) if copy), (case, allele["key"])
                wanted = {(True, False): "paternal", (False, True): "maternal", (True, True): "both"}[carried]
                assert allele["origin"] == f"inherited_{wanted}"
            state = "hemizygous" if len(mine) == 1 else "homozygous" if mine == "1|1" else "heterozygous"
            assert (state == "hemizygous") == (allele["contig"] == "chrX" and packet["subject"]["sex"] == "MALE")
            told = finding["variantInterpretation"]["variationDescriptor"]
            assert told["allelicState"] == {"id": STATE[state], "label": state}
            record = told["vcfRecord"]
            assert "-".join((record["chrom"], str(record["pos"]), record["ref"], record["alt"])) == allele["key"]
            count.update([state, allele["origin"]])
        haplotypes = [by_person(allele["genotypes"])[child] for allele in alleles]
        if len(alleles) == 2:
            assert sorted(haplotypes) == ["0|1", "1|0"]
            assert [a["phase_partner"] for a in alleles] == [f"trans:{a['key']}" for a in reversed(alleles)]
            count["in trans"] += 1
        assert len(alleles) in (1, 2)
    return count


def visible(study: Written) -> Counter[str]:
    """What alleles.tsv says of the calls is what the VCF holds, and "detectable" says whether the genotype is right."""
    count: Counter[str] = Counter()
    for case, alleles in study.by_case("alleles").items():
        keys = {allele["key"] for allele in alleles}
        (_, *_), *records = lines(study.vcf(case))
        found = {k: f for f in records if (k := "-".join((f[0], f[1], f[3], f[4]))) in keys}
        for allele in alleles:
            called, true = by_person(allele["called"]), by_person(allele["genotypes"])
            record = found.get(allele["key"])
            cells = [cell.partition(":")[0] for cell in record[9:]] if record else []
            assert list(called.values()) == cells, (case, allele["key"])
            child = study.people[case][0]
            right = called.get(child, "").count("1") == true[child].count("1") and "." not in called.get(child, ".")
            passed = record is not None and record[6] == "PASS"
            assert (allele["detectable"] == "yes") == (right and passed) == (not allele["why"]), allele
            kind = "SNV" if len(allele["ref"]) == len(allele["alt"]) == 1 else "indel"
            count.update({kind: 1, f"{kind} lost": int("1" not in called.get(child, ""))})
            count["undetectable"] += allele["detectable"] == "no"
    return count


def recounted(bcftools: str, study: Written) -> int:
    """AC, AN and AF are as bcftools counts them; returns the records judged."""
    total = 0
    for case in study.people:
        filled = run(bcftools, "+fill-tags", study.vcf(case), "--", "-t", "AC,AN,AF").stdout.splitlines()
        theirs = [sorted(line.split("\t")[7].split(";")) for line in filled if line[0] != "#"]
        (_, *_), *records = lines(study.vcf(case))
        assert theirs == [sorted(fields[7].split(";")) for fields in records]
        total += len(theirs)
    return total
