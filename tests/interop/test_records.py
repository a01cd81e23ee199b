"""What validators that are not ours say of families, earlier visits, controls and modifiers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import raresim
from raresim import Spec
from tests.interop import acceptance
from tests.interop.test_study import ontology as ontology

pytestmark = pytest.mark.interop
CASES = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Phenotypes of 60 trios at three visits, a fifth of them controls, with modifiers."""
    out = tmp_path_factory.mktemp("records") / "out"
    settings = {"cases": CASES, "genome": "none", "visits": 3, "controls": 0.2, "pedigree": "trio", "seed": 9}
    raresim.run(Spec.from_dict({**settings, "record": {"modifiers": True}}), out)
    return out


def rows(packet: Any) -> list[tuple[str, str, bool]]:
    return [(f.type.id, f.type.label, not f.excluded) for f in packet.phenotypic_features]


def test_visits_and_controls_are_phenopackets(folder: Path, ontology: Any) -> None:
    from google.protobuf.json_format import Parse
    from phenopackets.schema.v2 import Phenopacket
    from pyphetools.pp.parse.json import JsonDeserializer
    from pyphetools.pp.v202 import Phenopacket as Model

    paths = sorted([*folder.glob("*/phenopackets/*.json"), *folder.glob("observed/visits/*/*.json")])
    assert len(paths) == 4 * CASES
    marked = 0
    for path in paths:
        packet = Parse(path.read_text(), Phenopacket(), ignore_unknown_fields=False)
        with path.open() as file:
            assert JsonDeserializer().deserialize(file, Model).id == packet.id
        said = acceptance._phenotk(path)
        assert json.loads(said)["ok"], (path, said)
        acceptance.features(rows(packet), ontology)
        last = Parse((folder / "observed" / "phenopackets" / path.name).read_text(), Phenopacket())
        assert packet.subject.id == last.subject.id
        marked += sum(f.HasField("severity") + len(f.modifiers) for f in packet.phenotypic_features)
    assert marked > 0


def test_families_are_families(folder: Path, ontology: Any) -> None:
    from google.protobuf.json_format import MessageToDict, Parse
    from phenopackets.schema.v2 import Family

    paths = sorted(folder.glob("observed/families/*.json"))
    assert len(paths) == CASES
    relatives = 0
    for path in paths:
        text = path.read_text()
        family = Parse(text, Family(), ignore_unknown_fields=False)
        said = acceptance._phenotk(path)
        assert json.loads(said)["ok"], (path, said)
        proband = json.loads((folder / "observed" / "phenopackets" / path.name).read_text())
        assert json.loads(text)["proband"] == proband
        assert MessageToDict(family)["pedigree"] == json.loads(text)["pedigree"]
        people = [person.individual_id for person in family.pedigree.persons]
        assert people[0] == family.proband.subject.id
        assert {packet.subject.id for packet in family.relatives} <= set(people[1:])
        for packet in family.relatives:
            acceptance.features(rows(packet), ontology)
        relatives += len(family.relatives)
    assert relatives > CASES
