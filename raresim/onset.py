"""Ages: classes of onset in years, the onset of a disease, the age at which a patient is examined."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.random import Generator

    from raresim.catalog import Disease

_DAYS_28 = 28 / 365.25

# Years by HPO onset term, from the definitions of HPO (release 2025-01-16); birth is 0 and what begins before birth
# begins at 0. Open ends ("16 years or later", "after 60") are closed at 60 and 90: a choice. Juvenile: "between the
# age of 5 and 15 years", adult from 16, hence up to the 16th birthday. Perimenopause 45 to 55, postmenopause 50 to 80,
# puerperium 18 to 45: choices.
HPO_ONSET: dict[str, tuple[float, float]] = {
    "HP:0030674": (0.0, 0.0),  # antenatal
    "HP:0011460": (0.0, 0.0),  # embryonal
    "HP:0011461": (0.0, 0.0),  # fetal
    "HP:0034199": (0.0, 0.0),  # late first trimester
    "HP:0034198": (0.0, 0.0),  # second trimester
    "HP:0034197": (0.0, 0.0),  # third trimester
    "HP:0003577": (0.0, 0.0),  # congenital
    "HP:0003623": (0.0, _DAYS_28),  # neonatal
    "HP:0003593": (_DAYS_28, 1.0),  # infantile
    "HP:0011463": (1.0, 5.0),  # childhood
    "HP:0003621": (5.0, 16.0),  # juvenile
    "HP:0410280": (_DAYS_28, 16.0),  # pediatric
    "HP:0003581": (16.0, 60.0),  # adult
    "HP:0011462": (16.0, 40.0),  # young adult
    "HP:0025708": (16.0, 19.0),  # early young adult
    "HP:0025709": (19.0, 25.0),  # intermediate young adult
    "HP:0025710": (25.0, 40.0),  # late young adult
    "HP:0003596": (40.0, 60.0),  # middle age
    "HP:0003584": (60.0, 90.0),  # late
    "HP:4000040": (18.0, 45.0),  # puerperal
    "HP:6000314": (45.0, 55.0),  # perimenopausal
    "HP:6000315": (50.0, 80.0),  # postmenopausal
}

# Years by Orphanet's class of age of onset (Orphadata, "Natural history"): infancy 4 weeks to 2 years, childhood 2 to
# 11, adolescence 12 to 18, adult 19 to 65, elderly after 65. Gaps are closed at the birthday; the open end at 90 and
# "all ages" as 0 to 65 are choices.
ORPHA_ONSET: dict[str, tuple[float, float]] = {
    "Antenatal": (0.0, 0.0),
    "Neonatal": (0.0, _DAYS_28),
    "Infancy": (_DAYS_28, 2.0),
    "Childhood": (2.0, 12.0),
    "Adolescent": (12.0, 19.0),
    "Adult": (19.0, 65.0),
    "Elderly": (65.0, 90.0),
    "All ages": (0.0, 65.0),
}

# Where a disease has no onset: the classes of 5,888 solved cases with an onset (phenopacket-store of 2026-06-25):
# antenatal and congenital 1,411, neonatal 607, infantile 1,553, childhood 907, juvenile 557, young adult 524, middle
# age 259, late 70.
UNKNOWN_ONSET: tuple[tuple[float, float, float], ...] = (
    (0.0, 0.0, 1411.0),
    (0.0, _DAYS_28, 607.0),
    (_DAYS_28, 1.0, 1553.0),
    (1.0, 5.0, 907.0),
    (5.0, 16.0, 557.0),
    (16.0, 40.0, 524.0),
    (40.0, 60.0, 259.0),
    (60.0, 90.0, 70.0),
)

DELAY = 4.7  # mean years from first symptom to diagnosis: Faye F et al. 2024, Eur J Hum Genet 32:1116 (recalled)
OLDEST = 90.0


def onset_draw(disease: Disease, rng: Generator) -> float:
    """Draw the age of onset in years: a class by weight (:data:`UNKNOWN_ONSET` where the disease has none), then
    uniform inside it. Antenatal and congenital onset are 0."""
    ranges = disease.onset or UNKNOWN_ONSET
    at = rng.random() * sum(weight for _, _, weight in ranges)
    chosen = 0
    while chosen < len(ranges) - 1 and at >= ranges[chosen][2]:
        at -= ranges[chosen][2]
        chosen += 1
    low, high, _ = ranges[chosen]
    return low + (high - low) * float(rng.random())


def examination_draw(onset: float, rng: Generator) -> float:
    """Draw the age at examination in years: onset and a delay with an exponential distribution of mean
    :data:`DELAY` (the shape is a choice: only the mean is known), cut off at the 90th birthday."""
    delay = float(rng.exponential(DELAY))
    return onset + min(delay, max(OLDEST - onset, 0.0) + 0.5 * float(rng.random()))
