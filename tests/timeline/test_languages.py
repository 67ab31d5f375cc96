"""The sentences about a calendar in two languages: alike in what is put into them, and none left in English."""

import re
from zoneinfo import ZoneInfo

import pytest

from stream.contract.instant import parse_instant
from stream.decide.load import load_policies
from stream.timeline import phrases
from stream.timeline.languages import ENGLISH, INDONESIAN
from stream.timeline.timeline import timeline_of
from tests.conftest import ROOT

ENGLISH_WORDS = re.compile(r"\b(the|from|until|phase|phases|rule|rules|since|known|next|every|months?|of|due)\b")


@pytest.mark.parametrize("name", ENGLISH)
def test_both_languages_say_the_same_things(name):
    held = (set(re.findall(r"{(\w+)}", words[name])) for words in (ENGLISH, INDONESIAN))
    assert next(held) == next(held)


@pytest.mark.parametrize("on", ["2020-01-01T00:00:00Z", "2021-08-04T00:00:00Z", "2026-01-01T00:00:00Z"])
def test_no_sentence_about_a_shipped_calendar_stays_english(on):
    policies = load_policies([ROOT / "policies", ROOT / "policies/examples"], None)
    timeline = timeline_of(policies, parse_instant(on))
    said = [phrases.said_moments(timeline, INDONESIAN)]
    for calendar in timeline.calendars:
        said += [fact for about, fact in phrases.facts_of(calendar, INDONESIAN) if about != "catatan"]
        said += [phrases.said_span(span, ZoneInfo("Asia/Jakarta"), INDONESIAN) for span in calendar.spans]
        published = (phrases.said_publication(span, ZoneInfo("Asia/Jakarta"), INDONESIAN) for span in calendar.spans)
        said += [each for each in published if each]
    assert len(said) > 8
    assert [each for each in said if ENGLISH_WORDS.search(each)] == []


def test_a_rhythm_has_no_plural_in_indonesian():
    assert [phrases.said_every(text, INDONESIAN) for text in ("P6M", "P1Y", "P1Y2W")] == [
        "6 bulan",
        "tahun",
        "1 tahun 2 minggu",
    ]
