"""`keran demo`: embedded broker, a real worker and the web page in processes of their own, sample traffic, and the
outcomes as they come.

Everything ends with it; in a terminal it stays for the page until somebody presses Enter.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
    with embedded_broker() as broker, _process(broker, "worker") as (worker, log), _page(broker) as page:
        console.print(f"broker  {broker}, for any Kafka client on this machine while this runs", highlight=False)
        console.print(f"worker  process {worker.pid}, its log in {log}", highlight=False)
        console.print(f"console {page}", highlight=False)
        board = _watch(broker, events, rate, worker, console)
        if board.outcomes >= events and sys.stdin.isatty() and console.is_terminal:
            _stay(page, console)
    if board.outcomes < events:
        console.print(
            f"[red]{events - board.outcomes} of {events} outcomes never came[/]; the end of the worker's log:"
        )
        console.print("".join(Path(log).read_text().splitlines(keepends=True)[-15:]), markup=False)
        return 1
    return 0


@contextmanager
def _process(broker: str, *command: str, heard: bool = False) -> Iterator[tuple[subprocess.Popen, str]]:
    """Run a command of Keran's against the broker as long as the context lasts; gives it and its log.

    What it says on standard output can be `heard`, or is in the log.
    """
    environment = {**os.environ, "KERAN_BROKER": broker, "KERAN_GROUP": "keran-demo", "KERAN_HTTP_PORT": "0"}
    run = [sys.executable, "-m", "stream.cli", *command]
    with tempfile.NamedTemporaryFile("wb", prefix="keran-demo-", suffix=".log", delete=False) as log:
        running = subprocess.Popen(run, env=environment, stdout=subprocess.PIPE if heard else log, stderr=log)
    try:
        yield running, log.name
    finally:
        running.terminate()
        try:
            running.communicate(timeout=15)
        except subprocess.TimeoutExpired:
            running.kill()
            running.communicate()


@contextmanager
def _page(broker: str) -> Iterator[str]:
    """Serve the web page as long as the context lasts; gives its address, or why there is none."""
    with _process(broker, "console", "--demo", "--port", "0", heard=True) as (page, log):
        said = page.stdout.readline().decode().split()
        yield said[1] if len(said) == 2 else f"did not start: {_first_line(log)}"


def _first_line(log: str) -> str:
    return next(iter(Path(log).read_text(errors="replace").splitlines()), f"see {log}")


def _stay(page: str, console: Console) -> None:
    console.print(f"The page stays at {page} until you press Enter.", highlight=False)
    with suppress(KeyboardInterrupt):
        sys.stdin.readline()


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
