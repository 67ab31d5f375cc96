"""Side by side and in order: what processes make comes back as the parts went out, and none that dies is passed over."""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

import pytest

from stream.engines.machine import ProcessDied, in_order
from stream.problems import BadSetup, Problem

FOREVER = """
import time
from tests.engines.test_machine import load, sleep
from stream.engines.machine import in_order
if __name__ == "__main__":
    for pid in in_order(load, sleep, range(100), 2):
        print(pid, flush=True)
"""


def load():
    return "loaded"


def named(loaded, part):
    time.sleep(0.02 if part % 2 == 0 else 0)
    return loaded, part


def die(loaded, part):
    if part == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return part


def refuse(loaded, part):
    raise ValueError(part)


def tell(loaded, part):
    raise BadSetup([Problem(f"no part {part}", "here", "mend it"), Problem("another", "there")])


def sleep(loaded, part):
    time.sleep(0.3)
    return os.getpid()


@pytest.mark.parametrize("processes", [1, 3])
def test_what_is_made_comes_back_in_the_order_of_the_parts(processes):
    assert list(in_order(load, named, range(20), processes)) == [("loaded", part) for part in range(20)]


def test_parts_are_asked_for_as_they_are_needed():
    """Two a process are out at most, so a catalogue's pieces are not all in memory."""
    asked = deque()
    parts = (asked.append(part) or part for part in range(50))
    made = in_order(load, named, parts, 2)
    next(made)
    assert len(asked) == 4
    made.close()


def test_a_process_that_dies_ends_the_whole():
    with pytest.raises(ProcessDied, match="a process ended before its part was done, killed or out of memory"):
        list(in_order(load, die, range(10), 2))


@pytest.mark.parametrize("processes", [1, 2])
def test_what_a_part_raises_is_raised(processes):
    with pytest.raises(ValueError, match="0"):
        list(in_order(load, refuse, range(4), processes))


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_processes_end_with_the_one_that_started_them(ending):
    """Ctrl-C, and even a kill that the parent cannot act on."""
    parent = subprocess.Popen([sys.executable, "-c", FOREVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    pids = {int(parent.stdout.readline()) for _ in range(4)}
    parent.send_signal(ending)
    parent.wait(20)
    parent.stdout.close()
    until = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() for pid in pids) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_bad_setup_that_a_process_finds_is_told_with_every_problem():
    with pytest.raises(BadSetup) as found:
        list(in_order(load, tell, range(2), 2))
    assert found.value.problems == (Problem("no part 0", "here", "mend it"), Problem("another", "there"))
