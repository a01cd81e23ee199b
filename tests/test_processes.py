"""Worker processes: in order, and a script without a main guard runs once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from raresim.processes import ordered

SCRIPT = """
import math
from raresim.processes import ordered
print("once")
print(list(ordered(math.sqrt, [1.0, 4.0, 9.0], 2)))
"""


def test_results_come_in_the_order_of_the_tasks() -> None:
    assert list(ordered(abs, [-3, 2, -1, 0], 2)) == [3, 2, 1, 0]


def test_a_script_without_a_main_guard_runs_once(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == ["once", "[1.0, 2.0, 3.0]"]
    assert done.returncode == 0
