"""Instants: RFC 3339 with an offset and nothing else, in order by moment."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.contract import instant
from stream.contract.instant import instant_at, parse_instant


@pytest.mark.parametrize(
    ("text", "same_moment"),
    [
        ("2021-08-03T09:00:00+07:00", "2021-08-03T02:00:00Z"),
        ("2021-08-03t02:00:00z", "2021-08-03T02:00:00Z"),
        ("2021-08-03 02:00:00Z", "2021-08-03T02:00:00Z"),
        ("2021-08-03T02:00:00-00:00", "2021-08-03T02:00:00Z"),
        ("2021-08-03T02:00:00.5Z", "2021-08-03T02:00:00.500000Z"),
        ("2021-08-03T02:00:00.123456999Z", "2021-08-03T02:00:00.123456Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
    ],
)
def test_the_spellings_of_rfc_3339_are_the_same_moment(text, same_moment):
    assert parse_instant(text).micros == parse_instant(same_moment).micros
    assert parse_instant(text).text == text


@pytest.mark.parametrize(
    "text",
    ["", "1627952400", "2021-08-03", "2021-08-03T09:00:00", "2021-08-03T09:00+07:00", "2021-02-30T00:00:00Z", "2021-08-03T24:00:00Z",
     "2021-08-03T09:00:00+0700", "2021-08-03T09:00:00+24:00", "20210803T090000Z", "2021-W31-2T00:00:00Z", "2021-08-03T09:00:00.Z",
     "0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-01:00", "9999-12-31T23:59:60Z", "٢٠٢١-08-03T09:00:00Z", " 2021-08-03T09:00:00Z",
     "2021-08-03T09:00:00Z\n"],
)  # fmt: skip
def test_anything_else_is_no_time(text):
    with pytest.raises(ValueError, match="not an RFC 3339 time with an offset"):
        parse_instant(text)


@pytest.mark.parametrize(
    "text", ["2021-08-03T02:00:01Z", "2021-08-03T02:00:01.000250Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
)
def test_an_instant_is_spelt_in_utc(text):
    assert instant_at(parse_instant(text).micros).text == text


@given(
    st.datetimes(timezones=st.sampled_from([timezone(timedelta(minutes=m)) for m in (-1439, -210, 0, 330, 420, 1439)])),
    st.sampled_from(["seconds", "milliseconds", "microseconds"]),
)
def test_the_usual_spellings_are_read_as_the_long_way_reads_them(moment, precision):
    """A blank in the place of the T is the same time, and goes the long way."""
    text = moment.isoformat(timespec=precision)
    try:
        expected = parse_instant(text.replace("T", " ")).micros
    except ValueError:
        with pytest.raises(ValueError, match="not an RFC 3339 time"):
            parse_instant(text)
    else:
        assert parse_instant(text).micros == expected


@given(st.text(alphabet="0123456789-:TZ+.", min_size=18, max_size=30))
def test_a_shape_alone_is_no_time(text):
    """24:00, the 30th of February, an offset of 99 hours: the quick way takes nothing that the long way does not."""
    ways = []
    for spelling in (text, text.replace("T", " ")):
        try:
            ways.append(parse_instant(spelling).micros)
        except ValueError:
            ways.append(None)
    assert ways[0] == ways[1]


@pytest.mark.parametrize("offset", ["+24:00", "+23:60", "-23:99", "+99:00"])
def test_an_offset_that_no_clock_has_is_no_time(offset):
    with pytest.raises(ValueError, match="not an RFC 3339 time"):
        parse_instant(f"2021-08-03T09:00:00{offset}")


class ReadsMidnightTwice(datetime):
    """A `datetime` as later versions of Python have it, which read 24:00 as the next day's 00:00."""

    @classmethod
    def fromisoformat(cls, text):
        late = "T24:00" in text
        return datetime.fromisoformat(text.replace("T24:00", "T00:00")) + timedelta(days=late)


@pytest.mark.parametrize("text", ["2021-08-03T24:00:00Z", "2021-08-03T24:00:00+07:00", "2021-08-03t24:00:00.5Z"])
def test_24_00_is_no_time_under_any_python(monkeypatch, text):
    """The same bytes are the same outcome, whatever Python's own reader takes."""
    monkeypatch.setattr(instant, "datetime", ReadsMidnightTwice)
    assert ReadsMidnightTwice.fromisoformat("2021-08-03T24:00:00+00:00").day == 4
    with pytest.raises(ValueError, match="not an RFC 3339 time"):
        parse_instant(text)
