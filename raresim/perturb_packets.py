"""Noise on anybody's phenopackets: the same files with other phenotypic features, and what was done beside them."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, cast

from raresim import ontology, packets, reports
from raresim.errors import InputError
from raresim.files import failed, whole
from raresim.perturb import Change, Noise
from raresim.streams import key
from raresim.truth_tables import line

COLUMNS = ("case", "dial", "before", "after")


@dataclass
class Done:
    """What was done: cases written, their observed and excluded terms before, of these the ones given by an obsolete or
    alternative id, features that are no finding of HPO, packets whose age cannot be read, changes of each dial, cases
    with a change, packets and files left out by reason; examples by reason."""

    cases: int = 0
    observed: int = 0
    excluded: int = 0
    mapped: int = 0
    unknown: int = 0
    ageless: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    changed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)


def beside(output: Path) -> Path:
    """Return where the truth of an output is written: NAME.perturbed.tsv in the folder that holds it."""
    return output.with_name(f"{output.name}.perturbed.tsv")


def perturb(path: Path, output: Path, noise: Noise, seed: int) -> Done:
    """Write the phenopackets of ``path`` (:func:`raresim.packets.files`) with noise to ``output``, of the same form.

    A document any of whose packets cannot be read as v2 is left out and counted. Everything but phenotypicFeatures is
    the same JSON as before. :func:`beside` the output a table says every change: case, dial, term before, term after.
    InputError where the output exists or nothing can be used.
    """
    found = packets.files(path)
    _refuse(path, output)
    done = Done()
    with ExitStack() as stack:
        truth = stack.enter_context(whole(beside(output)))
        truth.write(("\t".join(COLUMNS) + "\n").encode())
        for file in found:
            target = output / file.relative_to(path) if path.is_dir() else output
            place = file.relative_to(path).as_posix() if path.is_dir() else file.name
            texts = _texts(file, place, noise, seed, done, truth)
            first = next(texts, None)
            if first is not None:  # a file without a packet is not written
                with _writing(target) as out:
                    out.write(first)
                    for text in texts:
                        out.write(text)
        if not done.cases:
            reasons = "; ".join(f"{n} skipped: {why} (e.g. {done.examples[why]})" for why, n in done.skipped.items())
            raise InputError(f"{path}: no phenopacket can be used: {reasons or 'no document'}")
    return done


def spoil(packet: Any, noise: Noise, seed: int) -> tuple[list[Change], tuple[int, int, int, int, int]]:
    """Put noise on the features of one packet, in place; return the changes and how many terms were observed, excluded,
    mapped and unknown before, and whether its age cannot be read (:class:`Done`). Raises :class:`raresim.reports.Unfit`
    for what is no v2 packet."""
    features = reports.check(packet)
    given = [feature["type"]["id"] for feature in features]
    primary = [_finding(term) for term in given]
    terms: tuple[set[str], set[str]] = (set(), set())
    for feature, term in zip(features, primary, strict=True):
        if term:
            terms[bool(feature.get("excluded"))].add(term)
    reports.consistent(*terms)
    if not terms[0] and not terms[1]:
        raise reports.Unfit(reports.NOTHING)
    subject = packet.get("subject") or {}
    sex, told = subject.get("sex"), subject.get("timeAtLastEncounter")
    age = reports.years(told)
    female = True if sex == "FEMALE" else False if sex == "MALE" else None
    made = noise.changes(terms[0], terms[1], female, seed, "packet", packet["id"], age=age)
    if made:
        packet["phenotypicFeatures"] = _changed(features, primary, made, key(seed, "place", packet["id"]))
    mapped = sum(term not in ("", own) for term, own in zip(primary, given, strict=True))
    return made, (len(terms[0]), len(terms[1]), mapped, primary.count(""), int(bool(told) and age is None))


def _changed(features: list[dict[str, Any]], primary: list[str], made: list[Change], place: int) -> list[Any]:
    """Return the features after the changes, such that neither place nor form tells which were changed."""
    by_term = {change.before: change for change in made if change.before}
    out = []
    for feature, term in zip(features, primary, strict=True):
        change = by_term.get(term)
        if change is None:
            out.append(feature)
        elif change.after:
            out.append({**feature, "type": _type(change.after, "label" in feature["type"])})
    models = [feature for feature in features if not feature.get("excluded")] or features
    for change in made:
        if not change.before:
            place = key(place, change.after)
            model = models[place % len(models)]
            added: dict[str, Any] = {"type": _type(change.after, "label" in model["type"])}
            if not model.get("excluded"):
                added |= {name: model[name] for name in ("excluded", "onset") if name in model}
            out.insert(place % (len(out) + 1), added)
    return sorted(out, key=_order) if features == sorted(features, key=_order) else out


def _order(feature: dict[str, Any]) -> tuple[bool, str]:
    return bool(feature.get("excluded")), feature["type"]["id"]


def _type(term: str, labelled: bool) -> dict[str, str]:
    terms = ontology.load()
    return {"id": term, "label": terms.labels[terms.rows[term]]} if labelled else {"id": term}


@lru_cache(maxsize=100_000)
def _finding(term: str) -> str:
    return ontology.load().finding(term)[0]


def _texts(file: Path, place: str, noise: Noise, seed: int, done: Done, truth: IO[bytes]) -> Iterator[bytes]:
    lines = packets.is_lines(file)
    for document in packets.of_file(file, place):
        try:
            value = _exact(document)
            told = []
            for packet in reports.members(value):
                made, counted = spoil(packet, noise, seed)
                told.append((packet["id"], made, counted))
            text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=None if lines else 2).encode()
        except reports.Unfit as unfit:
            done.skipped[str(unfit)] += 1
            done.examples.setdefault(str(unfit), document.place)
            continue
        except (ValueError, RecursionError):
            done.skipped["a number out of range or nested too deeply"] += 1
            done.examples.setdefault("a number out of range or nested too deeply", document.place)
            continue
        for case, made, (observed, excluded, mapped, unknown, ageless) in told:
            done.cases += 1
            done.observed += observed
            done.excluded += excluded
            done.mapped += mapped
            done.unknown += unknown
            done.ageless += ageless
            if ageless:
                done.examples.setdefault(reports.AGELESS, document.place)
            done.changed += bool(made)
            done.changes.update(change.dial for change in made)
            for change in made:
                truth.write(line((case, change.dial, change.before, change.after)).encode())
        yield text + b"\n"


def _exact(document: packets.Document) -> Any:
    """Return the JSON value with whole numbers of any size, which orjson would round; Unfit where there is none."""
    _, why = packets.loads(document)
    if why:
        raise reports.Unfit(why)
    return json.loads(document.text)


@contextmanager
def _writing(target: Path) -> Iterator[IO[bytes]]:
    with whole(target) as out:
        if not target.name.lower().endswith(".gz"):
            yield out
            return
        with gzip.GzipFile("", "wb", fileobj=out, mtime=0) as packed:
            yield cast("IO[bytes]", packed)


def _refuse(path: Path, output: Path) -> None:
    try:
        if output.exists() or output.is_symlink():
            raise InputError(f"-o {output}: exists already; name another folder or file")
        if beside(output).exists():
            raise InputError(f"-o {output}: {beside(output)} exists already; name another folder or file")
        if path.is_dir() and path.resolve() in output.resolve().parents:
            raise InputError(f"-o {output}: is inside {path}; name a folder outside it")
        if not path.is_dir() and (not packets.is_named(output) or packets.is_lines(path) != packets.is_lines(output)):
            wanted = "*.jsonl or *.jsonl.gz" if packets.is_lines(path) else "*.json or *.json.gz"
            raise InputError(f"-o {output}: should be named like the input, {wanted}")
    except OSError as error:
        raise failed(output, error) from None
