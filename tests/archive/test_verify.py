"""An archive that is broken in any way says where and how; a whole one is content."""

import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stream.archive.chain import chain_next
from stream.archive.folder import partition_folder, segments_in
from stream.archive.receipt import load_receipt, write_receipt
from stream.archive.segment import META, read_segment, write_segment
from stream.archive.verify import verify
from stream.contract.receipt import Receipt
from stream.contract.segment import SegmentMeta
from tests.archive.making import append, archive, decisions


@pytest.fixture
def folder(tmp_path, pipeline):
    archive(tmp_path, pipeline)
    return tmp_path


def second(folder):
    return segments_in(partition_folder(folder, "decisions", 0))[1]


def told(folder, receipt=None):
    return list(map(str, verify(folder, receipt).faults))


def receipt_of(folder):
    return Receipt(partitions=verify(folder).heads)


def rewrite(place, change):
    """Write a segment anew with its rows changed, and its own words of it as they were."""
    table = pq.read_table(place)
    rows = table.to_pylist()
    pq.write_table(pa.Table.from_pylist(change(rows), schema=table.schema), place)


def altered(rows):
    rows[2]["value"] = rows[2]["value"].replace(b'"block"', b'"allow"', 1)
    return rows


def test_a_whole_archive_is_content(folder):
    found = verify(folder)
    assert (found.faults, found.records, found.segments, found.uncertain) == ([], 15, 3, 0)


SECOND = "decisions/0 00000000000000000009.parquet"
CHAIN = "the chain breaks: this record was altered or inserted, or one before it was removed"
BROKEN = {
    "altered": (altered, [f"{SECOND} offset 14: {CHAIN}"]),
    "removed": (
        lambda rows: rows[:2] + rows[3:],
        [f"{SECOND} offset 16: {CHAIN}", f"{SECOND}: 1 records missing: 4 are there, 5 were written"],
    ),
    "last removed": (lambda rows: rows[:-1], [f"{SECOND}: 1 records missing: 4 are there, 5 were written"]),
    "reordered": (
        lambda rows: [*rows[:2], rows[3], rows[2], rows[4]],
        [f"{SECOND} offset 16: {CHAIN}"],
    ),
    "doubled": (
        lambda rows: [*rows[:3], *rows[2:]],
        [
            f"{SECOND} offset 14: the record is there twice",
            f"{SECOND}: 1 records too many: 6 are there, 5 were written",
        ],
    ),
    "inserted": (
        lambda rows: [*rows[:2], {**rows[2], "offset": rows[2]["offset"] - 1}, *rows[2:]],
        [f"{SECOND} offset 13: {CHAIN}", f"{SECOND}: 1 records too many: 6 are there, 5 were written"],
    ),
    "inserted behind": (
        lambda rows: [*rows[:4], rows[0], rows[4]],
        [
            f"{SECOND} offset 10: the record stands behind offset 16: it was moved or inserted",
            f"{SECOND}: 1 records too many: 6 are there, 5 were written",
        ],
    ),
}
THIRD = "decisions/0 00000000000000000019.parquet"
REPLACED = f"{THIRD}: the segment before it was replaced: its digest is another"


@pytest.mark.parametrize("how", BROKEN)
def test_a_record_that_is_not_as_it_was_is_named(folder, how):
    change, expected = BROKEN[how]
    rewrite(second(folder), change)
    assert told(folder)[: len(expected)] == expected
    assert REPLACED in told(folder)


def forge(place, pairs):
    """Write a segment anew with one value altered and all of its hashes made to fit."""
    chained = list(read_segment(place))
    meta = SegmentMeta.model_validate_json(pq.read_schema(place).metadata[META])
    records = [each.record._replace(value=b"{}") if n == pairs else each.record for n, each in enumerate(chained)]
    chain, before = [], bytes.fromhex(meta.chain_start)
    for record in records:
        chain.append(before := chain_next(before, record))
    write_segment(place.parent, meta.model_copy(update={"chain_end": before.hex()}), records, chain)


