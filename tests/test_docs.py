"""Documentation keeps up with the code: every kind and setting has its place in docs/study_file.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import raresim
from raresim import Spec, kinds
from raresim.spec import KEYS

ROOT = Path(__file__).parent.parent
STUDY = (ROOT / "docs" / "study_file.md").read_text()


@pytest.mark.parametrize(("family", "name"), [(f, n) for f in kinds.FAMILIES for n in kinds.names(f)])
def test_every_kind_and_setting_is_documented(family: str, name: str) -> None:
    title = {"format": "output", "diagnoser": "Diagnosers"}.get(family, family)
    (section,) = re.findall(rf"^##+ .*{title}.*\n((?:(?!^##).*\n)*)", STUDY, re.MULTILINE)
    assert f"`{name}`" in section
    for setting in kinds.about(family, name)[1]:
        assert f"`{setting}`" in section


def test_every_key_is_documented() -> None:
    for key in KEYS:
        assert re.search(rf"^\| `{key}` \||^### `\[+{key}\]+`", STUDY, re.MULTILINE), key


@pytest.mark.parametrize("page", [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"], ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / link).exists(), link


def test_extras_are_those_of_our_distribution() -> None:
    """``raresim`` on the package index is another project."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.rglob("raresim/**/*.py")]
    assert len(pages) > 100
    assert not [path.name for path in pages if "raresim[" in path.read_text()]


def test_every_page_is_listed() -> None:
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages == set(re.findall(r"\]\((\w+\.md)\)", (ROOT / "docs" / "README.md").read_text()))


def test_every_source_of_a_finding_is_documented() -> None:
    """Records of every kind of phenotype, of patients, relatives, controls and with noise; each word occurs."""
    text = (ROOT / "docs" / "files.md").read_text()
    table = text[text.index("The words of `source`:") : text.index("### noise.tsv")]
    words = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    seen = set()
    for kind in kinds.names("phenotype"):
        settings = {"cases": 60, "genome": "none", "controls": 0.2, "phenotype": kind, "noise": {"unrelated": 1.0}}
        for case in raresim.cases(Spec.from_dict({**settings, "pedigree": "trio"})):
            records = [member.features for member in case.truth.members if member.features is not None]
            seen |= {row.source for features in records for row in features.rows}
    assert seen <= words
    assert words - seen <= {"carrier"}  # 2% of the healthy carriers
