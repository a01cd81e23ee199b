"""Training the networks on reports, with torch, on one thread of the CPU."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from raresim import ontology
from raresim.clinical import entry as entries
from raresim.clinical import examples, fit_structure, fit_terms
from raresim.clinical.features import STATIC
from raresim.clinical.model import Model
from raresim.errors import InputError
from raresim.neural.model import ARRAYS, COUNT_FROM, Neural
from raresim.streams import stream

if TYPE_CHECKING:
    from raresim.catalog import Catalog
    from raresim.reports import Report

EACH = 4  # reports of a publication and disease that are learned from, as in raresim.clinical.fit
COUNT_UNITS, TERM_UNITS = 24, 24  # hidden units: choices
EPOCHS, RATE, DECAY = 300, 0.01, 1e-3  # of full batches; learning rate; weight decay: choices


def fit(
    reports: Iterable[Report],
    catalog: Catalog,
    model: Model,
    seed: int = 0,
    minimum_support: int = 3,
    notes: dict[str, Any] | None = None,
) -> Neural:
    """Return networks trained on these reports on top of the clinical model fitted on the same.

    AdamW (Loshchilov and Hutter 2019, ICLR) on the log-likelihood of each count given those before it, and of each
    recorded term among sampled candidates. The same reports, catalog, seed and release of torch give the same networks
    on one platform. InputError where torch is missing.
    """
    try:
        import torch  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise InputError("fit: kind neural needs torch; pip install 'raresim-dx[neural]'") from None
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    try:
        return _fit(list(reports), catalog, model, seed, minimum_support, notes or {})
    finally:
        torch.set_num_threads(threads)


def _fit(
    reports: list[Report], catalog: Catalog, model: Model, seed: int, minimum_support: int, notes: dict[str, Any]
) -> Neural:
    material = examples.material(reports, catalog, minimum_support)
    slots, rng = fit_terms.nothing(), stream(seed, "neural", "terms")
    described, profiles, names, diseases = [], [], [], []
    for seen in examples.seen(material, examples.capped(material.records, EACH, seed)):
        described.append(entries.describe(seen.entry, material.whole))
        profiles.append(fit_structure.profile(seen))
        names.append(seen.record.name)
        diseases.append(seen.record.disease)
        if not seen.bare or rng.random() < 0.5:
            fit_terms.learn(slots, seen, material, rng)
    x, z = np.stack(described), np.stack(profiles)
    mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-6
    severe = severities(diseases, z[:, :4].sum(axis=1), names)
    counts = _counts((x - mean) / spread, severe, z)
    terms = [[_terms(slots[k, j], model.weights[k, j]) for j in range(4)] for k in range(2)]
    used = {"reports": len(material.records), "rows": len(z), "ontology": ontology.load().release}
    arrays = [mean.astype(np.float32), spread.astype(np.float32), *counts]
    arrays += [np.stack([[part[i] for part in row] for row in terms]) for i in range(3)]
    return Neural(**dict(zip(ARRAYS, arrays, strict=True)), notes={**used, **notes})


def severities(diseases: list[int], observed: NDArray[np.int64], names: list[str]) -> NDArray[np.float64]:
    """Return float64: the normal score of each report's number of observed terms among those of its disease.

    Blom's scores (1958, Statistical estimates and transformed beta-variables); ties by name; 0 for a single report.
    """
    rows: dict[int, list[int]] = {}
    for i, disease in enumerate(diseases):
        rows.setdefault(disease, []).append(i)
    out = np.zeros(len(diseases))
    for mine in rows.values():
        different = sorted({(int(observed[i]), names[i]) for i in mine})
        rank = {name: at for at, (_, name) in enumerate(different, 1)}
        for i in mine:
            out[i] = NormalDist().inv_cdf((rank[names[i]] - 0.375) / (len(different) + 0.25))
    return out


def _counts(x: NDArray[np.float64], severity: NDArray[np.float64], z: NDArray[np.integer[Any]]) -> list[Any]:
    """Train the networks of the eight counts."""
    import torch

    log = np.log1p(z)
    classes = np.searchsorted(COUNT_FROM, z, "right") - 1
    parts = []
    for i in range(8):
        before = np.where(np.arange(8) < i, log, 0.0)
        data = torch.tensor(np.hstack([x, severity[:, None], before]), dtype=torch.float32)
        parts.append(_count(data, torch.tensor(classes[:, i])))
    return [np.stack([part[n] for part in parts]) for n in range(4)]


def _count(data: Any, wanted: Any) -> list[NDArray[np.float32]]:
    """Train the network of one count on the classes it had."""
    import torch

    first = torch.nn.Linear(data.shape[1], COUNT_UNITS)
    last = torch.nn.Linear(COUNT_UNITS, len(COUNT_FROM))

    def loss() -> Any:
        return torch.nn.functional.cross_entropy(last(torch.tanh(first(data))), wanted)

    _train([*first.parameters(), *last.parameters()], loss)
    return [_plain(part) for part in (first.weight.T, first.bias, last.weight.T, last.bias)]


def _terms(slots: fit_terms.Choices, weights: NDArray[np.float32]) -> list[Any]:
    """Train the network of one relation, beside the linear score, on what the static numbers add."""
    import torch

    size = len(STATIC)
    hidden = torch.nn.Linear(size, TERM_UNITS)
    out = torch.nn.Linear(TERM_UNITS, 1, bias=False)
    torch.nn.init.zeros_(out.weight)
    if len(slots.weight) >= 30:
        many = max(map(len, slots.offset))
        x = np.zeros((len(slots.weight), many, size), np.float32)
        given = np.full(x.shape[:2], -1e9)
        for i, (features, log) in enumerate(zip(slots.features, slots.offset, strict=True)):
            x[i, : len(log)] = features[:, :size]
            given[i, : len(log)] = log + features @ weights
        data, offset = torch.tensor(x), torch.tensor(given, dtype=torch.float32)
        weight = torch.tensor(np.array(slots.weight) / np.mean(slots.weight), dtype=torch.float32)

        def loss() -> Any:
            score = offset + out(torch.tanh(hidden(data)))[..., 0]
            return -(weight * torch.log_softmax(score, dim=1)[:, 0]).mean()

        _train([*hidden.parameters(), *out.parameters()], loss, epochs=EPOCHS // 4)
    return [_plain(hidden.weight.T), _plain(hidden.bias), _plain(out.weight[0])]


def _train(parameters: Any, loss: Any, epochs: int = EPOCHS) -> None:
    import torch

    optimiser = torch.optim.AdamW(parameters, lr=RATE, weight_decay=DECAY)
    for _ in range(epochs):
        optimiser.zero_grad()
        value = loss()
        value.backward()
        optimiser.step()


def _plain(tensor: Any) -> NDArray[np.float32]:
    out: NDArray[np.float32] = np.round(tensor.detach().numpy().astype(np.float32), 5)
    return out
