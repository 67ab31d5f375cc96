"""The calendar in the terminal, word for word. `GOLDEN=write` writes the texts that are missing."""

import os
import re
from pathlib import Path

import pytest

from stream.contract.instant import parse_instant
from stream.decide.load import load_policies
from stream.decide.unreadable import Unreadable
from stream.timeline.axis import MOST_MARKS, axis_of
from stream.timeline.timeline import read_moment, timeline_of
from stream.timeline.words import in_words
from tests.decide.making import policies, policy

GOLDEN = Path(__file__).parent / "golden"
MID_2022 = parse_instant("2022-07-01T00:00:00+07:00")
BEFORE_MAY = parse_instant("2022-04-30T00:00:00+07:00")


@pytest.fixture
def held(monkeypatch):
    monkeypatch.chdir(GOLDEN)
    return load_policies(Path("policies"), None)


def check(name: str, found: str) -> None:
    expected = GOLDEN / name
    if os.environ.get("GOLDEN") == "write" and not expected.exists():
        expected.write_text(f"{found}\n")
    assert f"{found}\n" == expected.read_text()


def test_every_state_of_a_phase_is_told(held):
    """Ended, replaced, superseded, in force, coming, retroactive and over; what comes next, what is due, and bars on one axis."""
    check("mid-2022.txt", in_words(timeline_of(held, MID_2022)))


def test_what_was_published_later_is_left_out(held):
    """As known in April nobody knows the phase that May published, nor the one that June did."""
    check("known-in-april.txt", in_words(timeline_of(held, MID_2022, BEFORE_MAY)))


def test_before_anything_there_is_nothing(held):
    """A moment before every phase is shown too, with all of them left out."""
    shown = in_words(timeline_of(held, parse_instant("2020-01-01T00:00:00Z")))
    assert "4 policies, 0 in force, 0 due for review, 0 phases coming, 0 retroactive" in shown
    assert shown.count("in force  nothing") == 4


@pytest.mark.parametrize("days", [0, 1, 40, 366, 800, 4_000, 40_000, 100_000])
def test_an_axis_has_few_marks_at_any_length(days):
    """From a day to three centuries there are one to five marks, from left to right."""
    axis = axis_of([0, days * 86_400_000_000], policies(policy("[]")).policies[0].zone)
    places = [mark.at for mark in axis.marks]
    assert 1 <= len(places) <= MOST_MARKS
    assert places == sorted(places)
    assert all(0 <= at <= 1 for at in places)


def test_a_date_is_read_in_the_policies_zone():
    """A bare date is midnight in Jakarta where every policy is written in Jakarta's time."""
    assert read_moment("2021-08-03", policies(policy("[]"))).text == "2021-08-02T17:00:00Z"
    assert read_moment("2021-08-03T00:00:00Z", policies(policy("[]"))).text == "2021-08-03T00:00:00Z"


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "2200-01-01"])
def test_a_moment_at_the_ends_of_the_calendar_is_refused(text):
    """Where a zone's offset could leave the calendar there is no timeline to draw, however the moment is written."""
    with pytest.raises(Unreadable, match=f"`{re.escape(text)}` is outside the years 1900 to 2199"):
        read_moment(text, policies(policy("[]")))


def test_a_date_needs_an_offset_where_zones_differ():
    """Policies of two zones share no midnight, so none is guessed."""
    two = policies(policy("[]"), policy("[]", name="q").replace("Asia/Jakarta", "Europe/Berlin"))
    with pytest.raises(Unreadable, match="`2021-08-03` needs an offset: the policies' zones differ"):
        read_moment("2021-08-03", two)
