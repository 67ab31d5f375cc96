"""A contender's process: its CPU time is its own, nothing of it passes while it is held, and a failed one shows its log."""

import os
import time

import pytest

from benchmarks.contenders import Contender
from benchmarks.contest import read_decisions
from benchmarks.events import Event
from benchmarks.process import ContenderFailed, started


def contender(program: str) -> Contender:
    return Contender("some-contender", ("-c", program), events=1, quick=1)


def wait_until(holds):
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def run_to_the_end(failing: Contender):
    with started(failing, os.environ) as process:
        wait_until(process.must_run)


def test_a_held_process_uses_no_cpu_and_goes_on_afterwards():
    with started(contender("while True: pass"), os.environ) as process:
        wait_until(lambda: process.cpu_seconds() > 0.2)
        with process.held():
            time.sleep(0.05)
            held = process.cpu_seconds()
            time.sleep(0.3)
            assert process.cpu_seconds() == held
        wait_until(lambda: process.cpu_seconds() > held)


def test_a_contender_that_ends_shows_its_exit_code_and_its_log():
    failing = contender("import sys; sys.exit('no such broker')")
    with pytest.raises(ContenderFailed, match=r"`some-contender` ended with exit code 1(.|\n)*no such broker"):
        run_to_the_end(failing)


EVENTS = [Event(f"e-{n}", b"", b"") for n in range(3)]
WHOLE = [{"event_id": event.event_id, "decision": "allow"} for event in EVENTS]


class Held:
    """Topics that hold what they were given."""

    def __init__(self, decisions):
        self.read = lambda topic: decisions


class Named:
    """A process that only has a failure to give."""

    failed = staticmethod(ContenderFailed)


def test_decisions_are_read_by_event():
    assert read_decisions(Named, Held(WHOLE), "decisions", EVENTS) == dict.fromkeys(["e-0", "e-1", "e-2"], "allow")


@pytest.mark.parametrize(
    "found",
    [WHOLE[:2], [*WHOLE, WHOLE[0]], [WHOLE[0], WHOLE[1], WHOLE[1]], [*WHOLE[:2], {"event_id": "e-2", "decision": "?"}]],
    ids=["one missing", "one twice", "one in place of another", "one undecided"],
)
def test_a_contender_must_decide_each_event_once(found):
    with pytest.raises(ContenderFailed):
        read_decisions(Named, Held(found), "decisions", EVENTS)


def test_an_end_is_timed_and_one_that_fails_is_told():
    """A process that ends when told to gives its seconds; one that ends with another exit code than 0 has failed."""
    wait = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit({})); print('ready', flush=True); time.sleep(60)"
    with started(contender(wait.format(0)), os.environ) as process:
        wait_until(lambda: "ready" in process._log.read_text())
        wall, undisturbed = process.end()
    assert 0 < undisturbed <= wall < 20
    with started(contender(wait.format(3)), os.environ) as process:
        wait_until(lambda: "ready" in process._log.read_text())
        with pytest.raises(ContenderFailed, match="was told to stop, and ended with exit code 3"):
            process.end()
