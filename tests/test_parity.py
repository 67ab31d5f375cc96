"""One decision function, three drivers: what a worker runs, one machine and Spark give the same bytes for every oddity."""

from collections import Counter
from pathlib import Path
from typing import NamedTuple, get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stream.catalogue.arrow import OUTCOMES, decide_batch, outcomes_batch
from stream.contract.dead_letter import Code
from stream.contract.instant import Instant, parse_instant
from stream.contract.outcome import Outcome
from stream.contract.record import FileRecord
from stream.engines.spark import Way, decide_frame
from tests.catalogue.test_arrow import batch_of
from tests.conftest import ROOT
from tests.oddities import fixed_records, odd_records

COUNT = 200_000
RUN_ROWS = 4_000
MOMENTS = {"pinned": parse_instant("2021-08-03T02:00:01Z"), "event": None}


@pytest.fixture(scope="module")
def records() -> list[FileRecord]:
    return odd_records(COUNT)


@pytest.fixture(scope="module")
def catalogue(records, tmp_path_factory) -> Path:
    """The same records as Parquet, in row groups of 10,000."""
    file = tmp_path_factory.mktemp("catalogue") / "listings.parquet"
    pq.write_table(pa.Table.from_batches([batch_of(records)]), file, row_group_size=10_000)
    return file


class Streamed(NamedTuple):
    """What the worker's pipeline makes of the records, as of a moment, in runs as a worker takes them."""

    as_of: Instant | None
    outcomes: list[Outcome]
    table: pa.Table


@pytest.fixture(scope="module", params=MOMENTS)
def streamed(request, records, pipeline) -> Streamed:
    as_of = MOMENTS[request.param]
    runs = [pipeline.run(records[at : at + RUN_ROWS], as_of) for at in range(0, COUNT, RUN_ROWS)]
    table = pa.Table.from_batches(map(outcomes_batch, runs), OUTCOMES)
    return Streamed(as_of, [outcome for run in runs for outcome in run], table.combine_chunks())


def test_the_oddities_are_all_there(streamed):
    """Every code of refusal, both decisions, reviews and tombstones come up, and not once in a lifetime."""
    tally = Counter((outcome.kind.value, outcome.tally) for outcome in streamed.outcomes)
    codes = {code: tally["dead_letter", code] for code in get_args(Code)}
    assert min(codes.values()) >= 100, codes
    assert min(tally["decision", "allow"], tally["decision", "block"], tally["tombstone", ""]) >= 1_000
    assert sum(outcome.review for outcome in streamed.outcomes) >= 100


def test_the_fixed_oddities_do_not_depend_on_the_seed():
    """The contract's examples and every refusal are in, whatever the seed."""
    values = {record.value for record in odd_records(2_000, seed=9)}
    assert {record.value for record in fixed_records()} <= values


def test_one_machine_gives_the_bytes_of_the_stream(streamed, catalogue, pipeline):
    batches = pq.ParquetFile(catalogue).iter_batches(3_000)
    _same_bytes(pa.Table.from_batches([decide_batch(pipeline, b, streamed.as_of) for b in batches]), streamed.table)


@pytest.mark.spark
def test_spark_gives_the_bytes_of_the_stream(streamed, catalogue, spark, tmp_path):
    """From Parquet to Parquet, by two cores, row by row."""
    way = Way(ROOT / "models", [ROOT / "policies"], as_of=streamed.as_of)
    frame = spark.read.parquet(str(catalogue))
    decide_frame(frame, way, keep=["offset"]).write.parquet(str(tmp_path / "out"))
    table = pq.read_table(tmp_path / "out").sort_by("offset")
    assert table["offset"].to_pylist() == list(range(COUNT))
    _same_bytes(table.select(OUTCOMES.names), streamed.table)


def _same_bytes(found: pa.Table, expected: pa.Table) -> None:
    found = found.cast(OUTCOMES).combine_chunks()
    if not found.equals(expected):
        rows = zip(found.to_pylist(), expected.to_pylist(), strict=True)
        pytest.fail(f"row, found, expected: {next((at, *both) for at, both in enumerate(rows) if both[0] != both[1])}")
