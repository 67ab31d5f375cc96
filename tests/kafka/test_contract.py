"""The wire on Apache Kafka, with the real worker: what is broken is a dead letter, its neighbours are decided, as a replay would."""

import asyncio
import json

import pytest

from stream.contract.instant import parse_instant
from stream.engines.replay import replay
from tests.conftest import event_with, value_with
from tests.kafka.clients import Event, build_stage, lag_of, read_all, send, until
from tests.kafka.process import KERAN, worker_process

pytestmark = pytest.mark.kafka

AS_OF = "2021-08-03T02:00:01Z"
RECORD_BYTES = 1_048_576
HEADERS = (("trace", b"00-1"), ("odd", b"\xff"))


def ignored(text: bytes) -> bytes:
    return value_with()[:-1] + b', "ignored": ' + text + b"}"


# What is broken, under which key, and a part of the reason that must come with it.
BROKEN = {
    "not JSON": (b"L-1", b"{tas}", "`$`"),
    "not UTF-8": (b"L-1", value_with().replace(b"Gamis", b"Gam\xffs"), "`$.listing.title`"),
    "a wrong type": (b"L-1", value_with(listing__title=["tas"]), "`$.listing.title`"),
    "a missing field": (b"L-1", json.dumps({k: v for k, v in event_with().items() if k != "seller"}).encode(), "`$.seller`"),
    "an empty value": (b"L-1", b"", "`$`"),
    "a foreign key": (b"L-2", value_with(), "`key`"),
    "deep nesting": (b"L-1", ignored(b"[" * 5_000 + b"]" * 5_000), "`$.ignored[0]"),
    "NaN in an ignored field": (b"L-1", ignored(b'{"x": NaN}'), "`$.ignored.x`"),
    "a huge number": (b"L-1", ignored(b"1e999"), "`$.ignored`"),
    "a huge revision": (b"L-1", value_with(listing__revision=10**30), "`$.listing.revision`"),
    "an unpaired surrogate": (b"L-1", value_with().replace(b"Gamis", rb"Gam\ud800s"), "`$.listing.title`"),
    "a time without offset": (b"L-1", value_with(occurred_at="2021-08-03T09:00:00"), "`$.occurred_at`"),
    "as large as the topic allows": (b"L-1", b"\xff" * (RECORD_BYTES - 300), "`$`"),
    "neither key nor value": (None, None, "`key`"),
}  # fmt: skip


async def _play(address, stage, events, log):
    with worker_process({**stage.environment(), "KERAN_AS_OF": AS_OF}, log, KERAN) as worker:
        await send(address, stage.listings, events)

        async def no_lag():
            return await lag_of(stage) == 0

        await until(no_lag, 60)
        assert worker.stop() == 0
    return await read_all(address, stage.decisions), await read_all(address, stage.dead)


def test_broken_input_is_a_dead_letter_and_its_neighbours_are_decided(kafka, tmp_path):
    """Original key, bytes and headers, a reason that names the field; a neighbour before and behind each is decided."""

    async def scenario():
        large = {"max.message.bytes": str(2 * RECORD_BYTES)}
        stage = await build_stage(kafka.address, partitions=1, configs={"dead": large})
        events = [Event(b"N-first", value_with(listing__id="N-first"))]
        for name, (key, value, _) in BROKEN.items():
            neighbour = f"N-{name}"
            events += [Event(key, value, HEADERS), Event(neighbour.encode(), value_with(listing__id=neighbour))]
        decisions, dead = await _play(kafka.address, stage, events, tmp_path / "log")
        assert [d.key.decode() for d in decisions] == ["N-first", *(f"N-{name}" for name in BROKEN)]
        assert [(d.key, d.value) for d in dead] == [(key, value) for key, value, _ in BROKEN.values()]
        for letter, (name, (_, _, place)) in zip(dead, BROKEN.items(), strict=True):
            assert letter.headers[: len(HEADERS)] == HEADERS, name
            ours = {header: value.decode() for header, value in letter.headers[len(HEADERS) :]}
            assert place in ours["keran-reason"], name
            assert ours["keran-topic"] == stage.listings
            assert (events[int(ours["keran-offset"])].key, ours["keran-time"]) == (letter.key, AS_OF), name

    asyncio.run(asyncio.wait_for(scenario(), 150))


def test_what_only_compression_made_small_is_a_dead_letter_with_all_its_bytes(kafka, tmp_path):
    """Five megabytes in a record of five kilobytes, larger than any topic takes as they are; its neighbour is decided."""

    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        large = Event(b"L-1", b"[ " * (5 * RECORD_BYTES // 2), HEADERS)
        await send(kafka.address, stage.listings, [large], compression="gzip")
        decisions, dead = await _play(kafka.address, stage, [Event(b"L-1", value_with())], tmp_path / "log")
        assert [d.key for d in decisions] == [b"L-1"]
        assert [(d.key, d.value, d.headers[: len(HEADERS)]) for d in dead] == [(large.key, large.value, HEADERS)]

    asyncio.run(asyncio.wait_for(scenario(), 150))


def test_a_null_key_is_decided_and_a_null_value_is_a_tombstone(kafka, tmp_path):
    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        removal = value_with(listing__id="L-3", event_type="listing.removed")
        events = [Event(None, value_with()), Event(b"L-2", None), Event(b"L-3", removal)]
        decisions, dead = await _play(kafka.address, stage, events, tmp_path / "log")
        assert dead == []
        assert [d.key for d in decisions] == [b"L-1", b"L-2", b"L-3"]
        assert [d.value is None for d in decisions] == [False, True, True]
        assert dict(decisions[2].headers)["keran-revision"] == b"7"
        assert dict(decisions[2].headers)["keran-event-id"] == json.loads(removal)["event_id"].encode()

    asyncio.run(asyncio.wait_for(scenario(), 150))


def test_the_worker_publishes_the_bytes_that_a_replay_writes(kafka, tmp_path, pipeline):
    """Promise 3, across engines: the same events, model, policies and `as_of`."""
    lines = [
        value_with(listing__id=f"L-{n}", listing__title=f"{word} {n}")
        for n in range(300)
        for word in ("kopi", "batik", "casing hp")
    ]

    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        events = [Event(json.loads(line)["listing"]["id"].encode(), line) for line in lines]
        return (await _play(kafka.address, stage, events, tmp_path / "log"))[0]

    decisions = asyncio.run(asyncio.wait_for(scenario(), 150))
    source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b"\n".join(lines) + b"\n")
    replay(pipeline, str(source), str(output), as_of=parse_instant(AS_OF))
    assert [decision.value for decision in decisions] == output.read_bytes().splitlines()
