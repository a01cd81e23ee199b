"""Work in several processes: never forked, in the order of the tasks, and without running the user's script again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def ordered(
    work: Callable[[T], R],
    tasks: Sequence[T],
    workers: int,
    start: Callable[..., object] | None = None,
    given: Iterable[Any] = (),
    chunk: int = 1,
    preload: Sequence[str] = (),
) -> Iterator[R]:
    """Yield ``work(task)`` of every task in order, done by so many processes that began with ``start(*given)``.

    preload: modules that the server of the processes imports once. A fork of this process would hang or be killed
    after a parallel kernel of numba or hpo3, so there is none; and ``__main__`` is hidden while the processes start: a
    script without an ``if __name__ == "__main__"`` would run again in each of them.
    """
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    context = get_context("forkserver")
    context.set_forkserver_preload(list(preload))
    with ProcessPoolExecutor(min(workers, len(tasks)), context, start, tuple(given)) as pool:
        with hidden_main():
            results = pool.map(work, tasks, chunksize=chunk)
        yield from results


@contextmanager
def hidden_main() -> Iterator[None]:
    """Hide the user's script while processes start: each of them would run it again."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
