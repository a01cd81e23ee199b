"""What the page says beside its tables: what is counted otherwise, what is out and why."""

from __future__ import annotations

PERSON = """
    The two published numbers of nonsynonymous sites of the same kind of person differ by a sixth: ExAC takes the worst
    effect over all transcripts of GENCODE, in-frame indels included. Ours is the effect on the one MANE Select
    transcript of a gene, in 33.3 Mb. The ratio of the classes depends least on what is counted. Truncating sites have a
    sampling error of some 7%: a person's are mostly a hundred common ones.
"""
RARE = """
    A frequency is that of everybody in the joint panel, the person included: in a database of 1,000 people of an
    ancestry that leaves the person out, up to .1% would mean up to .15%; in ExAC's it is .1%. The two sources cannot
    both be met: by the spectra of gnomAD, to which the histories are fitted, a person has the numbers of the next
    table, a quarter more than ExAC counted where few alleles are more frequent elsewhere (AFR: 491). ExAC counted what
    passed its filters in the well-covered part of the exome, and its AFR have a part of European ancestors, ours none;
    AMR are out with their African and European parts.
"""
LOSS = """
    Sites that lose function are few here: the sampling error is about a tenth. What is expected of all genes is that of
    the shipped shares of selection, as if an ancestry had its sites for itself.
"""
STOP = """
    Sites of ours are those of all panels of one ancestry. In the 60,706 people of the target most CpG sites that can
    mutate have: 63% of possible synonymous CpG transitions are seen (Lek et al. 2016), and they are 22% of synonymous
    and 20% of missense sites, but by the ratio above about 31% of stops, which selection keeps too rare to be hit
    twice. One factor of .5 for all CpG sites, methylated or not, stands for both: it meets the former two and has 23%
    at stops. Methylated sites (70%) at the table's full rate and others at a tenth of it would give 4.1, 1.8 and 1.5 in
    that many people: nearer for stops, not there. New stops have 1.33 in the synthetic exome before selection and 1.35
    in 167 genes of GRCh38: made-up bases are not the cause.
"""
STRUCTURE = """
    At synonymous sites of all autosomal genes: selection lowers Fst (missense sites have a fifth less), and what was
    published is mostly not coding. Of runs of homozygosity longer than 1.5 Mb ours are those of people who mate at
    random in populations of millions, without isolates and cousins, whom the published mean includes.
"""
LINKAGE = """
    Fifty genes have a few dozen pairs of common sites within 1 kb: the sampling error of a mean r2 is .05 to .09. The
    last rows are of ten times as many genes.
"""
GENES = """
    These genes were chosen by others for their variation in drug response: relaxed, duplicated genes with about twice
    the coding heterozygosity of an average exome. Selection here follows the constraint of a gene for loss of function
    only, so that ours are nearer to an average gene.
"""
