"""What the page says beside its tables: what is counted otherwise, what is out and why."""

from __future__ import annotations

PERSON = """
    The two published numbers of nonsynonymous sites of the same kind of person differ by a sixth: ExAC takes the worst
    effect over all transcripts of GENCODE, in-frame indels included. Ours is the effect on the one MANE Select
    transcript of a gene, in 33.3 Mb. The ratio of the classes depends least on what is counted. Truncating sites are
    those that LOFTEE knows, stops gained, frameshifts and splice sites; it leaves out those in the last 5% of a coding
    sequence, ours are all. They have a sampling error of some 7% that ancestries share: a person's are mostly a hundred
    common ones, and most people have them.
"""
RARE = """
    A frequency is that of everybody in the joint panel, the person included: in a database of 1,000 people of an
    ancestry that leaves the person out, up to .1% would mean up to .15%; in ExAC's it is .1%. The two sources cannot
    both be met: by the spectra of gnomAD, to which the histories are fitted, a person has the numbers of the next
    table, a fifth to a third more than ExAC counted (AFR: 491). ExAC counted what passed its filters in the well-
    covered part of the exome, and its AFR, most of them African Americans, have 24% European ancestors (Bryc et al.
    2015), ours none: of ours with so many haplotypes of EUR the rows say what a person has. For AMR there was no
    spectrum to fit.
"""
SPECTRA = """
    The bins from .5 to 1% hold 40 to 300 of our sites, on few genealogies each: their sampling error is .1 (AFR) to .25
    (EAS synonymous). What the histories expect there over gnomAD is .98 (AFR), 1.05 (EAS) and .87 (SAS), and above 1%
    1.04, 1.02 and .95 (docs/figures.md, 3).
"""
LOSS = """
    Sites that lose function are few here: the sampling error is about a tenth. What is expected of all genes is the
    mean chance that selection would have kept the rare synonymous sites of the same panel, some thousands, and has an
    error of a hundredth. A site is judged where it is most frequent, so that with five other ancestries beside them EUR
    keep 4% less than alone (docs/figures.md, 7).
"""
STOP = """
    Sites of ours are those of all panels of one ancestry. In the 60,706 people of the target most CpG sites that can
    mutate have: 63% of possible synonymous CpG transitions are seen (Lek et al. 2016), and they are 22% of synonymous
    and 20% of missense sites, but by the ratio above about 31% of stops, which selection keeps too rare to be hit
    twice. One factor of .5 for all CpG sites, methylated or not, stands for both: it meets the former two and has 21%
    at stops (of 1,566: the ratio has a standard error of .07). Methylated sites (70%) at the table's full rate and
    others at a tenth of it would give 4.1, 1.8 and 1.5 in that many people: nearer for stops, not there. New stops have
    1.33 in the synthetic exome before selection and 1.35 in 167 genes of GRCh38: made-up bases are not the cause.
"""
STRUCTURE = """
    At synonymous sites of all autosomal genes: selection lowers Fst (missense sites have up to a fifth less), and what
    was published is mostly not coding. AFR-AMR in 50 genes is .133 (.024), but so is AFR-EUR larger there than in the
    genome (.154); by the ratio of the two it is .119 (.005). Of runs of homozygosity longer than 1.5 Mb ours are those
    of people who mate at random in populations of millions, without isolates and cousins, whom the published mean
    includes.
"""
LINKAGE = """
    Fifty genes have a few dozen pairs of common sites within 1 kb: the sampling error of a mean r2 is .05 to .09. The
    rows of more genes have about .04. Without a genome, 32,000 bases at 1 cM a megabase give .28 (AFR), .52 (EAS)
    and .45 (EUR) within 1 kb by the same histories: what these genes have beyond that is theirs.
"""
GENES = """
    These genes were chosen by others for their variation in drug response: relaxed, duplicated genes with about twice
    the coding heterozygosity of an average exome. Selection here follows the constraint of a gene for loss of function
    only, so that ours are nearer to an average gene.
"""
