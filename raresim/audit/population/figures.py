"""Published figures that populations are held to, with their sources (docs/figures.md)."""

from __future__ import annotations

GNOMAD_V2 = "gnomAD v2.1 exomes, chromosome 19, 2.19 Mb of coding sequence (RAREsim_Example)"
EXAC = "ExAC, 60,706 people (Lek et al. 2016)"

# Synonymous and missense sites a kilobase of coding sequence, allele frequency up to 0.1% over all people, in 2,000
# people; missense and loss of function over their expectation, divided by that of synonymous.
RARE_2000 = {
    "AFR": (6.919, 11.166, 0.721, 0.332),
    "EAS": (5.499, 9.485, 0.773, 0.370),
    "EUR": (4.539, 8.058, 0.795, 0.441),
    "SAS": (6.266, 10.554, 0.755, 0.356),
}
# The same for all people of an ancestry (10,000 for EUR).
RARE_ALL = {
    "AFR": (8128, 15.541, 27.058, 0.774, 0.399),
    "EAS": (9197, 13.763, 25.093, 0.812, 0.463),
    "EUR": (10_000, 15.058, 28.226, 0.832, 0.476),
    "SAS": (15_308, 21.965, 41.021, 0.827, 0.448),
}
# Shares of sites by minor allele count (measure.BINS), all frequencies; sites a kilobase.
SPECTRUM = {
    ("AFR", "syn"): (17.5, (0.465, 0.133, 0.116, 0.057, 0.042, 0.061, 0.024, 0.102)),
    ("AFR", "nonsyn"): (31.4, (0.545, 0.136, 0.110, 0.051, 0.034, 0.048, 0.016, 0.060)),
    ("EAS", "syn"): (15.0, (0.523, 0.129, 0.125, 0.063, 0.043, 0.045, 0.009, 0.063)),
    ("EAS", "nonsyn"): (28.0, (0.581, 0.129, 0.118, 0.056, 0.035, 0.036, 0.007, 0.037)),
    ("SAS", "syn"): (23.5, (0.511, 0.141, 0.130, 0.063, 0.043, 0.055, 0.010, 0.048)),
    ("SAS", "nonsyn"): (45.2, (0.577, 0.139, 0.120, 0.056, 0.035, 0.043, 0.006, 0.025)),
}
# Mutation rate of a coding base of those 2.19 Mb by class, on the scale of our table: synonymous .3194 of 1.91e-8 by
# the 3-mer table, times .82, by which it agrees with the number of synonymous sites (docs/figures.md, 2); missense and
# loss of function by gnomAD's own expectations over that of synonymous: 2.24 and .127.
SYNONYMOUS = 1.91e-8 * 0.82 * 0.3194
OPPORTUNITY = {"syn": SYNONYMOUS, "mis": SYNONYMOUS * 2.24, "nonsyn": SYNONYMOUS * (2.24 + 0.127)}
# People of gnomAD v2.1 exomes: by them a frequency over all people is mixed.
GNOMAD_PEOPLE = {"AFR": 8128, "AMR": 17_296, "EAS": 9197, "EUR": 56_885, "FIN": 10_824, "SAS": 15_308}

# A person of ExAC: missense, in-frame and loss-of-function alleles in all; of these at most .1% and 1% in every
# ancestry.
PERSON = {
    "AFR": (13_821, 175, 491),
    "AMR": (12_420, 135, 266),
    "EAS": (12_643, 162, 329),
    "EUR": (12_137, 132, 289),
    "SAS": (12_414, 170, 364),
}
# Protein-truncating variants of a person of ExAC: heterozygous, homozygous.
TRUNCATING = {
    "AFR": (111.9, 33.2),
    "AMR": (82.5, 36.9),
    "EAS": (86.8, 40.6),
    "EUR": (81.0, 33.8),
    "FIN": (77.1, 33.1),
    "SAS": (88.9, 36.0),
}
# Share of European ancestors of African Americans, of whom ExAC's AFR mostly are: Bryc et al. 2015, AJHG 96:37.
EUROPEAN = 0.24
# 1000 Genomes 2015 (recalled): synonymous and nonsynonymous sites of a person; 11,200 to 11,400 and 10,200 to 10,400
# outside Africa.
KGP_PERSON = {"AFR": (13_800, 12_200)} | dict.fromkeys(("AMR", "EAS", "EUR", "SAS"), (11_300, 10_300))
# Heterozygous over homozygous sites of a person: nine exomes for EUR, about 2.0 and 1.4 recalled of 1000 Genomes.
HET_HOM = {"AFR": 2.0, "EUR": 1.55, "EAS": 1.4}
# Transitions over transversions of sites (ExAC), in 60,706 people; fewer people show fewer recurrent transitions.
TRANSITIONS = {"syn": 4.04, "mis": 1.73, "stop": 1.68}
# Hudson's Fst: Bhatia et al. 2013, else single-base changes of 50 autosomal genes of 1000 Genomes people; AFR-AMR:
# what these genes have over their own AFR-EUR, .859 (standard error .033), times that of Bhatia et al.
FST = {
    ("EAS", "EUR"): 0.106,
    ("AFR", "EUR"): 0.139,
    ("AFR", "EAS"): 0.161,
    ("EUR", "SAS"): 0.038,
    ("EAS", "SAS"): 0.076,
    ("EUR", "FIN"): 0.011,
    ("AMR", "EUR"): 0.027,
    ("AMR", "EAS"): 0.074,
    ("AFR", "AMR"): 0.119,
}
# Mean share of the genome in runs of homozygosity longer than 1.5 Mb: living West Eurasians of the Human Genome
# Diversity Project, as cited in doi:10.1186/s12864-023-09763-x (figure 1).
HOMOZYGOSITY = {"EUR": 0.0039}
EXOME = 33_300_000  # bases of coding sequence of MANE Select genes, to which a person's alleles are scaled
# Coding indels: 1 - frameshifts / all of ExAC (26,862 + 6,785 in-frame, 90,011 frameshift)
IN_FRAME = 33_647 / (33_647 + 90_011)
