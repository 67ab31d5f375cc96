"""What an archive writes about itself is what the published schemas say, and what they say is read back."""

from pathlib import Path

import jsonschema
import orjson
import pyarrow.parquet as pq
import pytest

from stream.archive.folder import segments_in
from stream.archive.receipt import load_receipt, write_receipt
from stream.archive.segment import META, read_meta
from stream.archive.verify import verify
from stream.contract.receipt import Receipt
from stream.contract.schemas import schema_file
from stream.contract.segment import SegmentMeta
from tests.archive.making import archive
from tests.conftest import ROOT

EXAMPLES = ROOT / "tests/contract/examples"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, pipeline) -> Path:
    place = tmp_path_factory.mktemp("archive")
    archive(place, pipeline)
    return place


def test_every_segment_says_of_itself_what_the_schema_says(folder):
    segments = segments_in(folder / "records/decisions/0")
    assert len(segments) == 3
    for segment in segments:
        told = orjson.loads(pq.read_schema(segment).metadata[META])
        jsonschema.validate(told, orjson.loads(schema_file("keran.segment-1").read_bytes()))
        assert set(told) == {field.alias or name for name, field in SegmentMeta.model_fields.items()}
        assert SegmentMeta.model_validate(told) == read_meta(segment)


def test_a_receipt_is_what_the_schema_says_and_is_read_back(folder, tmp_path):
    receipt = Receipt(partitions=verify(folder).heads)
    (tmp_path / "receipt.json").write_text(write_receipt(receipt))
    told = orjson.loads((tmp_path / "receipt.json").read_bytes())
    jsonschema.validate(told, orjson.loads(schema_file("keran.receipt-1").read_bytes()))
    assert load_receipt(tmp_path / "receipt.json") == receipt


def test_a_receipt_of_the_first_edition_is_still_loaded():
    """An auditor may hold it for years."""
    receipt = load_receipt(EXAMPLES / "keran.receipt-1/two-partitions.json")
    assert [(head.partition, head.next, head.records) for head in receipt.partitions] == [(0, 4711, 4700), (1, 0, 0)]


def test_what_a_segment_does_not_know_leaves_it_uncertain():
    """Absent offsets are markers for certain only where they lay unread for less than the compaction lag."""
    first, following = (
        SegmentMeta.model_validate_json((EXAMPLES / f"keran.segment-1/{name}.json").read_bytes())
        for name in ("first", "next")
    )
    assert not first.certain
    assert not following.certain
    assert following.model_copy(update={"compaction_lag_ms": 513}).certain
    assert not following.model_copy(update={"compaction_lag_ms": 512}).certain
