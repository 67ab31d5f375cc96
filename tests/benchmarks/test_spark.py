"""The benchmark of Spark: what it measures is what it says, and what it holds fails when it stops holding."""

import pyarrow.parquet as pq

from benchmarks.spark import Cost, _figures, _written
from stream.catalogue.arrow import decide_batch
from stream.compose import load


def test_the_ratio_is_the_median_of_rounds_by_cpu_time():
    """A slow round, and a busy clock, change nothing."""
    pairs = [(Cost(1.0, 9.0), Cost(1.5, 9.0)), (Cost(2.0, 2.0), Cost(3.0, 1.0)), (Cost(1.0, 1.0), Cost(9.0, 1.0))]
    figures = _figures(pairs, 3_000, 2)
    assert (figures["times"], figures["spark_seconds"]) == (1.5, 1.0)
    assert (figures["machine_listings_a_cpu_second"], figures["spark_listings_a_cpu_second"]) == (3_000, 1_000)


def test_every_listing_of_the_file_is_its_own_and_is_decided(tmp_path):
    table = pq.read_table(_written(tmp_path, 500))
    assert len(set(table["key"].to_pylist())) == 500
    (batch,) = table.combine_chunks().to_batches()
    decided = decide_batch(load()[1], batch, None)
    assert decided.column("kind").to_pylist() == ["decision"] * 500
    assert decided.column("key").to_pylist() == table["key"].to_pylist()
