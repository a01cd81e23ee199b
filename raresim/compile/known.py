"""What the sources of the catalog do not say in a form that can be read, with where it is known from."""

from __future__ import annotations

# Diseases on X of girls and women: a boy with one copy of the allele is not born, or is not viable.
LETHAL_IN_MALES = {
    "OMIM:300049": "Fox 1998, Neuron 21:1315",  # periventricular heterotopia, FLNA
    "OMIM:300166": "Ng 2004, Nat Genet 36:411",  # oculofaciocardiodental syndrome, BCOR
    "ORPHA:2712": "Ng 2004, Nat Genet 36:411",
    "OMIM:300244": "Bacino 2000, Am J Med Genet 94:102",  # terminal osseous dysplasia, FLNA
    "OMIM:300707": "Unger 2008, Nat Genet 40:287",  # STAR syndrome, CCNQ
    "OMIM:309801": "Wimplinger 2006, Am J Hum Genet 79:878",  # linear skin defects, HCCS
    "ORPHA:2556": "Wimplinger 2006, Am J Hum Genet 79:878",
    "OMIM:300887": "Indrieri 2012, Am J Hum Genet 91:942",  # linear skin defects, COX7B
    "OMIM:300952": "van Rahden 2015, Am J Hum Genet 96:640",  # linear skin defects, NDUFB11
    "OMIM:302960": "Derry 1999, Nat Genet 22:286",  # chondrodysplasia punctata 2, EBP
    "OMIM:305600": "Wang 2007, Nat Genet 39:836",  # focal dermal hypoplasia, PORCN (living males are mosaic)
    "OMIM:308050": "Konig 2000, Am J Med Genet 90:339",  # CHILD syndrome, NSDHL
    "OMIM:308300": "Smahi 2000, Nature 405:466",  # incontinentia pigmenti, IKBKG
    "OMIM:309350": "Robertson 2003, Nat Genet 33:487",  # Melnick-Needles syndrome, FLNA
    "OMIM:311200": "Ferrante 2001, Am J Hum Genet 68:569",  # orofaciodigital syndrome I, OFD1
    "OMIM:312750": "Amir 1999, Nat Genet 23:185",  # Rett syndrome, MECP2 (in boys it is another entry, 300673)
    "OMIM:300968": "Reijnders 2016, Am J Hum Genet 98:373",  # female-restricted intellectual disability, USP9X
    "OMIM:301041": "title of the entry",  # Wieacker-Wolff syndrome, female-restricted, ZC4H2
    "OMIM:301044": "Symonds 2017, Epilepsia 58:565",  # developmental and epileptic encephalopathy 85, SMC1A
    "OMIM:301068": "Li 2021, Genet Med 23:637",  # Hardikar syndrome, MED12
}
# Diseases on X that spare men with the allele, who can pass it on.
SPARING_MALES = {
    "OMIM:300088": "Dibbens 2008, Nat Genet 40:776",  # developmental and epileptic encephalopathy 9, PCDH19
}
# Diseases of a duplication (or a deletion of what regulates the gene): no small variant of the gene causes them.
DUPLICATIONS = {
    "OMIM:118220": "Lupski 1991, Cell 66:219",  # Charcot-Marie-Tooth disease 1A, PMP22
    "OMIM:169500": "Padiath 2006, Nat Genet 38:1114",  # adult-onset leukodystrophy, LMNB1
    "OMIM:300260": "Van Esch 2005, Am J Hum Genet 77:442",  # Lubs syndrome, MECP2
    "OMIM:301071": "Simioni 2021, Blood 137:2383",  # thrombophilia 13, F8
    "OMIM:601709": "Paterson 2010, Blood 115:1264",  # Quebec platelet disorder, PLAU
    "OMIM:605543": "Singleton 2003, Science 302:841",  # Parkinson disease 4, SNCA
}
