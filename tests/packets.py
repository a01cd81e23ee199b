"""Phenopackets for tests: good ones, and what people have instead."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import orjson


def feature(term: str, **more: Any) -> dict[str, Any]:
    """A phenotypic feature."""
    return {"type": {"id": term, "label": "x"}, **more}


def packet(name: str = "a", *features: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A phenopacket of version 2, with one term unless features are given."""
    return {
        "id": name,
        "subject": {"id": name, "sex": "MALE"},
        "phenotypicFeatures": list(features) or [feature("HP:0001250")],
        "metaData": {"phenopacketSchemaVersion": "2.0"},
        **more,
    }


def hostile(folder: Path) -> dict[str, str]:
    """Fill a folder with what is no phenopacket one can read; return the reason for each file."""
    good = packet("good")
    both = [feature("HP:0001250"), feature("HP:0001250", excluded=True)]
    v1 = {"phenopacketSchemaVersion": "1.0.0-RC3"}
    json: dict[str, tuple[Any, str]] = {
        "v1.json": ({**good, "metaData": v1}, "phenopacket of schema version 1"),
        "v1_by_keys.json": (packet("b", feature("HP:0001250", negated=True), metaData={}), "phenopacket of schema ver"),
        "snake.json": ({"id": "s", "phenotypic_features": [], "subject": {}}, "snake_case keys"),
        "both.json": (packet("both", *both), "a term is both present and excluded"),
        "below.json": (
            packet("below", feature("HP:0001250"), feature("HP:0000707", excluded=True)),
            "a term is present",
        ),
        "sex.json": (packet("sex", subject={"id": "sex", "sex": "BLUE"}), "wrong schema: sex is none of FEMALE, MALE"),
        "sex_list.json": (packet("sex", subject={"id": "sex", "sex": ["MALE"]}), "wrong schema: sex is none of"),
        "subject_empty.json": (packet("f", subject=[]), "wrong schema: subject or metaData"),
        "features_text_empty.json": (packet("f", phenotypicFeatures=""), "wrong schema: phenotypicFeatures"),
        "excluded_empty.json": (packet("f", feature("HP:0001250", excluded=[])), "wrong schema: excluded is neither"),
        "none.json": (packet("none", phenotypicFeatures=[]), "no HPO term that is a finding"),
        "unknown.json": (packet("u", feature("HP:9999999"), feature("NCIT:C1")), "no HPO term that is a finding"),
        "many.json": (packet("m", *[feature(f"HP:{i:07d}") for i in range(10_000)]), "more than 1000 phenotypic fe"),
        "features_dict.json": (packet("f", phenotypicFeatures={"type": 1}), "wrong schema: phenotypicFeatures"),
        "features_text.json": (packet("f", phenotypicFeatures=["HP:0001250"]), "wrong schema: phenotypicFeatures"),
        "subject_list.json": (packet("f", subject=[1]), "wrong schema: subject or metaData"),
        "metadata_text.json": (packet("f", metaData="2.0"), "wrong schema: subject or metaData"),
        "id_number.json": (packet("f", id=7), "wrong schema: id is missing"),
        "type_text.json": (packet("f", {"type": "HP:0001250"}), "wrong schema: a phenotypic feature has no type"),
        "id_in_type.json": (packet("f", {"type": {"id": 1250}}), "wrong schema: a phenotypic feature has no type"),
        "excluded.json": (packet("f", feature("HP:0001250", excluded="yes")), "wrong schema: excluded is neither"),
        "number.json": (17, "not a phenopacket: no JSON object"),
        "other.json": ({"cases": 20}, "not a phenopacket: neither"),
        "family.json": ({"id": "f", "proband": [1]}, "not a phenopacket: no JSON object"),
    }
    raw = {
        "empty.json": (b"", "empty file"),
        "broken.json": (b'{"id": "x", ', "not JSON"),
        "nan.json": (b'{"id": "x", "phenotypicFeatures": NaN}', "not JSON"),
        "bytes.json": (b'{"id": "\xff\xfe"}', "not JSON"),
        "nested.json": (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        "cut.json.gz": (gzip.compress(orjson.dumps(good), mtime=0)[:-20], "cannot be read (gzip"),
        "no.jsonl.gz": (b"plain text", "cannot be read (gzip data are damaged"),
    }
    for name, (value, _) in json.items():
        (folder / name).write_bytes(orjson.dumps(value))
    for name, (data, _) in raw.items():
        (folder / name).write_bytes(data)
    (folder / "loop.json").symlink_to(folder / "loop.json")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.json")
    odd = {"loop.json": "not an ordinary file", "pipe.json": "not an ordinary file"}
    return {name: why for name, (_, why) in {**json, **raw}.items()} | odd
