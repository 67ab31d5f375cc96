"""When reviews come due: by the calendar, in the policy's zone, however long it has been."""

from zoneinfo import ZoneInfo

import pytest

from stream.contract.instant import instant_at, parse_instant
from stream.decide.reviews import reviews_by

JAKARTA, BERLIN = ZoneInfo("Asia/Jakarta"), ZoneInfo("Europe/Berlin")


def at(text: str) -> int:
    return parse_instant(text).micros


# every, begun, zone, now -> times, next
TABLE = [
    ("P6M", "2021-08-03T00:00:00+07:00", JAKARTA, "2022-02-02T16:59:59Z", 0, "2022-02-02T17:00:00Z"),
    ("P6M", "2021-08-03T00:00:00+07:00", JAKARTA, "2022-02-02T17:00:00Z", 1, "2022-08-02T17:00:00Z"),
    ("P1M", "2021-01-31T00:00:00+07:00", JAKARTA, "2021-02-28T00:00:00+07:00", 1, "2021-03-30T17:00:00Z"),
    ("P1Y", "2020-02-29T00:00:00+07:00", JAKARTA, "2023-01-01T00:00:00Z", 2, "2023-02-27T17:00:00Z"),
    ("P1Y2M1W3D", "2021-01-01T00:00:00+07:00", JAKARTA, "2021-06-01T00:00:00Z", 0, "2022-03-10T17:00:00Z"),
    ("P10D", "2021-03-20T09:00:00+01:00", BERLIN, "2021-03-29T00:00:00Z", 0, "2021-03-30T07:00:00Z"),
    ("P1D", "1900-01-01T00:00:00Z", ZoneInfo("UTC"), "2199-12-31T00:00:00Z", 109_572, "2200-01-01T00:00:00Z"),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]} by {row[3]}")
def test_reviews(row):
    """A month that lacks the day has its last one; summer time moves the moment and not the hour; at the second it is due."""
    every, begun, zone, now, times, following = row
    found = reviews_by(at(now), every, at(begun), zone)
    assert (found.times, instant_at(found.following).text) == (times, following)


def test_a_review_after_the_end_of_the_calendar_is_never():
    """999 years may be written; what lies behind the year 9999 does not come due."""
    found = reviews_by(at("2199-01-01T00:00:00Z"), "P999Y999M9999D", at("2190-01-01T00:00:00Z"), BERLIN)
    assert found.times == 0
    late = reviews_by(at("9998-01-01T00:00:00Z"), "P999Y", at("9500-01-01T00:00:00Z"), BERLIN)
    assert late == (0, None, None)
