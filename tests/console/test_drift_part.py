"""What the page Models says of drift: the console's own sample of decisions, beside the live model's profile."""

import dataclasses

import pytest

from stream.console.drift_part import LOOKED_AT, drift_part
from stream.contract.record import FileRecord
from stream.drift.alarms import TITLES_AT_LEAST
from tests.conftest import value_with
from tests.console.serving import feed, make_desk

FASHION = ["Gamis wanita syari premium", "Kaos polos pria katun", "Tas selempang kulit", "Sepatu sneakers pria"]


@pytest.fixture
def desk(tmp_path):
    return make_desk(tmp_path)


def fashion(count):
    return [value_with(listing__id=f"F-{n}", listing__title=FASHION[n % 4]) for n in range(count)]


def test_few_titles_are_not_judged(desk):
    part = drift_part(desk)
    assert 0 < part.titles < TITLES_AT_LEAST
    assert part.signals == []


def test_a_stream_of_clothes_alone_has_drifted_and_the_page_says_what_moved(desk):
    feed(desk, fashion(LOOKED_AT))
    part = drift_part(desk)
    assert part.titles == LOOKED_AT
    told = {each.signal: each for each in part.signals}
    assert set(told) == {"cluster", "score", "abstained", "unseen", "script"}
    assert told["cluster"].alarm
    (most, *_) = told["cluster"].moved
    assert (most.value, most.share) == ("textile_fashion", 1.0)


def test_decisions_of_another_model_and_what_is_no_decision_are_left_out(desk):
    before = drift_part(desk).titles
    (value,) = [v for v, _ in desk.board.questions.decided(1)]
    ours = desk.serving.live.pipeline.model.id.encode()
    odd = [value.replace(ours, b"other-1#01234567"), b"[]"]
    desk.board.take_decisions([FileRecord(v, b"L-1", timestamp=1) for v in odd])
    assert drift_part(desk).titles == before


def test_a_profile_that_cannot_be_read_is_told(desk, tmp_path):
    part = drift_part(dataclasses.replace(desk, profile=tmp_path / "no.json"))
    assert part.reference is None
    assert "cannot read" in str(part.problems[0])
