"""What gives simulated cases: a phenotype kind, a published simulator, a folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from raresim.audit.realism import peers, simulate
from raresim.audit.realism.cases import Cases, cases
from raresim.audit.realism.entries import Entries
from raresim.audit.realism.setting import Setting
from raresim.audit.realism.shepherd import shepherd
from raresim.phenotype import PhenotypeKind
from raresim.reports import Report
from raresim.streams import stream

PEERS: dict[str, peers.Peer] = {
    "naive_frequency": peers.naive_frequency,
    "matchingsim": peers.matchingsim,
    "rdsim_all": peers.rdsim_all,
    "rdsim_five": peers.rdsim_five,
    "rdsim_noise": peers.rdsim_noise,
    "shepherd": shepherd,
    "koehler2009": peers.koehler2009,
    "annotation_simulator": peers.annotation_simulator,
    "phenotype2phenopacket": peers.phenotype2phenopacket,
    "rarecrowds": peers.rarecrowds,
}
SCRAMBLE = "pheval_scramble"

Twins = tuple[Cases, NDArray[np.int64]]


@dataclass(frozen=True)
class Source:
    """A generator under test.

    twins: given a setting and a seed, cases and the number of the judged case that each is a twin of. of: given ids of
    diseases besides, one case for each; None where it cannot be asked. reports: as twins, what is recorded in the end
    with ages and ids; None where there is no more than terms. speed: records per second of CPU, warm.
    """

    name: str
    twins: Callable[[Setting, int], Twins]
    of: Callable[[Setting, Sequence[str], int], Cases] | None = None
    reports: Callable[[Setting, int], list[Report]] | None = None
    speed: Callable[[Setting], float] | None = None


def of_kind(name: str, kind: PhenotypeKind) -> Source:
    """Return the source of a phenotype kind; nothing of the judged cases may have been fitted."""

    def of(known: Setting, diseases: Sequence[str], seed: int) -> Cases:
        return simulate.of_diseases(known, kind, seed, diseases)

    return Source(
        name,
        lambda known, seed: (simulate.twins(known, kind, seed), np.arange(len(known.judged))),
        of,
        lambda known, seed: simulate.reports_of(known, kind, seed, [(r.disease, r) for r in known.judged], True),
        lambda known: simulate.speed(known, kind),
    )


def of_peer(name: str) -> Source:
    """Return the source of a published simulator."""

    def of(known: Setting, diseases: Sequence[str], seed: int) -> Cases:
        field, rng = _field(known.entries), stream(seed, "peer", name)
        rows = [known.entries.rows[code] for code in diseases]
        return cases(known.entries.space, rows, [PEERS[name](row, field, rng) for row in rows])

    if name == SCRAMBLE:
        return Source(name, lambda known, seed: _scrambled(known, seed))

    def twin(known: Setting, seed: int) -> Cases:
        return of(known, [r.disease for r in known.judged], seed)

    return Source(name, lambda known, seed: (twin(known, seed), _all(known)), of, lambda k, s: _reports(twin(k, s)))


def of_folder(name: str, reports: Sequence[Report]) -> Source:
    """Return the source of simulated reports, the same for every seed."""
    return Source(name, lambda known, seed: simulate.matched(known, reports), None, lambda known, seed: list(reports))


def _scrambled(known: Setting, seed: int) -> Twins:
    rng = stream(seed, "peer", SCRAMBLE)
    return peers.scrambled(known.real, _field(known.entries), rng), _all(known)


def _reports(cases: Cases) -> list[Report]:
    ids = cases.space.ids
    sides = [[tuple(ids[term] for term in side.tolist()) for side in cases.record(i)] for i in range(len(cases))]
    return [Report(str(i), "", "", None, None, None, *both) for i, both in enumerate(sides)]


def _all(known: Setting) -> NDArray[np.int64]:
    return np.arange(len(known.judged))


@lru_cache(maxsize=2)
def _field(entries: Entries) -> peers.Field:
    return peers.Field(entries)
