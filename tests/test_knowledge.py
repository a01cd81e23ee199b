"""Which catalog a study and a diagnoser are given: another release of HPO, papers left out; what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from raresim import catalog, knowledge
from raresim.compile import update
from raresim.errors import InputError
from raresim.knowledge import CatalogChoice, choice, flag, load
from raresim.spec import Spec
from tests.command import raresim

BOX = catalog.load()
HEAD = "#description: x\n#version: 2031-02-03\n#tracker: x\n#hpo-version: x\n"
NAMES = "database_id\tdisease_name\tqualifier\thpo_id\treference\tevidence\tonset\tfrequency\tsex\tmodifier\taspect\tb"
OLD_HEAD = "#description: x\n#date: 2020-08-11\n#tracker: x\n#HPO-version: x\n"
OLD_NAMES = (
    "#DatabaseID\tDiseaseName\tQualifier\tHPO_ID\tReference\tEvidence\tOnset\tFrequency\tSex\tModifier\tAspect\tB"
)


def line(code: str, term: str, reference: str, frequency: str = "", aspect: str = "P", qualifier: str = "") -> str:
    """A row of phenotype.hpoa."""
    return "\t".join([code, "A name", qualifier, term, reference, "PCS", "", frequency, "", "", aspect, "x"])


ROWS = [
    line("OMIM:154700", "HP:0001519", "PMID:11", "3/4"),  # Marfan: disproportionate tall stature
    line("OMIM:154700", "HP:0001519", "PMID:12", "1/6"),
    line("OMIM:154700", "HP:0001083", "PMID:12;OMIM:154700", "2/2"),
    line("OMIM:154700", "HP:0003577", "PMID:12", "", "C"),
    line("OMIM:154700", "HP:0003811", "PMID:12", "3/5", "C"),  # neonatal death
    line("OMIM:999999", "HP:0001250", "PMID:13", "1/1"),  # a disease that the box does not know
    line("DECIPHER:1", "HP:0001250", "PMID:13", "1/1"),
]


@pytest.fixture
def hpoa(tmp_path: Path) -> Path:
    """A small release of phenotype.hpoa."""
    path = tmp_path / "phenotype.hpoa"
    path.write_text(HEAD + "\n".join([NAMES, *ROWS]) + "\n")
    return path


@pytest.fixture(scope="module")
def cached(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the same as old.hpoa, and a cache that it was compiled into."""
    folder = tmp_path_factory.mktemp("compiled")
    (folder / "old.hpoa").write_text(OLD_HEAD + "\n".join([OLD_NAMES, *ROWS]) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RARESIM_CACHE", str(folder / "cache"))
        load(CatalogChoice(hpoa=folder / "old.hpoa"))
    return folder


@pytest.fixture(scope="module")
def compiled(cached: Path) -> catalog.Catalog:
    """The catalog that was compiled."""
    (made,) = (cached / "cache").glob("catalog-*.npz")
    return load(CatalogChoice(table=made))


def test_a_study_file_names_a_catalog() -> None:
    assert Spec().catalog == choice("shipped") == "shipped"
    assert load("shipped") is BOX
    spec = Spec.from_dict({"catalog": {"without": ["31675180", "PMID:1", "PMID:1"], "minimum_support": 2}})
    assert spec.catalog == CatalogChoice(without=("PMID:31675180", "PMID:1"), minimum_support=2)
    assert Spec.from_dict(spec.to_dict()) == spec
    assert Spec.from_dict({"catalog": {"without": "out.txt"}}, Path("/there")).catalog.without == Path("/there/out.txt")
    assert flag('{ without = ["PMID:1"] }') == CatalogChoice(without=("PMID:1",))
    assert flag("some/phenotype.hpoa.gz") == CatalogChoice(hpoa=Path("some/phenotype.hpoa.gz"))
    assert flag("some/catalog.npz") == CatalogChoice(table=Path("some/catalog.npz"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("shiped", "catalog: should be \"shipped\" or a table with some of hpoa, .* not 'shiped'"),
        ({"hpo": "x"}, "catalog.hpo: there is no such setting; did you mean 'hpoa'?"),
        ({"without": ["foo bar"]}, "catalog.without: 'foo bar' is no publication; name papers as PMID:31675180"),
        ({"without": 3}, "catalog.without: should be a list of publications"),
        ({"minimum_support": -1}, "catalog.minimum_support: should be greater than or equal to 0"),
        ({"hpoa": "a", "table": "b"}, "catalog.table: hpoa is given as well; name one of them"),
    ],
)
def test_mistakes_are_named_by_their_key(given: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Spec.from_dict({"catalog": given})


def test_publications_are_read_from_a_file(tmp_path: Path) -> None:
    paper, other = [name for name in BOX.publications if name.startswith("PMID:")][:2]
    path = tmp_path / "out.txt"
    path.write_text(f"# papers of the store\n{paper}  Some title\n\n{other.removeprefix('PMID:')}\nPMID:1\n")
    found = load(CatalogChoice(without=path))
    assert set(found.left_out) == {paper, other}
    assert found.digest == BOX.without([paper, other]).digest
    path.write_text("PMID:1\n")  # the file has changed: it is read again
    with pytest.raises(InputError, match=r"catalog.without: the catalog \(2025-01-16\) stands on none of the 1 publ"):
        load(CatalogChoice(without=path))
    path.write_text("PMID:1\nSmith et al.\n")
    with pytest.raises(InputError, match=r"catalog.without: line 2: 'Smith' is no publication"):
        load(CatalogChoice(without=path))
    path.write_text("")
    with pytest.raises(InputError, match=r"catalog.without: .*the file is empty"):
        load(CatalogChoice(without=path))


def test_another_release_is_what_the_tools_of_its_day_knew(compiled: catalog.Catalog) -> None:
    assert compiled.release == "2020-08-11"
    assert compiled.digest != BOX.digest
    marfan = compiled.find("OMIM:154700")
    tall, lens = sorted(marfan.annotations, key=lambda row: row.term, reverse=True)
    assert (tall.term, tall.k, tall.n, tall.frequency) == ("HP:0001519", 4, 10, 0.4)
    assert (lens.term, lens.k, lens.n) == ("HP:0001083", 2, 2)
    assert (marfan.ids, marfan.genes, marfan.modes) == (
        *(BOX.find("OMIM:154700").ids, BOX.find("OMIM:154700").genes),
        BOX.find("OMIM:154700").modes,
    )
    assert (marfan.onset, marfan.onset_source, marfan.drawable) == (((0.0, 0.0, 1.0),), "HPO", True)
    assert compiled.without(["PMID:12"]).find("OMIM:154700").annotations[0].k == 3
    new = compiled.find("OMIM:999999")
    assert (new.name, new.why_not, len(new.annotations)) == ("A name", "no gene", 1)
    assert compiled.find("OMIM:219700").why_not == "no phenotype"  # cystic fibrosis: not in the file
    orphanet = [row for row in range(len(BOX)) if BOX.drawable[row] and BOX.ids[row][0].startswith("ORPHA:")]
    assert all(compiled.find(BOX.ids[row][0]).annotations == BOX[row].annotations for row in orphanet[:200])
    assert [d.id for d in compiled] == sorted((d.id for d in compiled), key=lambda c: (c[:4], int(c.split(":")[1])))
    assert marfan.deaths != BOX.find("OMIM:154700").deaths
    assert [share for _, share in marfan.deaths] == [0.6]
    dying = next(d for d in BOX if d.deaths and d.id != "OMIM:154700")
    assert compiled.find(dying.id).deaths == dying.deaths  # the file says nothing of it
    log = compiled.provenance["log"]
    assert log["disease that the box does not know"]["count"] == log["DECIPHER disease left out"]["count"] == 1


def test_another_release_is_compiled_once(
    cached: Path, compiled: catalog.Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RARESIM_CACHE", str(cached / "cache"))
    monkeypatch.setattr(update, "table", lambda *_: pytest.fail("compiled again"))
    assert update.compiled(cached / "old.hpoa").digest == compiled.digest


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: "", "the file is empty"),
        (lambda text: text.partition("\n")[2].partition("\n")[2], r"no #version or #date line"),
        (lambda text: text[:-40], "line 12 has 2 columns, not 12"),
        (lambda text: HEAD + NAMES + "\n", "holds no disease of OMIM or ORPHA"),
        (lambda text: "{}", "no #version or #date line"),
    ],
)
def test_what_is_no_phenotype_hpoa_is_refused(hpoa: Path, damage: Callable[[str], str], said: str) -> None:
    hpoa.write_text(damage(hpoa.read_text()))
    with pytest.raises(InputError, match=f"^catalog.hpoa: {hpoa}: .*{said}"):
        update.table(hpoa, BOX, "catalog.hpoa")


