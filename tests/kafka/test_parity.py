"""The stream and one machine say the same: a worker's topics against the files of `keran replay`, for every oddity."""

import asyncio
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stream.catalogue.arrow import OUTCOMES
from stream.contract.instant import parse_instant
from stream.contract.outcome import Kind
from stream.engines.replay_catalogue import Deciding, Outputs, replay_catalogue
from tests.catalogue.test_arrow import batch_of
from tests.conftest import ROOT
from tests.kafka.clients import Event, build_stage, lag_of, read_all, send, until
from tests.kafka.process import KERAN, worker_process
from tests.oddities import odd_records

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

COUNT = 8_000
AS_OF = "2021-08-03T02:00:01Z"
LARGE = {"max.message.bytes": str(2 << 20)}


@pytest.fixture(scope="module")
def records():
    """As one partition of a topic holds them."""
    return [record._replace(partition=0) for record in odd_records(COUNT, seed=5)]


@pytest.fixture(scope="module", params=[1, 3], ids=["one process", "three processes"])
def on_one_machine(request, records, tmp_path_factory):
    """What one machine makes of them: rows of `OUTCOMES`, from Parquet in pieces of a thousand."""
    folder: Path = tmp_path_factory.mktemp("one-machine")
    pq.write_table(pa.Table.from_batches([batch_of(records)]), folder / "catalogue.parquet", row_group_size=1_000)
    deciding = Deciding([ROOT / "policies"], as_of=parse_instant(AS_OF))
    outputs = Outputs(str(folder / "out.parquet"))
    replay_catalogue(deciding, str(folder / "catalogue.parquet"), outputs, request.param)
    rows = pq.read_table(folder / "out.parquet").cast(OUTCOMES).to_pylist()
    assert len(rows) == COUNT
    return rows


@pytest.fixture(scope="module", params=["producer", "event"])
def on_kafka(request, kafka, records, tmp_path_factory):
    """What a worker makes of them: its order of events, the topic of listings, and what lies on `decisions` and `dead`."""

    async def play():
        stage = await build_stage(kafka.address, partitions=1, configs={"decisions": LARGE, "dead": LARGE})
        environment = {**stage.environment(), "KERAN_AS_OF": AS_OF, "KERAN_ORDER": request.param}
        with worker_process(environment, tmp_path_factory.mktemp("worker") / "log", KERAN) as worker:
            await send(kafka.address, stage.listings, [Event(record.key, record.value) for record in records])

            async def no_lag():
                return await lag_of(stage) == 0

            await until(no_lag, 100)
            assert worker.stop() == 0
        return request.param, stage.listings, *[await read_all(kafka.address, t) for t in (stage.decisions, stage.dead)]

    return asyncio.run(asyncio.wait_for(play(), 200))


def test_a_worker_publishes_the_bytes_that_one_machine_writes(on_kafka, on_one_machine):
    """Keys, values and headers, record by record. With the order of events, what is superseded is left out, and all
    that is published is still the same bytes in the same order."""
    order, listings, decisions, dead = on_kafka
    letters = [row for row in on_one_machine if row["kind"] == Kind.DEAD_LETTER]
    others = [row for row in on_one_machine if row["kind"] != Kind.DEAD_LETTER]
    assert len(letters) > 1_000
    assert len(others) > 3_000
    assert [parts(record) for record in dead] == [parts_of(row, listings) for row in letters]
    if order == "producer":
        assert [parts(record) for record in decisions] == [parts_of(row, listings) for row in others]
        return
    assert 2_000 < len(decisions) < len(others)
    left = iter([(row["key"], row["value"]) for row in others])
    assert [(r.key, r.value) for r in decisions if (r.key, r.value) not in left] == []


def parts(record):
    return record.key, record.value, list(record.headers)


def parts_of(row, listings):
    """A row as it would lie on a topic; a dead letter names the topic where the file's name stands."""
    headers = [(header["name"], header["value"]) for header in row["headers"]]
    named = {("keran-topic", b"catalogue.parquet"): ("keran-topic", listings.encode())}
    return row["key"], row["value"], [named.get(header, header) for header in headers]
