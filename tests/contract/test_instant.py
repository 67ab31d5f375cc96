"""Instants: RFC 3339 with an offset and nothing else, in order by moment."""

import pytest

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
