"""Kinds: values that check themselves, found by their file's name, with messages that name key, value and remedy."""

from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path
from typing import Any, Literal

import pytest

from raresim import kinds
from raresim.errors import InputError, nearest
from raresim.kinds import Count, Positive, Probability, kind


@kind
class Imprinted:
    """A kind of the user's own."""

    penetrance: Probability = 0.5
    copies: Count = 3
    scale: Positive = 1.0
    exact: bool = False
    file: Path | None = None
    terms: tuple[str, ...] = ()
    parent: Literal["father", "mother"] = "mother"
    ancestry: dict[str, int] = dataclasses.field(default_factory=lambda: {"EUR": 500})
    mode = "AD"

    def draw(self, pedigree: Any, rng: Any) -> None: ...

    def risk(self, alleles: Any, pedigree: Any) -> None: ...


class Plain:
    """No kind."""


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"penetrance": 1.5}, "penetrance: should be less than or equal to 1, not 1.5"),
        ({"penetrance": -0.1}, "penetrance: should be greater than or equal to 0, not -0.1"),
        ({"penetrance": "0.5"}, "penetrance: should be a number, not '0.5'"),
        ({"penetrance": True}, "penetrance: should be a number, not True"),
        ({"penetrance": float("nan")}, "penetrance: should be a finite number, not nan"),
        ({"copies": 0}, "copies: should be greater than or equal to 1, not 0"),
        ({"copies": 2.5}, "copies: should be a whole number, got a number with a fractional part, not 2.5"),
        ({"scale": 0}, "scale: should be greater than 0, not 0"),
        ({"scale": float("inf")}, "scale: should be a finite number, not inf"),
        ({"exact": 1}, "exact: should be true or false, not 1"),
        ({"exact": "no"}, "exact: should be true or false, not 'no'"),
        ({"terms": "HP:1"}, "terms: should be a list, not 'HP:1'"),
        ({"parent": "aunt"}, "parent: should be 'father' or 'mother', not 'aunt'"),
        ({"ancestry": {"EUR": "5"}}, "ancestry.EUR: should be a number, not '5'"),
        ({"ancestry": 5}, "ancestry: should be a table, not 5"),
        ({"penetranse": 1}, "penetranse: there is no such setting; did you mean 'penetrance'?"),
    ],
)
def test_a_mistake_is_named(settings: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError) as caught:
        Imprinted(**settings)
    assert caught.value.lines == (f"Imprinted.{line}",)
    with pytest.raises(InputError) as caught:
        kinds.make("inheritance", "tests.test_kinds:Imprinted", settings)
    assert caught.value.lines == (f"inheritance.{line}",)


def test_all_mistakes_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Imprinted(penetrance=3, copies=-1, colour="red", exact=None)
    assert [line.partition(":")[0] for line in caught.value.lines] == [
        "Imprinted.penetrance",
        "Imprinted.copies",
        "Imprinted.exact",
        "Imprinted.colour",
    ]


def test_settings_are_given_by_name() -> None:
    with pytest.raises(InputError, match="by name"):
        Imprinted(0.5)  # type: ignore[misc]


def test_a_list_becomes_a_frozen_value_and_text_a_path() -> None:
    made = Imprinted(terms=["a"], file="x/y")  # type: ignore[arg-type]
    assert made.terms == ("a",)
    assert made.file == Path("x/y")


def test_a_kind_survives_pickling_and_replacing() -> None:
    made = Imprinted(penetrance=0.25)
    assert pickle.loads(pickle.dumps(made)) == made
    assert dataclasses.replace(made, copies=4).penetrance == 0.25
    with pytest.raises(InputError, match="copies"):
        dataclasses.replace(made, copies=0)


def test_a_kind_of_the_users_own() -> None:
    made = kinds.make("inheritance", "tests.test_kinds:Imprinted", {"penetrance": 1})
    assert made == Imprinted(penetrance=1.0)
    assert kinds.name_of(made) == "tests.test_kinds:Imprinted"
    assert kinds.family_of(made) == ""


@pytest.mark.parametrize(
    ("family", "name", "message"),
    [
        ("inheritance", "autosomal_recesive", "did you mean 'autosomal_recessive'?"),
        ("inheritance", "Autosomal_Dominant", "did you mean 'autosomal_dominant'?"),
        ("pedigree", "zzzz", "known: singleton, trio"),
        ("inheritance", "no.such:Thing", "cannot be imported (No module named 'no')"),
        ("inheritance", "tests.test_kinds:Thing", "cannot be imported"),
        ("inheritance", "tests.test_kinds:Plain", "is not a kind; write @raresim.kinds.kind above its class"),
        ("pedigree", "tests.test_kinds:Imprinted", "is no pedigree: it has no founders"),
        ("pedigree", ":", "cannot be imported"),
        ("pedigree", "../trio", "no pedigree is called '../trio'"),
        ("pedigree", "__init__", "no pedigree is called '__init__'"),
    ],
)
def test_an_unknown_kind_is_named_with_the_nearest(family: str, name: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        kinds.find(family, name)
    assert len(caught.value.lines) == 1
    assert caught.value.lines[0].startswith(f"{family}.kind: ")
    assert message in caught.value.lines[0]


def test_an_attribute_that_is_no_kind() -> None:
    import raresim.pedigree

    with pytest.raises(AttributeError):
        _ = raresim.pedigree.Nobody


def test_nearest() -> None:
    assert nearest("pedigre", ["pedigree", "phenotype"]) == "; did you mean 'pedigree'?"
    assert nearest("qqq", ["b", "a"]) == "; known: a, b"
    assert nearest("qqq", []) == ""
    assert nearest("qqq", [str(i) for i in range(100)]) == ""


def test_a_long_value_is_cut() -> None:
    with pytest.raises(InputError) as caught:
        Imprinted(penetrance="x" * 10_000)  # type: ignore[arg-type]
    assert len(caught.value.lines[0]) < 200
