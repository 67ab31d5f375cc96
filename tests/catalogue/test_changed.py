"""The rows for analysts: every changed listing, typed, in the catalogue's order, on however many processes."""

import io
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stream.catalogue.changed import CHANGED, changed_batch
from stream.contract.record import FileRecord
from stream.engines.diff import changes_in
from stream.engines.impact import Compared, Counting, impact, in_files
from stream.pipeline import classify_run
from tests.changes.making import EVENTS, NEW, OLD, line, sides_of

PRICE = {"price": {"amount": "159000.500000000001", "currency": "IDR"}}
LINES = [*EVENTS.read_bytes().splitlines(), *(line(n, listing=PRICE) for n in range(20, 60))]


def test_a_row_says_what_its_change_says(pipeline):
    sides = sides_of(pipeline)
    changes = changes_in(sides, classify_run(sides.model, list(map(FileRecord, LINES))))
    rows = changed_batch(changes).to_pylist()
    changed = [change for change in changes if change.comparison.effect != "unchanged"]
    assert len(rows) == len(changed) < len(changes)
    for row, change in zip(rows, changed, strict=True):
        event, comparison = change.event, change.comparison
        assert (row["listing_id"], row["event_id"]) == (event.listing.id, event.event_id)
        assert (row["seller_id"], row["seller_type"]) == (event.seller.id, event.seller.type)
        assert (row["effect"], row["cluster_after"]) == (comparison.effect.value, change.cluster_after)
        assert (row["decision_before"], row["decision_after"]) == (
            comparison.before.decision,
            comparison.after.decision,
        )
        assert [rule.split("/")[2] for rule in row["rules_after"]] == [r["rule"] for r in comparison.after.reasons]
    assert rows[-1]["amount"] == Decimal("159000.500000000001")
    assert rows[0]["amount"] is None


def test_the_largest_and_the_smallest_price_of_the_contract_are_told_exactly(pipeline):
    amounts = ["9" * 24, "0.000000000001"]
    lines = [line(n, listing={"price": {"amount": a, "currency": "IDR"}}) for n, a in enumerate(amounts)]
    sides = sides_of(pipeline)
    changes = changes_in(sides, classify_run(sides.model, list(map(FileRecord, lines))))
    assert changed_batch(changes).column("amount").to_pylist() == list(map(Decimal, amounts))


@pytest.mark.parametrize("processes", [1, 2])
def test_the_file_is_the_same_rows_in_the_same_order(pipeline, tmp_path, processes):
    catalogue, held = tmp_path / "catalogue.parquet", io.BytesIO()
    pq.write_table(pa.table({"value": pa.array(LINES, pa.binary())}), catalogue, row_group_size=7)
    tally = impact(Compared([OLD], [NEW]), in_files(str(catalogue)), processes, Counting(samples=4), held)
    table = pq.read_table(io.BytesIO(held.getvalue()))
    sides = sides_of(pipeline)
    changes = changes_in(sides, classify_run(sides.model, list(map(FileRecord, LINES))))
    assert table.schema == CHANGED
    assert table.to_pylist() == changed_batch(changes).to_pylist()
    assert table.num_rows == sum(tally.sorts.values())
    assert len(tally.sample.drawn) == 4
