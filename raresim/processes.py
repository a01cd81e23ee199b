"""Work in several processes: never forked, in the order of the tasks, and without running the user's script again."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, TypeVar

from raresim.errors import InputError

T = TypeVar("T")
R = TypeVar("R")


def ordered(
    work: Callable[[T], R],
    tasks: Sequence[T],
    workers: int,
    start: Callable[..., object] | None = None,
    given: Iterable[Any] = (),
    chunk: int = 1,
) -> Iterator[R]:
    """Yield ``work(task)`` of every task in order, done by so many processes that began with ``start(*given)``.

    A fork of this process would hang or be killed after a parallel kernel of numba or hpo3, so there is none; and
    ``__main__`` is hidden while the processes start: a script without an ``if __name__ == "__main__"`` would run again
    in each of them.
    """
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    context = get_context("forkserver")
    context.set_forkserver_preload([])
    with ProcessPoolExecutor(min(workers, len(tasks)), context, _begin, (start, *given)) as pool:
        _open.append(pool)
        try:
            with hidden_main():
                results = pool.map(work, tasks, chunksize=chunk)
            yield from results
        except BrokenProcessPool:
            raise InputError(
                f"--workers {workers}: the system ended a process, most often for want of memory; use fewer, the same "
                "command goes on from what is whole"
            ) from None
        except BaseException:  # a mistake, Ctrl-C, or whoever asked wants no more: do not wait for what is under way
            _end(pool)
            raise
        finally:
            _open.remove(pool)


def ready(preload: Sequence[str]) -> None:
    """Start the server of the processes, if there is none, and do not wait for it: it imports these modules, which the
    processes then have."""
    from multiprocessing import forkserver

    forkserver.set_forkserver_preload(list(preload))
    with hidden_main():
        forkserver.ensure_running()


def _begin(start: Callable[..., object] | None, *given: Any) -> None:
    """What a process does first."""
    follow()
    if start:
        start(*given)


def follow() -> None:
    """End this process when the one that started it is gone, however it went (kill -9, the system out of memory)."""
    from multiprocessing import parent_process

    def wait() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def hidden_main() -> Iterator[None]:
    """Start processes: hide the user's script, which each of them would run again, and hold signals to stop until they
    have started. They never get Ctrl-C, which a terminal sends to all of them: this process ends them."""
    from multiprocessing import resource_tracker

    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    held: list[int] = []
    handlers: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for each in (signal.SIGINT, signal.SIGTERM):
            handlers[each] = signal.signal(each, lambda number, frame: held.append(number))
    resource_tracker.ensure_running()  # here, because its start lifts the block of SIGINT before others start
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # what processes inherit for good
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for each, handler in handlers.items():
            signal.signal(each, handler)
        if held:
            signal.raise_signal(held[0])


_open: list[Any] = []  # pools at work


def end() -> None:
    """End all processes at work: this one is about to."""
    for pool in _open:
        _end(pool)


def _end(pool: Any) -> None:
    """End the processes of a pool at once. What they were writing stays as it is."""
    processes = list((pool._processes or {}).values())  # there is no public name before Python 3.14
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
