"""Worker processes: in order, and a script without a main guard runs once."""

from __future__ import annotations

import signal
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from raresim.processes import ordered

SCRIPT = """
import math
from raresim.processes import ordered
print("once")
print(list(ordered(math.sqrt, [1.0, 4.0, 9.0], 2)))
"""

FIRST = """
import signal
from multiprocessing import get_context
from raresim.processes import hidden_main
from tests.test_processes import blocked
context = get_context("spawn")
receive, send = context.Pipe(False)
process = context.Process(target=blocked, args=(send,))
with hidden_main():
    process.start()
print(receive.recv(), signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))
"""


def blocked(send: Connection) -> None:
    """Say whether this process never gets Ctrl-C."""
    send.send(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))


def test_the_first_process_of_a_run_never_gets_ctrl_c() -> None:
    """The start of multiprocessing's own tracker lifted the block before the process was there."""
    done = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("True False\n", "")


def test_results_come_in_the_order_of_the_tasks() -> None:
    assert list(ordered(abs, [-3, 2, -1, 0], 2)) == [3, 2, 1, 0]


def test_a_script_without_a_main_guard_runs_once(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == ["once", "[1.0, 2.0, 3.0]"]
    assert done.returncode == 0
