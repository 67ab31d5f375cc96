"""Files as the topic would hold them: each record on its listing's partition, in order, with its bytes, and none lost."""

import asyncio
import os

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from aiokafka.partitioner import DefaultPartitioner

from stream.catalogue.files import digest_of_files
from stream.engines.catalogue_split import RUN_ROWS, split_catalogue
from stream.problems import BadSetup
from tests.conftest import value_with

PARTITIONS = 3
COUNT = 3 * PARTITIONS * RUN_ROWS // 2


def values(count=COUNT):
    base = value_with(listing__id="L-NUMBER")
    return [base.replace(b"L-NUMBER", b"L-%d" % (n % (count - 9))) for n in range(count)]


def read(catalogue):
    async def all_of(partition):
        return [run async for run in catalogue.records(partition, catalogue.ends[partition])]

    return {partition: asyncio.run(all_of(partition)) for partition in catalogue.ends}


def home(listing):
    return DefaultPartitioner()(listing, list(range(PARTITIONS)), list(range(PARTITIONS)))


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "both"])
def test_every_record_is_on_the_partition_that_kafka_s_clients_choose(tmp_path, kind):
    """In the order of the files, numbered without a gap, in runs that are worth deciding at once."""
    written = values()
    halves = {"jsonl": (COUNT, 0), "parquet": (0, COUNT), "both": (COUNT // 2, COUNT - COUNT // 2)}[kind]
    lines, table = tmp_path / "a.jsonl", tmp_path / "b.parquet"
    lines.write_bytes(b"".join(value + b"\n" for value in written[: halves[0]]))
    pq.write_table(pa.table({"value": pa.array(written[halves[0] :], pa.binary())}), table)
    with split_catalogue([lines, table], PARTITIONS) as catalogue:
        found = read(catalogue)
        assert list(catalogue.begins.values()) == [0] * PARTITIONS
    for partition, runs in found.items():
        records = [record for run in runs for record in run]
        expected = [v for v in written if home(orjson.loads(v)["listing"]["id"].encode()) == partition]
        assert [record.value for record in records] == expected
        assert [record.offset for record in records] == list(range(catalogue.ends[partition]))
        assert all(len(run) >= RUN_ROWS for run in runs[:-1])
    assert sum(catalogue.ends.values()) == COUNT


def test_removals_and_what_cannot_be_read_are_kept_too(tmp_path):
    """They count in the sweep's words; a removal with its listing, a key of its own where there is one."""
    removal = value_with(event_type="listing.removed", listing__id="L-2")
    rows = [(b"L-1", None), (None, removal), (b"L-3", b"{"), (None, b"\xff"), (b"L-4", value_with(listing__id="L-4"))]
    keys, told = zip(*rows, strict=True)
    pq.write_table(
        pa.table({"key": pa.array(keys, pa.binary()), "value": pa.array(told, pa.binary())}), tmp_path / "c.parquet"
    )
    with split_catalogue([tmp_path / "c.parquet"], PARTITIONS) as catalogue:
        found = {(p, r.key, r.value) for p, runs in read(catalogue).items() for run in runs for r in run}
    homes = map(home, (b"L-1", b"L-2", b"L-3", b"", b"L-4"))
    assert found == {(place, *row) for place, row in zip(homes, rows, strict=True)}


def test_nothing_is_left_behind_and_a_disk_without_room_is_bad_setup(tmp_path, monkeypatch):
    (tmp_path / "a.jsonl").write_bytes(value_with() + b"\n")
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(room))
    with split_catalogue([tmp_path / "a.jsonl"], 1) as catalogue:
        assert catalogue.ends == {0: 1}
    assert list(room.iterdir()) == []

    def full(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("stream.engines.catalogue_split.pa.ipc.new_stream", full)
    with pytest.raises(BadSetup) as bad, split_catalogue([tmp_path / "a.jsonl"], 1):
        pass
    assert str(bad.value) == (
        f"error: the catalogue cannot be split: No space left on device\n  --> {room}\n"
        "  hint: it needs room for a copy of what the files hold; name another folder with `TMPDIR`"
    )


def test_another_content_has_another_digest_and_another_name_does_not(tmp_path):
    for name, text in (("a", b"1\n"), ("b", b"1\n"), ("c", b"2\n")):
        (tmp_path / f"{name}.jsonl").write_bytes(text)
    a, b, c = (digest_of_files([tmp_path / f"{name}.jsonl"]) for name in "abc")
    assert a == b != c
    assert digest_of_files([tmp_path / "a.jsonl", tmp_path / "c.jsonl"]) not in (a, c)
