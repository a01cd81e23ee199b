"""Worker processes: in order, and a script without a main guard runs once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from raresim.errors import InputError
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


KILLED = """
import os, time
from raresim.processes import ordered
from tests.test_processes import slow
for pid in ordered(slow, range(4), 2):
    print(pid, flush=True)
"""


def slow(number: int) -> int:
    """Say which process this is, and then take for ever."""
    if number > 1:
        time.sleep(600)
    time.sleep(1)
    return os.getpid()


def blocked(send: Connection) -> None:
    """Say whether this process never gets Ctrl-C."""
    send.send(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))


def test_the_first_process_of_a_run_never_gets_ctrl_c() -> None:
    """The start of multiprocessing's own tracker lifted the block before the process was there."""
    done = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("True False\n", "")


def test_processes_end_with_the_one_that_started_them() -> None:
    """kill -9 of the first process alone, as the system does when memory is short."""
    first = subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    workers = {int(first.stdout.readline()), int(first.stdout.readline())}
    first.kill()
    first.wait()
    waited = 0
    while any(alive(pid) for pid in workers):
        time.sleep(0.1)
        waited += 1
        assert waited < 300


def alive(pid: int) -> bool:
    """Whether a process is there, and not only its entry."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return done.stdout.strip()[:1] not in ("", "Z")


def test_a_process_that_the_system_ends_is_one_line() -> None:
    with pytest.raises(InputError, match="--workers 2: the system ended a process, most often for want of memory"):
        list(ordered(ends, range(4), 2))


def ends(number: int) -> None:
    """What the system does to a process when memory is short."""
    os.kill(os.getpid(), signal.SIGKILL)


def test_results_come_in_the_order_of_the_tasks() -> None:
    assert list(ordered(abs, [-3, 2, -1, 0], 2)) == [3, 2, 1, 0]


def test_a_script_without_a_main_guard_runs_once(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == ["once", "[1.0, 2.0, 3.0]"]
    assert done.returncode == 0
