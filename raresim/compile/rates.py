"""Compile ``data/rates.tsv.gz``: single-base rates by 3-mer context, and the rates and lengths of small indels.

Run ``python -m raresim.compile.rates --shared ../shared/data``; the output is a function of the input's bytes.
"""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

from raresim.compile.arguments import arguments

INPUT = "targets/mutation_rate_3mer_1kg.txt"
HEADER = """\
# raresim mutation rates, per base, generation and alternative base, 1.2e-8 a base on average over the genome
# snv: 3-mer table of the 1000 Genomes project (Lek et al. 2016, doi:10.1038/nature19057; macarthur-lab/exac_2015,
#   commit ce6c1bc1, MIT), input sha256 {sha}
# snv, CpG transitions: times 0.5. The table ignores methylation (exonic CpG islands are unmethylated): with 0.5 the
#   transition/transversion ratio of chromosome 19 exons agrees with gnomAD v2.1 (5.9 synonymous, 2.4 missense before
#   saturation) and the mean exon rate is 1.5e-8 instead of 1.91e-8 (docs/figures.md, 2)
# indel noncoding: 0.125 of the mean single-base rate; indel to SNV ratio .111 to .136 in nine published exome call
#   sets with flanks (docs/figures.md, 1), about as among de novo variants
# indel coding: frameshifts are 1.25 times as frequent as nonsense (Samocha et al. 2014, doi:10.1038/ng.3050), which
#   is .025 of 1.5e-8 (docs/figures.md, 2); .823 of coding indels are frameshifts (next line)
# multiple_of_3 coding: .177 = (33,647 / .87) / (33,647 / .87 + 90,011 / .5): in-frame and frameshift indels of ExAC
#   divided by the share that selection keeps (docs/figures.md, 1)
# ins_per_del noncoding: 0.6, so that the records of a person have .80 to .87 as in nine exome call sets although part
#   of them are turned round by the reference haplotype (docs/figures.md, 1); coding: 1 / 2.7, causal indels of
#   phenopacket-store (docs/figures.md, 5)
# length: shares of 1, 2, 3, 4, 5-9, >= 10 bases of nine exome call sets (docs/figures.md, 1); inside the
#   last two classes, and up to 30 bases, shares fall as length^-2 (Cartwright 2009, doi:10.1093/molbev/msn275)
kind\tfrom\tto\tvalue
"""
CPG = 0.5
LENGTH_CLASSES = ((1, 1, 0.526), (2, 2, 0.145), (3, 3, 0.088), (4, 4, 0.067), (5, 9, 0.093), (10, 30, 0.082))
INDEL = {"noncoding": 0.125 * 1.2e-8, "coding": 1.25 * 0.025 * 1.5e-8 / 0.823}
MULTIPLE_OF_3 = 0.177
INS_PER_DEL = {"noncoding": 0.6, "coding": 1 / 2.7}


def lengths() -> dict[int, float]:
    """Share of each length of an indel outside coding sequence."""
    out: dict[int, float] = {}
    for low, high, share in LENGTH_CLASSES:
        weight = {n: n**-2.0 for n in range(low, high + 1)}
        out |= {n: share * w / sum(weight.values()) for n, w in weight.items()}
    total = sum(out.values())
    return {n: share / total for n, share in out.items()}


def rows(source: Path) -> list[tuple[str, str, str, float]]:
    """Return the rows of the table."""
    out = []
    for line in source.read_text().splitlines()[1:]:
        context, new, rate = line.split()
        cpg = (context[1:] == "CG" and new[1] == "T") or (context[:2] == "CG" and new[1] == "A")
        out.append(("snv", context, new[1], float(rate) * (CPG if cpg else 1.0)))
    genome_wide = lengths()
    in_frame = sum(share for n, share in genome_wide.items() if n % 3 == 0)
    for region in ("noncoding", "coding"):
        out.append(("indel", region, "", INDEL[region]))
        out.append(("ins_per_del", region, "", INS_PER_DEL[region]))
        for n, share in genome_wide.items():
            if region == "coding":
                share *= MULTIPLE_OF_3 / in_frame if n % 3 == 0 else (1 - MULTIPLE_OF_3) / (1 - in_frame)
            out.append(("length", region, str(n), share))
    return out


def main() -> None:
    """Compile the table."""
    shared, out = arguments(__doc__, (INPUT,), "data/rates.tsv.gz", "file")
    source = shared / INPUT
    text = HEADER.format(sha=hashlib.sha256(source.read_bytes()).hexdigest())
    text += "".join(f"{k}\t{a}\t{b}\t{v:.6g}\n" for k, a, b, v in rows(source))
    out.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
