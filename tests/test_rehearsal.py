"""Kernels compiled beforehand are the very ones that cases use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from raresim import rehearsal
from raresim.spec import Spec

CASE = """
from raresim import world
from raresim.cases import Shard, write_shard
from raresim.rehearsal import _stand_in
from raresim.spec import Spec
from pathlib import Path
import sys
spec = Spec()
bare = world.outline(spec, genome=_stand_in())
write_shard(spec, bare, Shard(2, 2, Path(sys.argv[1])), None)
"""


def test_only_the_embedded_genome_is_worth_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    rehearsal._marker().touch()
    for genome in ("synthetic", "none"):
        with rehearsal.rehearsed(Spec(genome=genome)):
            assert [p.name for p in tmp_path.iterdir()] == [rehearsal._marker().name]


@pytest.mark.slow
def test_a_case_compiles_nothing_after_a_rehearsal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "numba"
    kept.mkdir()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(kept))
    with rehearsal.rehearsed(Spec()):
        pass
    assert rehearsal._marker().exists(), "the rehearsal failed"
    compiled = {p.name for p in kept.rglob("*.nbc")}
    assert any(name.startswith("vcf_text.") for name in compiled)
    subprocess.run([sys.executable, "-c", CASE, str(tmp_path / "case")], check=True, env=dict(os.environ), timeout=600)
    assert {p.name for p in kept.rglob("*.nbc")} == compiled
