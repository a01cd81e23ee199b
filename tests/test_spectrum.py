"""The last correction of the panel to the user's numbers of sites."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from raresim import maps, spectrum
from raresim import targets as make_targets
from raresim.background import Coalescent, Inputs
from raresim.consequence import BIT
from raresim.errors import InputError
from raresim.panel import digest
from raresim.thinning import NEUTRAL, classes
from tests.builders import random_genome
from tests.statistics.exact import share_fits

HEAD = "class\tlower\tupper\texpected\n"


def table(folder: Path, text: str) -> Path:
    path = folder / "target.tsv"
    path.write_text(text)
    return path


def test_a_bin_gets_its_number_of_sites(tmp_path: Path) -> None:
    """100,000 sites of two classes and three counts: kept in the shares that the table asks for."""
    bins = spectrum.read(
        table(tmp_path, f"# mine\n{HEAD}missense\t1\t1\t9000\nmissense\t2\t9\t100000\nsynonymous\t1\t9\t1\n"), ["EUR"]
    )
    n = 100_000
    rng = np.random.default_rng(5)
    kind = np.array(spectrum.CLASSES)[rng.integers(0, 4, n)]
    minor = rng.integers(1, 4, (n, 1))
    keep = spectrum.kept(bins, ["EUR"], kind, minor, np.zeros(n, np.int64), rng.random(n))
    single = (kind == "missense") & (minor[:, 0] == 1)
    assert single.sum() > 8000
    assert share_fits(int(keep[single].sum()), int(single.sum()), min(1.0, 9000 / single.sum()))
    assert keep[(kind == "missense") & ~single].all(), "what is too few is left"
    assert keep[(kind == "synonymous")].sum() <= 8
    assert keep[(kind == "loss") | (kind == "other")].all(), "what has no bin is left"


def test_the_ancestry_where_a_site_is_most_frequent_decides(tmp_path: Path) -> None:
    text = HEAD.strip() + "\tancestry\nmissense\t1\t5\t300\tAFR\n"
    bins = spectrum.read(table(tmp_path, text), ["AFR", "EUR"])
    kind, minor = np.full(1000, "missense"), np.full((1000, 2), 3)
    top = np.repeat([0, 1], [800, 200])
    keep = spectrum.kept(bins, ["AFR", "EUR"], kind, minor, top, np.random.default_rng(2).random(1000))
    assert keep[800:].all()
    assert share_fits(int(keep[:800].sum()), 800, 100 / 800)


def test_in_a_panel(tmp_path: Path) -> None:
    genome = random_genome(2, 150)
    inputs = Inputs(3, genome, make_targets.make(genome), maps.load(genome))
    plain = Coalescent(ancestry={"EUR": 60})
    pruned = Coalescent(ancestry={"EUR": 60}, target=table(tmp_path, f"{HEAD}other\t1\t120\t5\n"))
    assert digest(plain, inputs) != digest(pruned, inputs)
    before, after = (kind.make(inputs, 1, lambda share: None) for kind in (plain, pruned))
    neutral = [
        ((classes(p.terms) == 0) & ((p.terms & np.uint32(BIT["synonymous_variant"])) == 0)).sum()
        for p in (before, after)
    ]
    assert neutral[1] < 25 < neutral[0]
    assert {after.sites[i] for i in range(len(after.sites))} <= {before.sites[i] for i in range(len(before.sites))}


def test_every_class_of_a_panel_is_thinned(tmp_path: Path) -> None:
    genome = random_genome(2, 150)
    inputs = Inputs(3, genome, make_targets.make(genome), maps.load(genome))
    rows = "".join(f"{name}\t1\t400\t0.001\n" for name in spectrum.CLASSES)
    plain = Coalescent(ancestry={"EUR": 200}).make(inputs, 1, lambda share: None)
    pruned = Coalescent(ancestry={"EUR": 200}, target=table(tmp_path, HEAD + rows)).make(inputs, 1, lambda share: None)
    paired = [p.terms[~np.isin(p.sites.contig, p.single)] for p in (plain, pruned)]
    silent = [((terms & np.uint32(BIT["synonymous_variant"])) != 0) & (classes(terms) == NEUTRAL) for terms in paired]
    assert silent[0].sum() > 20
    assert silent[1].sum() < 0.2 * silent[0].sum(), "only alleles that all people have are outside the bins"
    assert len(paired[1]) < 0.2 * len(paired[0])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is no column class"),
        ("class\tlower\tupper\n", "there is no column expected"),
        (HEAD, "there is no bin in it"),
        (f"{HEAD}missense\t1\t1\t0\n", "row 1: expected 0: an empty bin"),
        (f"{HEAD}missense\t1\t1\t\n", "row 1: lower and upper are whole numbers, expected is a number; an empty bin"),
        (f"{HEAD}missense\t3\t1\t4\n", "row 1: lower 3, upper 1"),
        (f"{HEAD}missense\t1\t1\n", "row 1: has another number of columns"),
        (f"{HEAD}mis\t1\t1\t4\n", "row 1: class 'mis': no such class"),
        (f"{HEAD}loss\t1\t4\t4\nloss\t4\t6\t4\n", "loss 1-4 and 4-6 overlap"),
        (f"{HEAD}loss\t1\t4\tnan\n", "row 1: expected nan"),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, text: str, words: str) -> None:
    kind = Coalescent(target=table(tmp_path, text))
    with pytest.raises(InputError) as caught:
        kind.outline(1)
    assert len(caught.value.lines) == 1
    assert f"background.target: {tmp_path / 'target.tsv'}: {words}" in caught.value.lines[0]


def test_several_ancestries_need_a_column(tmp_path: Path) -> None:
    kind = Coalescent(ancestry={"EUR": 9, "AFR": 9}, target=table(tmp_path, f"{HEAD}loss\t1\t4\t4\n"))
    with pytest.raises(InputError, match="there is no column ancestry"):
        kind.outline(1)
    text = HEAD.strip() + "\tancestry\nloss\t1\t4\t4\tSAS\n"
    with pytest.raises(InputError, match="row 1: ancestry 'SAS': nobody of it is in the panel; known: EUR"):
        Coalescent(ancestry={"EUR": 9}, target=table(tmp_path, text)).outline(1)
    with pytest.raises(InputError, match="ancestry 'SAS': nobody of it is in the panel"):
        Coalescent(ancestry={"EUR": 9, "AFR": 9}, target=table(tmp_path, text)).outline(1)
