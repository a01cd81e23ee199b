"""The words of HPO labels: how they stand inside a sentence, and which of them name a disease or a gene."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from raresim import ontology

if TYPE_CHECKING:
    from raresim.catalog import Catalog

# Names of people and places that labels of HPO 2025-11-24 begin with, read through; others stand inside labels as well.
_NAMES = """
Alzheimer Archibald Auspitz Axenfeld Babinski Barrett Bartholin Battle Beau Beevor Bethlem Bitot
Blake Bouchard Brushfield Burkitt Chaddock Chiari Chvostek Civatte Cogan Collier Cotard Crohn Darier
Darwin Duane Dupuytren Ebstein Erlenmeyer Ewing Fordyce Froment Gaucher Gerbode Gordon Gottron
Gowers Graves Haab Hashimoto Heberden Heinz Hirano Hodgkin Hoffmann Homer Hurthle Kaposi Koebner
Koeppe Lafora Leber Lester Leung Lewy Lhermitte Lisch Luse Madelung Majocchi Mallory Marcus Meckel
Merkel Mizuo Mobitz Modic Mongolian Morgagni Mozart Oppenheim Pappenheimer Peters Popeye Potter
Probst Quelprud Raynaud Reye Rieger Rosenthal Salzmann Schmorl Sprengel Stahl Swiss Sydney Tarlov
Tessier Trousseau Tzanck Uhl Vogt Wilson Wormian
"""
NAMES = frozenset(_NAMES.split())
# Words that labels of HPO 2025-11-24 have with a capital letter alone although they are no names, read through.
_COMMON = """
Caesarean Caesarian Cysticercosis Echolalia Hydroxyphenylpyruvate Hydroxyphenylpyruvic Intonation Malaria Methylbutyryl
Methylglutaconic Neisserial Sheet
"""
COMMON = frozenset(_COMMON.split())
GENERA = frozenset(
    ["Giardia", "Mycobacterium", "Streptococcus", "Toxoplasma", "Treponema", "Trypanosoma"]
)  # keep it everywhere
WORD = re.compile(r"(?<![A-Za-z])[A-Z][a-z]{2,}(?![A-Za-z])")
FIRST = re.compile(r"^(Bell-shaped|In|No|Os)\b")  # first words that no rule makes small, read through

# Words of HPO 2025-11-24 that name the product of a disease gene of HGNC, besides the enzymes (-ase), read through.
_PROTEINS = """
albumin antithrombin antitrypsin apolipoprotein aquaporin calcitonin calpain calsequestrin caveolin ceruloplasmin
collagen cystatin desmin desmocollin desmoglein desmoplakin dysferlin dystroglycan dystrophin emerin endothelin
erythropoietin ferritin fibrinogen fibronectin ficolin fetoprotein ghrelin glucagon haptoglobin hemoglobin hepcidin
inhibin insulin kallikrein kindlin kininogen lactoferrin lamin laminin leptin merosin myoglobin myotilin neurexin
neurofascin nonceruloplasmin perforin perilipin plakoglobin plasminogen plectin prekallikrein prolactin properdin
prothrombin renin
sarcoglycan tenascin thrombomodulin thrombopoietin thyroglobulin titin transcobalamin transferrin transthyretin
troponin trypsin trypsinogen uromodulin vinculin willebrand
"""
PROTEINS = frozenset(_PROTEINS.split())
# Names of diseases in Orphanet (2025-03-03) and HPO (2025-01-16) that the catalog has under another name, as far as
# labels of HPO hold them.
_OTHERS = """
3-methylglutaconic aciduria, acute myeloid leukemia, adamantinoma, annular pancreas, bradyopsia, cerebral
arteriovenous malformation, chordoma,
chylous ascites, cleft palate, cloacal exstrophy, enteric anendocrinosis, esophageal atresia, gastroschisis, lethal
infantile mitochondrial myopathy, mastocytosis, melorheostosis, pili torti, pilomatrixoma, pleural mesothelioma,
polysyndactyly, posterior urethral valve, right isomerism, subcutaneous panniculitis-like T-cell lymphoma, synovial
sarcoma, syringomyelia, transient myeloproliferative syndrome, tufted angioma, urocanic aciduria, vibratory urticaria
"""
OTHERS = tuple(" ".join(name.split()) for name in _OTHERS.split(","))
ENZYME = re.compile(r"\b(?!disease|increase|decrease|release)[a-z]{3,}(?<!ph)ases?\b")
FACTOR = re.compile(r"\bfactor [IVX]+\b")
NUMBERED = re.compile(r"([^,;0-9]+?)(?:[,;][^0-9]*)?\s+(?:type\s+)?[0-9]+[a-z]?\b", re.IGNORECASE)


def in_sentence(label: str) -> str:
    """Return a label as it stands inside a sentence: words with a capital letter small, but for names and acronyms."""
    label = FIRST.sub(lambda found: found[0].lower(), label)
    return WORD.sub(lambda found: found[0] if _is_name(found[0], found.start() > 0) else found[0].lower(), label)


def _is_name(word: str, inside: bool) -> bool:
    """Whether a word with a capital letter keeps it; a first word is a name only where it is one inside labels too."""
    if word in NAMES or word in GENERA:
        return True
    small, capital = _vocabulary()
    return word not in COMMON and word.lower() not in small and (inside or word in capital)


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[frozenset[str], frozenset[str]]:
    """Words that labels have in small letters, and those they have with a capital letter at other places than first."""
    labels = ontology.load().labels
    small = (re.findall(r"(?<![A-Za-z])[a-z]{3,}(?![A-Za-z])", label) for label in labels)
    capital = ([found[0] for found in WORD.finditer(label) if found.start() > 0] for label in labels)
    return frozenset(w for words in small for w in words), frozenset(w for words in capital for w in words)


def telling(catalog: Catalog) -> frozenset[int]:
    """Return the terms whose labels name a disease of the catalog or the gene or protein of one.

    As whole words the name of any disease (:data:`OTHERS` too) or the symbol of any disease gene ("Gastroesophageal
    reflux", "Decreased CD4+ T cell proportion"); a name of a person that any disease has ("Gaucher cells"); an enzyme,
    a coagulation factor or another protein of :data:`PROTEINS` ("Decreased circulating ceruloplasmin concentration").
    Of numbered diseases ("Ciliary dyskinesia, primary, 3") the name before the first comma or number is one as well; a
    single word of that kind ("Cataract 20") is a plain finding, and stays. Too much
    of what is in blood or urine names a disease that is called by that substance alone ("Argininemia").
    """
    known = ontology.load()
    names = {tuple(_words(name)) for name in (*catalog.names, *OTHERS)}
    people = frozenset(word for name in names for word in name)
    stems = (tuple(_words(found[1])) for name in catalog.names if (found := NUMBERED.match(name)))
    names |= {stem for stem in stems if len(stem) > 1}
    names |= {(f"hyper{name[0]}",) for name in names if len(name) == 1 and name[0].endswith(("emia", "uria"))}
    longest = max(map(len, names), default=0)
    symbols = frozenset(catalog.symbols)
    out = set()
    for row, label in enumerate(known.labels):
        words, small = _words(label), label.lower()
        pieces = (tuple(words[i:j]) for i in range(len(words)) for j in range(i + 1, min(len(words), i + longest) + 1))
        named = any(
            found[0].lower() in people and found[0] not in GENERA and _is_name(found[0], found.start() > 0)
            for found in WORD.finditer(label)
        )
        protein = not PROTEINS.isdisjoint(words) or ENZYME.search(small) or FACTOR.search(label)
        own = not symbols.isdisjoint(re.findall(r"[A-Za-z0-9]+", label))
        if named or protein or own or any(piece in names for piece in pieces):
            out.add(row)
    return frozenset(out)


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())