def test_files_that_are_not_tables_are_refused(tmp_path: Path) -> None:
    for content in (b"", b"text", b"PK\x03\x04 cut"):
        path = tmp_path / "catalog.npz"
        path.write_bytes(content)
        with pytest.raises(
            InputError, match=r"catalog.table: .* cannot be read .*`raresim data pull hpo` compiles one"
        ):
            load(CatalogChoice(table=path))
    with pytest.raises(InputError, match=r"catalog.hpoa: .*No such file"):
        update.compiled(tmp_path / "none.hpoa")


def test_circularity_is_switched_on_and_off_and_stated(tmp_path: Path) -> None:
    """Cases from a catalog without every second paper, tools with that of the box, or with the study's own."""
    papers = [name for name in BOX.publications if name.startswith("PMID:")][::2]
    (tmp_path / "out.txt").write_text("\n".join(papers))
    small = ["--cases", "3", "--set", "genome=none", "-q"]
    for name, more in (("own", []), ("other", ["--set", 'catalog={ without = "out.txt" }'])):
        done = raresim("run", "-o", name, *small, *more, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    own, other = (orjson.loads((tmp_path / name / "manifest.json").read_bytes()) for name in ("own", "other"))
    assert own["inputs"]["catalog"]["tools"]["same"] is True
    assert "do worse" in own["inputs"]["catalog"]["tools"]["meaning"]
    told = other["inputs"]["catalog"]
    assert (told["tools"]["same"], told["name"], len(told["left_out"])) == (False, "shipped", len(papers))
    assert told["tools"]["digest"] == BOX.digest == own["inputs"]["catalog"]["digest"] != told["digest"]
    for folder, what, same in (("own", "shipped", True), ("other", "shipped", False), ("other", "study", True)):
        done = raresim("score", folder, "--catalog", what, "--diagnoser", "resnik", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        stated = orjson.loads((tmp_path / folder / "score.json").read_bytes())["knowledge"]
        assert stated["same"] is same
        assert knowledge.circular(same) in done.stdout
        assert knowledge.said(stated["diagnosers"]) in done.stdout
    done = raresim("score", "own", "--answers", "x.tsv", "--catalog", "study", cwd=tmp_path)
    assert (done.returncode, done.stderr[:20]) == (2, "raresim: --catalog: ")
    done = raresim("run", "-o", "third", *small, "--set", 'catalog={ without = "none.txt" }', cwd=tmp_path)
    assert done.returncode == 2
    assert "catalog.without: there is no file" in done.stderr
