"""Dead letters read back: what `write_dead_letter` wrote, whatever the original's own headers, keys and bytes were."""

from hypothesis import given
from hypothesis import strategies as st

from stream.contract.dead_letter import DeadLetter, write_dead_letter
from stream.contract.dead_record import (
    MARK,
    REPLAYED_FROM,
    DeadRecord,
    Place,
    mark_headers,
    marked_offset,
    read_dead_record,
    replayed_headers,
)
from stream.contract.instant import parse_instant
from stream.contract.record import FileRecord

LETTER = DeadLetter("wrong-type", "expected `str`, got `int` - at `$.listing.title`", "$.listing.title")
AS_OF = parse_instant("2021-08-03T02:00:01Z")
NAMES = st.sampled_from(
    ["trace", "keran-code", "keran-reason", "keran-offset", "keran-replayed", "keran-replayed-from"]
)
HEADERS = st.lists(st.tuples(NAMES | st.text(), st.none() | st.binary())).map(tuple)


def dead(record: FileRecord, as_of=AS_OF) -> FileRecord:
    outcome = write_dead_letter(record, LETTER, as_of)
    return FileRecord(outcome.value, outcome.key, outcome.headers, "listings.dead", 2, 40)


@given(st.none() | st.binary(), st.none() | st.binary(), HEADERS, st.sampled_from([None, AS_OF]))
def test_what_was_written_is_read_back(key, value, headers, as_of):
    """Also where the producer's own headers bear our names: ours are the last."""
    read = read_dead_record(dead(FileRecord(value, key, headers, "listings", 3, 17), as_of))
    assert read == DeadRecord(
        Place("listings.dead", 2, 40), Place("listings", 3, 17), *LETTER, as_of, key, value, headers
    )


@given(st.none() | st.binary(), st.none() | st.binary(), HEADERS)
def test_no_dead_letter_is_taken_for_a_mark(key, value, headers):
    assert marked_offset(dead(FileRecord(value, key, headers))) is None


def test_a_mark_is_recognised_and_is_no_dead_letter():
    mark = FileRecord(None, None, mark_headers(17))
    assert marked_offset(mark) == 17
    assert read_dead_record(mark) is None


def test_what_only_resembles_a_mark_is_none():
    for record in (
        FileRecord(b"", None, mark_headers(1)),
        FileRecord(None, b"", mark_headers(1)),
        FileRecord(None, None, ((MARK, b"x"),)),
        FileRecord(None, None, ((MARK, None),)),
        FileRecord(None, None, ((MARK, b"9" * 5_000),)),
        FileRecord(None, None, (*mark_headers(1), *mark_headers(2))),
        FileRecord(None, None, ()),
    ):
        assert marked_offset(record) is None


def test_a_record_that_keran_did_not_write_is_no_dead_letter():
    forged = dead(FileRecord(b"x"))
    endless = [(name, b"9" * 5_000 if name == "keran-offset" else value) for name, value in forged.headers]
    for headers in (endless, (), (("keran-code", b"empty"),), (("keran-code", b"\xff"),), (("keran-code", None),)):
        assert read_dead_record(FileRecord(b"x", b"k", headers)) is None


def test_headers_that_others_put_behind_ours_stay():
    record = dead(FileRecord(b"x", b"k", (("trace", b"1"),)))
    read = read_dead_record(record._replace(headers=(*record.headers, ("mirror", b"2"))))
    assert read.headers == (("trace", b"1"), ("mirror", b"2"))


@given(HEADERS)
def test_an_original_goes_back_with_its_headers_and_one_of_ours(headers):
    """A letter that was replayed and died again names its last place alone."""
    first = read_dead_record(dead(FileRecord(b"x", b"k", headers)))
    again = read_dead_record(dead(FileRecord(b"x", b"k", replayed_headers(first))))
    assert again.headers == replayed_headers(first)
    assert replayed_headers(again) == replayed_headers(first)
    assert replayed_headers(first)[-1] == (REPLAYED_FROM, b"listings.dead/2/40")