def test_a_segment_forged_with_hashes_that_fit_is_given_away_by_the_next(folder):
    forge(second(folder), 2)
    assert told(folder) == [REPLACED]


def test_a_last_segment_forged_with_hashes_that_fit_is_given_away_by_a_receipt(folder):
    receipt = receipt_of(folder)
    forge(segments_in(second(folder).parent)[-1], 2)
    assert told(folder) == []
    assert told(folder, receipt) == [f"{THIRD}: the chain before offset 29 is not the receipt's: records were altered"]


def test_a_removed_segment_is_named_with_its_offsets(folder):
    second(folder).unlink()
    assert told(folder) == [f"{THIRD}: the segment before it is missing: offsets 9 to 18"]


def test_a_first_segment_that_was_removed_is_named(folder):
    segments_in(second(folder).parent)[0].unlink()
    assert told(folder) == [f"{SECOND}: the segment before it is missing: offsets 0 to 8"]


def test_a_segment_of_another_partition_is_no_substitute(folder, pipeline):
    append(folder, decisions(pipeline, 5, partition=1))
    other = segments_in(partition_folder(folder, "decisions", 1))[0]
    shutil.copy(other, segments_in(second(folder).parent)[0])
    assert told(folder)[0] == "decisions/0 00000000000000000000.parquet: the segment is of decisions/1"


def test_bytes_that_are_no_parquet_are_told(folder):
    second(folder).write_bytes(b"nothing of ours")
    assert told(folder)[0].startswith(f"{SECOND}: the segment cannot be read: ")


def test_an_end_that_was_cut_off_is_found_by_a_receipt_alone(folder, tmp_path):
    kept = tmp_path / "receipt.json"
    kept.write_text(write_receipt(receipt_of(folder)))
    segments_in(second(folder).parent)[-1].unlink()
    assert told(folder) == []
    assert told(folder, load_receipt(kept)) == [
        "decisions/0: the archive ends before offset 19, the receipt's before 29: its end is missing"
    ]


def test_a_whole_partition_that_is_gone_is_found_by_a_receipt(folder):
    receipt = receipt_of(folder)
    shutil.rmtree(folder / "records")
    assert told(folder, receipt) == ["decisions/0: the whole partition is missing"]


def test_an_archive_that_went_on_since_still_has_the_receipts_end(folder, pipeline):
    receipt = receipt_of(folder)
    append(folder, [record._replace(offset=record.offset + 40) for record in decisions(pipeline, 5)])
    assert told(folder, receipt) == []


def test_what_decided_and_is_not_kept_is_named(folder):
    first = "decisions/0 00000000000000000000.parquet offset 0"
    shutil.rmtree(folder / "models")
    (missing,) = told(folder)
    assert missing.startswith(f"{first}: model `cluster-3#")
    assert missing.endswith("` decided this and is not kept")
    shutil.rmtree(folder / "policies")
    assert any(f"{first}: policy `id-akar@" in fault for fault in told(folder))


def test_a_policy_or_model_that_was_altered_is_named(folder):
    (policy,) = (folder / "policies").rglob("*.yaml")
    policy.write_text(policy.read_text() + "\n# altered\n")
    (card,) = (folder / "models").rglob("card.md")
    card.write_text("a better model")
    assert [fault.split(": ", 1)[1] for fault in told(folder)] == [
        "policy id-akar@1 was altered: its digest is another",
        "model cluster-3 was altered: its digest is another",
    ]


@pytest.mark.parametrize(
    ("exposed_ms", "lag_ms", "uncertain"), [(0, 60_000, 0), (60_000, 60_000, 1), (None, 60_000, 1), (0, None, 1)]
)
def test_what_compaction_may_have_taken_is_counted(tmp_path, pipeline, exposed_ms, lag_ms, uncertain):
    """An absent offset that lay unread for less than the lag cannot have been compacted; any other may have been."""
    append(tmp_path, decisions(pipeline, 3), exposed_ms, lag_ms)
    assert verify(tmp_path).uncertain == uncertain
