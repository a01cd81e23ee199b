"""Levels: what patients of one disease share in a study (a donor), and patients of one clinic (what is looked for)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raresim.clinical.model import Model
from raresim.streams import stream

COMMON = 0.7  # share of the terms of a record that are drawn by the noise of its clinic: a choice, see docs
SAME = 0.5  # share of clinics whose structure is of the disease's donor, not of one of their own: a choice, see docs
CLINICS = 64  # of a disease at most; the last takes what is left of the probability


@dataclass(frozen=True, eq=False)
class Clinic:
    """profiles int64[p]: the profiles its patients can have, by number of observed terms; key: of the noise that their
    terms share, as :func:`raresim.kernels.clinical.fill` takes it."""

    profiles: NDArray[np.int64]
    key: int


ALONE = 0, 0.0  # no clinic's noise, in no share of the terms


def sizes(model: Model, study: int, disease: str) -> NDArray[np.float64]:
    """Return the cumulative shares of patients of the clinics of a disease in a study.

    A stick-breaking (GEM) sequence whose two-patient sharing is that of the reports: with concentration c it is
    1 / (1 + c) (Pitman 2006, Combinatorial stochastic processes).
    """
    concentration = max(1.0 / max(model.sharing, 1e-3) - 1.0, 1e-6)
    left = np.cumprod(1.0 - stream(study, "clinical", disease, "clinics").beta(1.0, concentration, CLINICS))
    return np.append(1.0 - left[:-1], 1.0)


def donor(model: Model, likely: NDArray[np.float64], study: int, disease: str) -> int:
    """Return the group (of ``Model.disease``) whose structure a disease has in a study; likely float64[m]: cumulative
    probability of the profiles."""
    return int(model.disease[drawn(likely, float(stream(study, "clinical", disease, "donor").random()))])


def profiles(model: Model, likely: NDArray[np.float64], group: int, at: float) -> NDArray[np.int64]:
    """Return the profiles of a publication of a donor disease, drawn by uniform ``at``, fewest observed first."""
    share = np.where(model.disease == group, np.diff(likely, prepend=0.0), 0.0)
    paper = model.publication[drawn(np.cumsum(share), at)]
    own = np.flatnonzero((model.publication == paper) & (share > 0))
    return own[np.argsort(model.profile[own, :4].sum(axis=1), kind="stable")]


def drawn(cumulative: NDArray[np.float64], at: float) -> int:
    """Return the place that uniform number ``at`` falls on."""
    place = int(np.searchsorted(cumulative, at * cumulative[-1], "right"))
    return min(place, int(np.searchsorted(cumulative, cumulative[-1])))
