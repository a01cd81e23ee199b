"""Compiling the kernels of cases beforehand, in a process of its own, while nothing else can use a second core."""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from raresim.tables import cache_folder

if TYPE_CHECKING:
    from raresim.genome import Genome
    from raresim.spec import Spec


@contextmanager
def rehearsed(spec: Spec) -> Iterator[None]:
    """Make a case of a study of the embedded genome in another process, where its kernels were never compiled.

    The case stands on a stand-in for the genome and is thrown away; what numba compiled for it stays in numba's cache
    and is loaded by this process later. Its faults are silent: they will show in the cases themselves.
    """
    marker = _marker()
    if spec.genome != "synthetic" or marker.exists():
        yield
        return
    from multiprocessing import get_context

    from raresim.processes import hidden_main

    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        other = get_context("spawn").Process(target=_rehearse, args=(spec.to_toml(), folder, str(marker)), daemon=True)
        with hidden_main():
            other.start()
        try:
            yield
            other.join()
        finally:
            other.terminate()
            other.join()


def compiled() -> bool:
    """Whether numba keeps the kernels of a case, compiled from the source as it is: those that a case uses last."""
    source = Path(__file__).parent / "kernels" / "vcf_text.py"
    kept = Path(os.environ.get("NUMBA_CACHE_DIR") or source.parent / "__pycache__")
    return any(path.stat().st_mtime >= source.stat().st_mtime for path in kept.rglob("vcf_text.*.nbi"))


def _marker() -> Path:
    """The file whose presence says that the kernels are compiled; it stands beside what numba keeps."""
    here = Path(__file__).parent / "kernels"
    known = [platform.python_version(), version("numba"), str(here)]
    known += [f"{p.name} {p.stat().st_mtime_ns}" for p in sorted(here.glob("*.py"))]
    name = f"compiled-{hashlib.blake2b(' '.join(known).encode(), digest_size=8).hexdigest()}"
    if os.environ.get("NUMBA_CACHE_DIR"):
        return Path(os.environ["NUMBA_CACHE_DIR"]) / name
    return (here / "__pycache__" if os.access(here, os.W_OK) else cache_folder()) / name


def _rehearse(study: str, folder: str, marker: str) -> None:
    """The other process: one case, written to ``folder``."""
    import tomllib
    from dataclasses import replace

    from raresim.processes import follow

    follow()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    with suppress(Exception):
        from raresim import world
        from raresim.ancestry import warm
        from raresim.cases import Shard, write_shard
        from raresim.spec import Spec, TargetChoice

        spec = replace(Spec.from_dict(tomllib.loads(study)), targets=TargetChoice(), map=None)
        warm()
        bare = world.outline(spec, genome=_stand_in())
        write_shard(spec, bare, Shard(spec.first, spec.first, Path(folder) / "case"), None)
        Path(marker).touch()


def _stand_in() -> Genome:
    """The embedded genome with any bases: made in a second, without a kernel."""
    import numpy as np

    from raresim import gene_table, synthetic
    from raresim.streams import stream

    shipped = gene_table.load()
    place = synthetic.layout(shipped)
    some = np.frombuffer(b"ACGT", np.uint8)[stream(0, "stand-in").integers(0, 4, 1 << 20)]
    return synthetic.genome(shipped, place, np.resize(some, int(place.seg_off[-1])), "stand-in")
