"""`keran demo`: embedded broker, a real worker in its own process, sample traffic, and the outcomes as they come."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from confluent_kafka import Consumer, Message, Producer
from rich.console import Console
from rich.live import Live

from stream.engines.demo.broker import embedded_broker
from stream.engines.demo.show import Board, Row
from stream.engines.demo.traffic import Sample, traffic

LISTINGS, DECISIONS, DEAD = "listings", "decisions", "listings.dead"
# A cold start compiles the classifier, which takes some ten seconds on a slow machine; then a group needs a few to
# form.
PATIENCE_SECONDS = 90.0


def demo(events: int, rate: float, console: Console) -> int:
    """Run the demo; returns 0 when every record came to its outcome, 1 when the worker stopped or some outcome never
    came.
    """
    with embedded_broker() as broker, _worker(broker) as (worker, log):
        console.print(f"broker  {broker}, for any Kafka client on this machine while this runs", highlight=False)
        console.print(f"worker  process {worker.pid}, its log in {log}", highlight=False)
        board = _watch(broker, events, rate, worker, console)
    if board.outcomes < events:
        console.print(
            f"[red]{events - board.outcomes} of {events} outcomes never came[/]; the end of the worker's log:"
        )
        console.print("".join(Path(log).read_text().splitlines(keepends=True)[-15:]), markup=False)
        return 1
    return 0


@contextmanager
def _worker(broker: str) -> Iterator[tuple[subprocess.Popen, str]]:
    environment = {**os.environ, "KERAN_BROKER": broker, "KERAN_GROUP": "keran-demo", "KERAN_HTTP_PORT": "0"}
    with tempfile.NamedTemporaryFile("wb", prefix="keran-demo-", suffix=".log", delete=False) as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "stream.cli", "worker"], env=environment, stdout=log, stderr=log
        )
    try:
        yield worker, log.name
    finally:
        worker.terminate()
        try:
            worker.wait(15)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


def _watch(broker: str, events: int, rate: float, worker: subprocess.Popen, console: Console) -> Board:
    producer = Producer({"bootstrap.servers": broker, "partitioner": "murmur2_random"})
    consumer = Consumer(
        {"bootstrap.servers": broker, "group.id": "keran-demo-watch", "auto.offset.reset": "earliest", "log_level": 0}
    )
    consumer.subscribe([DECISIONS, DEAD])
    samples, sent, titles, board = traffic(events), 0, {}, Board()
    started = heard = time.monotonic()
    with Live(board.render(), console=console, refresh_per_second=8, transient=False) as live:
        while board.outcomes < events and worker.poll() is None and time.monotonic() - heard < PATIENCE_SECONDS:
            while sent < events and sent < (time.monotonic() - started) * rate:
                sent += 1
                _produce(producer, next(samples), titles)
            producer.poll(0)
            for message in consumer.consume(100, timeout=0.1):
                if message.error() is None:
                    heard = time.monotonic()
                    board.add(*_row(message, titles))
            live.update(board.render())
    consumer.close()
    return board


def _produce(producer: Producer, sample: Sample, titles: dict[bytes, str]) -> None:
    # A decision does not repeat the title, so the watcher remembers which record had which.
    if sample.key is not None:
        titles[sample.key] = sample.title
    producer.produce(LISTINGS, key=sample.key, value=sample.value)


def _row(message: Message, titles: dict[bytes, str]) -> tuple[Row, bool]:
    key = message.key()
    if message.topic() == DEAD:
        reason = dict(message.headers())["keran-reason"].decode()
        return Row(repr(message.value())[2:60], "", "", "", "dead letter", reason), False
    if message.value() is None:
        return Row(f"(removed {key.decode()})", "", "", "", "removed", ""), False
    decision = orjson.loads(message.value())
    declared, classification = decision["origin"]["declared"], decision["classification"]
    seller = f"{declared['seller_type'].removesuffix('_border')} {declared['country'] or '?'}"
    score = f"{classification['scores'][classification['cluster']]:.2f}"
    rules = ", ".join(reason["rule"] for reason in decision["reasons"]) or "-"
    cluster = classification["cluster"] + ("?" if classification["abstained"] else "")
    return Row(titles.get(key, ""), seller, cluster, score, decision["decision"], rules), decision["review"]
