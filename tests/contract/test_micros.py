"""Times read in one compiled pass: each one is what `parse_instant` gives, or is left to it."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stream.contract.instant import parse_instant
from stream.contract.micros import LEFT, micros_of
from tests.contract.packing import pack

USUAL = ["2021-08-03T09:00:00+07:00", "2024-02-29T23:59:59.999999Z", "1900-01-01T00:00:00.5-12:30"]
LEFT_TO_OTHERS = [
    "",
    "2021-08-03",
    "2021-08-03T09:00:00",
    "2021-08-03T09:00:00z",
    "2021-08-03t09:00:00Z",
    "2021-08-03 09:00:00Z",
    "2016-12-31T23:59:60Z",
    "2021-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2021-08-03T24:00:00Z",
    "2021-08-03T09:00:00.Z",
    "2021-08-03T09:00:00.1234567Z",
    "2021-08-03T09:00:00+24:00",
    "2021-08-03T09:00:00+0700",
    "2021-08-03T09:00:00Z ",
    "1899-12-31T23:59:59Z",
    "3000-01-01T00:00:00Z",
]
PARTS = st.tuples(
    st.integers(1890, 3010), st.integers(0, 13), st.integers(0, 32), st.integers(0, 24), st.integers(0, 60), st.integers(0, 60)
)  # fmt: skip
TEXTS = st.builds(
    lambda parts, fraction, offset: "{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}".format(*parts) + fraction + offset,
    PARTS,
    st.sampled_from(["", ".0", ".123", ".123456", ".1234567", "."]),
    st.sampled_from(["Z", "z", "", "+07:00", "-03:30", "+23:59", "+24:00", "+00:60", "+0700"]),
)


@given(st.lists(TEXTS | st.text(max_size=30), max_size=5))
@example(USUAL)
@example(LEFT_TO_OTHERS)
@settings(max_examples=1000)
def test_what_is_not_left_is_what_the_sure_reader_reads(texts):
    for text, micros in zip(texts, micros_of(*pack(texts)).tolist(), strict=True):
        if micros != LEFT:
            assert parse_instant(text).micros == micros


@pytest.mark.parametrize("byte", range(256))
def test_a_byte_in_any_place_is_judged_as_the_sure_reader_does(byte):
    usual = b"2021-08-03T09:00:00.125+07:00"
    texts = [usual[:i] + bytes([byte]) + usual[i + 1 :] for i in range(len(usual))]
    for text, micros in zip(texts, micros_of(*pack(texts)).tolist(), strict=True):
        if micros != LEFT:
            assert parse_instant(text.decode("ascii")).micros == micros


def test_usual_times_are_not_left():
    """The pass is of use: it takes what producers write."""
    assert LEFT not in micros_of(*pack(USUAL)).tolist()


def test_unusual_and_impossible_times_are_left():
    assert set(micros_of(*pack(LEFT_TO_OTHERS)).tolist()) == {LEFT}
