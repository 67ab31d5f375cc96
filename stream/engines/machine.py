"""All cores of one machine: parts go to whichever process is free, and what they come to comes back in order.

Every process loads what it works with by itself, once. At most two parts a process are out at a time, so memory does
not grow with the work. It refuses to know what is done with a part.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

Part = TypeVar("Part")
Made = TypeVar("Made")
Loaded = TypeVar("Loaded")
_loaded: Any = None


class ProcessDied(Exception):  # noqa: N818 - it says what happened
    """A process ended before its part was done, killed or out of memory: there is no answer for the whole."""


def in_order(
    load: Callable[[], Loaded],
    work: Callable[[Loaded, Part], Made],
    parts: Iterable[Part],
    processes: int,
) -> Iterator[Made]:
    """Give `work(load(), part)` of every part, in their order. With one process it all happens in this one.

    `load`, `work`, parts and what is made travel between processes. Raises ProcessDied, and whatever `work` raises.
    """
    if processes == 1:
        loaded = load()
        yield from (work(loaded, part) for part in parts)
        return
    # Spawned, not forked: the parent has threads of Arrow's.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, context, _begin, (load,))
    try:
        yield from _answers(pool, work, parts, most=2 * processes)
    except BrokenProcessPool:
        reason = "a process ended before its part was done, killed or out of memory; try fewer `--processes`"
        raise ProcessDied(reason) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _answers(pool: ProcessPoolExecutor, work: Callable, parts: Iterable, most: int) -> Iterator:
    waiting = deque()
    for part in parts:
        waiting.append(pool.submit(_work, work, part))
        if len(waiting) == most:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _begin(load: Callable[[], Any]) -> None:
    global _loaded
    # Ctrl-C is the parent's to act on; a parent that is killed takes its processes with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _loaded = load()


def _work(work: Callable, part: Any) -> Any:
    return work(_loaded, part)


def _end_with_parent() -> None:
    multiprocessing.parent_process().join()
    os._exit(1)
