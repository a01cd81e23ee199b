"""What every kind of every family promises: frozen, documented, at home in a study file, strict about its settings."""

from __future__ import annotations

import dataclasses
import tomllib
from typing import Any

import pytest

import raresim
from raresim import kinds, study_file
from raresim.errors import InputError
from raresim.mixture import one

EVERY = [(family, name) for family in kinds.FAMILIES for name in kinds.names(family)]
pytestmark = pytest.mark.parametrize(("family", "name"), EVERY)


def changed(kind: Any) -> list[Any]:
    """Return copies of a kind, each with one setting changed to another value that the kind accepts."""
    out = []
    for field in dataclasses.fields(kind):
        value = getattr(kind, field.name)
        others = {bool: [True, False], float: [value, 0.25, 0.5, 2.0], int: [value, 1, 2, 30]}.get(type(value), [])
        for other in others:
            if other == value:
                continue
            try:
                out.append(dataclasses.replace(kind, **{field.name: other}))
            except InputError:
                continue
            break
    return out


def test_frozen(family: str, name: str) -> None:
    kind = kinds.make(family, name, {})
    for field in dataclasses.fields(kind):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(kind, field.name, None)
    assert kind == kinds.make(family, name, {})


def test_documented(family: str, name: str) -> None:
    about, settings = kinds.about(family, name)
    cls = kinds.find(family, name)
    assert about == (cls.__doc__ or "").partition("\n")[0]
    assert 10 <= len(about) <= 120
    assert about.endswith(".")
    assert list(settings) == [f.name for f in dataclasses.fields(cls)]
    for setting in settings:
        assert setting in (cls.__doc__ or "").replace(about, "", 1), f"the docstring does not explain {setting}"


def test_named_as_its_file(family: str, name: str) -> None:
    cls = kinds.find(family, name)
    assert cls.__name__ == "".join(word.capitalize() for word in name.split("_"))
    assert getattr(getattr(raresim, family), cls.__name__) is cls
    assert kinds.name_of(cls()) == name
    assert kinds.family_of(cls()) == family


def test_has_what_the_family_asks(family: str, name: str) -> None:
    cls = kinds.find(family, name)
    assert [member for member in kinds.contract(family) if not hasattr(cls, member)] == []


def test_round_trip_through_toml(family: str, name: str) -> None:
    kind = kinds.make(family, name, {})
    for each in [kind, *changed(kind)]:
        text = study_file.write({family: study_file.plain(each)})
        assert one(family, tomllib.loads(text)[family]) == each


def test_refuses_an_unknown_setting(family: str, name: str) -> None:
    with pytest.raises(InputError, match=rf"^{family}\.nonsense: there is no such setting"):
        one(family, {"kind": name, "nonsense": 1})


def test_refuses_a_misspelt_setting_with_the_right_one(family: str, name: str) -> None:
    for field in dataclasses.fields(kinds.find(family, name)):
        with pytest.raises(InputError) as caught:
            one(family, {"kind": name, field.name + "x": 1})
        assert f"{family}.{field.name}x: there is no such setting; did you mean '{field.name}'?" in str(caught.value)


def test_refuses_a_wrong_value_by_key(family: str, name: str) -> None:
    for field in dataclasses.fields(kinds.find(family, name)):
        with pytest.raises(InputError) as caught:
            one(family, {"kind": name, field.name: [[[]]]})
        assert all(line.startswith(f"{family}.{field.name}") for line in caught.value.lines), caught.value.lines


def test_refuses_text_for_a_number(family: str, name: str) -> None:
    kind = kinds.make(family, name, {})
    for field in dataclasses.fields(kind):
        value = getattr(kind, field.name)
        if isinstance(value, int | float):
            with pytest.raises(InputError, match=rf"^{family}\.{field.name}: should be "):
                one(family, {"kind": name, field.name: str(value)})
