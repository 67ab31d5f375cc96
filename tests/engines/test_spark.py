"""Spark: frames in and frames out, what is checked before a job, and what an executor refuses."""

import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from stream.catalogue.arrow import LISTINGS, OUTCOMES
from stream.catalogue.two_sides import FLIPS, Side, flips_batch
from stream.contract.instant import parse_instant
from stream.contract.record import FileRecord
from stream.engines.spark import FLIPS_DDL, OUTCOMES_DDL, Way, changes_frame, decide_frame
from stream.engines.spark_pair import Shipped, code_digest, load_shipped, loaded, write_pair
from stream.live.load import read_pair
from stream.problems import BadSetup
from tests.catalogue.test_arrow import batch_of
from tests.conftest import ROOT, value_with

pytestmark = pytest.mark.spark
SHELF, POLICIES = ROOT / "models", [ROOT / "policies"]
BEFORE, AFTER = (parse_instant(f"2021-08-{day}T12:00:00Z") for day in ("01", "05"))
WAY = Way(SHELF, POLICIES, as_of=AFTER)
RECORDS = [
    FileRecord(value_with(listing__id="L-1"), b"L-1", offset=0),
    FileRecord(b"\xff", b"L-2", offset=1),
    FileRecord(None, b"L-3", offset=2),
    FileRecord(value_with(listing__id="L-4", seller__type="local"), b"L-4", offset=3),
]


@pytest.fixture(scope="module")
def listings(spark):
    return spark.createDataFrame(pa.Table.from_batches([batch_of(RECORDS)], LISTINGS)).coalesce(1)


def plain(schema: pa.Schema) -> list[tuple[str, str]]:
    return [(field.name, str(field.type).replace(" not null", "").replace("element:", "item:")) for field in schema]


def test_schemas_in_sparks_words_are_those_of_arrow(spark):
    for ddl, schema in ((OUTCOMES_DDL, OUTCOMES), (FLIPS_DDL, FLIPS)):
        assert plain(spark.createDataFrame([], ddl).toArrow().schema) == plain(schema)


def test_a_frame_comes_to_the_outcomes_of_its_rows(listings, pipeline):
    """One row a row, in order, beside what is kept: the bytes, headers and review that the pipeline gives."""
    rows = decide_frame(listings, WAY, keep=["offset"]).collect()
    found = [
        (r.kind, _bytes(r.key), _bytes(r.value), [(h.name, _bytes(h.value)) for h in r.headers], r.review) for r in rows
    ]
    assert found == [(o.kind, o.key, o.value, list(o.headers), o.review) for o in pipeline.run(RECORDS, AFTER)]
    assert [row.offset for row in rows] == [0, 1, 2, 3]


def test_flips_are_those_of_the_batch_with_both_sides(listings, pipeline):
    """What a phase's start changes: the listing of the closed cluster, allowed before and blocked after."""
    found = changes_frame(listings, WAY._replace(as_of=BEFORE), WAY).toArrow()
    expected = flips_batch(Side(pipeline, BEFORE), Side(pipeline, AFTER), batch_of(RECORDS))
    assert found.to_pylist() == expected.to_pylist()
    assert [(row["listing_id"], row["effect"]) for row in found.to_pylist()] == [("L-1", "newly_blocked")]


def test_a_frame_of_the_wrong_columns_is_refused_with_all_problems(spark):
    with pytest.raises(BadSetup) as bad:
        decide_frame(spark.createDataFrame([("a", 1)], "value string, offset int"), WAY, keep=["seller"])
    assert str(bad.value) == (
        "error: expected column `value` of type binary, got string\n"
        "  --> columns, `value`\n"
        "  hint: cast it to binary, or give it another name\n"
        "error: expected column `offset` of type bigint, got int\n"
        "  --> columns, `offset`\n"
        "  hint: cast it to bigint, or give it another name\n"
        "error: no column `seller` to keep\n"
        "  --> columns: value, offset\n"
        "  hint: name one that is there"
    )
    with pytest.raises(BadSetup, match="no column `value`"):
        decide_frame(spark.createDataFrame([("a",)], "title string"), WAY)


def test_a_bad_pair_is_refused_before_any_job(listings, tmp_path):
    with pytest.raises(BadSetup, match="no model on the shelf"):
        decide_frame(listings, WAY._replace(shelf=tmp_path))


@pytest.fixture
def unpacked(tmp_path) -> tuple[Path, str]:
    """An archive as an executor unpacks it, and the digest that the driver names."""
    pair, _ = read_pair(SHELF, None, POLICIES)
    shutil.copytree(SHELF, tmp_path / "shelf")
    (tmp_path / "pair.json").write_bytes(write_pair(pair))
    return tmp_path, pair.digest


def test_an_executor_loads_what_the_driver_checked(unpacked, pipeline):
    assert load_shipped(*unpacked).run(RECORDS, AFTER) == pipeline.run(RECORDS, AFTER)


def test_an_executor_with_another_pair_refuses(unpacked):
    folder, digest = unpacked
    with pytest.raises(BadSetup) as bad:
        load_shipped(folder, "0" * 16)
    assert str(bad.value) == (
        f"error: the driver decides by pair {'0' * 16}, this executor was given {digest}\n"
        f"  --> {folder}/pair.json\n"
        "  hint: start the job anew"
    )


def test_an_executor_with_another_model_refuses(unpacked):
    folder, digest = unpacked
    (manifest,) = folder.glob("shelf/*/manifest.json")
    manifest.write_text(manifest.read_text() + " ")
    with pytest.raises(BadSetup, match=r"`the driver` names model `.*` with digest .*, this shelf's has"):
        load_shipped(folder, digest)


def test_an_executor_with_altered_weights_refuses(unpacked):
    folder, digest = unpacked
    (weights,) = folder.glob("shelf/*/weights.npy")
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x7f")
    with pytest.raises(BadSetup, match=r"expected digest .*, got"):
        load_shipped(folder, digest)


def test_an_executor_with_other_code_refuses():
    with pytest.raises(BadSetup) as bad:
        loaded(Shipped("keran-none", "0" * 16, "f" * 16))
    assert str(bad.value) == (
        f"error: the driver's Keran has code {'f' * 16}, this executor's has {code_digest()}\n"
        f"  --> {ROOT}/stream\n"
        "  hint: install the same wheel on the driver and on every executor"
    )


def _bytes(value: bytearray | None) -> bytes | None:
    return None if value is None else bytes(value)
