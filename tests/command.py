"""The command ``raresim``, in a process of its own or in this one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# a study of seconds: few people, few genes
SMALL = ["--cases", "2", "--set", "background.ancestry={EUR=40}", "--set", "background.block_cM=1000"]
SMALL += ["--set", 'targets.genes=["FBN1", "CFTR", "PKD1", "MECP2", "DMD"]']


@dataclass
class Done:
    """What a command did: exit code, what it wrote to stdout and stderr."""

    returncode: int
    stdout: str
    stderr: str


Command = Callable[..., Done]


def raresim(*words: str | Path, cwd: Path, limit: Callable[[], None] | None = None, **env: str) -> Any:
    """Run the command in ``cwd`` as a process of its own; ``limit`` is called in it first."""
    command = [sys.executable, "-m", "raresim", *map(str, words)]
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, check=False, preexec_fn=limit
    )


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by name."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
