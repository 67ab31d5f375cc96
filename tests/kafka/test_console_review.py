"""Review in a browser on Apache Kafka: one key, and label and request are on their topics as one, or neither is."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import orjson
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream.contract.label import Label
from stream.engines.partitions import partitions_of
from tests.conftest import ROOT, value_with
from tests.console.conftest import browser  # noqa: F401
from tests.kafka.clients import Event, build_stage, read_all, send
from tests.kafka.process import KERAN, worker_process
from tests.kafka.test_console import run_console

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]
DOUBTFUL = value_with(listing__id="D-1", listing__title="Serbaguna unik")
PARTITIONS = 3


def apart(asked):
    """Run what needs a loop of its own in another thread: Playwright's is this one's."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, asked).result()


def until(true: Callable[[], object], seconds: float = 60):
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline
        time.sleep(0.3)
    return found


async def make_topic(address: str, name: str, configs: dict[str, str]) -> str:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, PARTITIONS, 1, topic_configs=configs)])
    finally:
        await admin.close()
    return name


@pytest.fixture
def stage(kafka):
    return apart(build_stage(kafka.address, partitions=PARTITIONS))


@pytest.fixture
def environment(stage):
    return stage.environment()


@contextmanager
def console(environment: dict[str, str]) -> Iterator[str]:
    running = run_console(environment)
    try:
        yield running.stdout.readline().split()[1]
    finally:
        running.terminate()
        running.communicate(timeout=30)


def decided(stage, environment, log, *values: bytes) -> None:
    """Let a worker decide listing events."""
    with worker_process(environment, log, KERAN) as worker:
        worker.wait_until_ready()
        events = [Event(orjson.loads(value)["listing"]["id"].encode(), value) for value in values]
        apart(send(stage.address, stage.listings, events))
        until(lambda: len(apart(read_all(stage.address, stage.decisions))) == len(values))
        assert worker.stop() == 0


def answered(page, address: str, key: str = "1") -> None:
    """Press one key as soon as the page shows a listing."""
    page.goto(address + "/review")
    until(lambda: page.locator("#answering").count() or (page.reload() and False))
    page.keyboard.press(key)
    page.wait_for_selector("[role=status], [role=alert]", timeout=60_000)
    # Keys are heard from when the page is whole.
    page.wait_for_load_state()


def test_one_key_puts_the_label_and_the_request_on_their_topics(stage, environment, tmp_path, request):
    decided(stage, environment, tmp_path / "worker.log", DOUBTFUL)
    page = request.getfixturevalue("browser").new_page()
    with console(environment) as address:
        answered(page, address)
        assert "You said" in page.inner_text("main")
        page.keyboard.press("u")
        page.wait_for_url("**/review?listing=D-1")
    page.close()
    labels, requests = (apart(read_all(stage.address, t)) for t in (stage.labels, stage.redecide))
    said = [Label.model_validate_json(record.value) for record in labels]
    assert [(each.cluster, each.withdrawn, each.title) for each in said] == [
        ("craft", False, "Serbaguna unik"),
        ("craft", True, "Serbaguna unik"),
    ]
    assert [record.value for record in requests] == [DOUBTFUL, DOUBTFUL]
    assert [dict(record.headers) for record in requests] == [{"keran-label": each.label_id.encode()} for each in said]
    (partition,) = partitions_of([b"D-1"], PARTITIONS)
    assert {(record.key, record.partition) for record in [*labels, *requests]} == {(b"D-1", partition)}


def export(environment: dict[str, str]) -> list[dict]:
    """Give the rows that `keran labels export` writes."""
    command = [sys.executable, "-m", "stream.cli", "labels", "export", "topic", "--output", "-"]
    run = subprocess.run(command, env={"PATH": "/usr/bin:/bin", **environment}, cwd=ROOT, capture_output=True, timeout=60)  # fmt: skip
    assert run.returncode == 0, run.stderr
    return [orjson.loads(line) for line in run.stdout.splitlines()]


def test_an_answer_is_decided_by_and_taken_back(stage, environment, tmp_path, request):
    """Worker, console and browser at once: the label decides, its entry on `reviews` goes, the page shows the decision;
    taken back, the model decides again, the person is asked again and nothing is to be learnt from it.
    """
    page = request.getfixturevalue("browser").new_page()
    with worker_process(environment, tmp_path / "worker.log", KERAN) as worker, console(environment) as address:
        worker.wait_until_ready()
        apart(send(stage.address, stage.listings, [Event(b"D-1", DOUBTFUL)]))
        answered(page, address, key="4")
        until(lambda: "label:" in last(stage.address, stage.decisions)["classification"]["model"])
        until(lambda: apart(read_all(stage.address, stage.reviews))[-1].value is None)
        said = last(stage.address, stage.decisions)
        assert (said["classification"]["cluster"], said["decision"]) == ("textile_fashion", "block")
        page.goto(f"{address}/listing?id=D-1")
        until(lambda: said["classification"]["model"] in page.inner_text("main") or (page.reload() and False))
        page.goto(address + "/review")
        assert page.locator("#answering").count() == 0
        page.keyboard.press("u")
        until(lambda: "label:" not in last(stage.address, stage.decisions)["classification"]["model"])
        until(lambda: apart(read_all(stage.address, stage.reviews))[-1].value is not None)
        assert export(environment) == []
        answered(page, address, key="3")
        until(lambda: last(stage.address, stage.decisions)["classification"]["cluster"] == "other")
    page.close()


def last(address: str, topic: str) -> dict:
    """Give the last decision of a topic that holds one listing."""
    return orjson.loads(apart(read_all(address, topic))[-1].value)


def test_where_the_request_is_refused_there_is_no_label_either(stage, environment, tmp_path, request):
    """The topic of requests takes no record of this size: the page says so, and the transaction leaves nothing."""
    decided(stage, environment, tmp_path / "worker.log", DOUBTFUL)
    small = apart(make_topic(stage.address, f"{stage.listings}.small", {"max.message.bytes": "100"}))
    page = request.getfixturevalue("browser").new_page()
    with console(environment | {"KERAN_TOPIC_REDECIDE": small}) as address:
        answered(page, address)
        assert "The brokers did not take it" in page.inner_text("[role=alert]")
        assert page.input_value("#answering [name=listing]") == "D-1"
    page.close()
    assert apart(read_all(stage.address, stage.labels)) == []


def test_an_event_that_the_console_did_not_read_is_found_on_its_topic(stage, environment):
    """Also where many others came after it; what is not there is not found, and the search ends."""
    from stream.engines.label_publisher import LabelPublisher
    from stream.settings import Settings

    others = [Event(b"L-%d" % n, b"{}") for n in range(60_000)]
    events = [Event(b"D-1", b"old"), Event(b"D-1", DOUBTFUL), *others]
    apart(send(stage.address, stage.listings, events))
    publisher = LabelPublisher(Settings(broker=stage.address, topic_listings=stage.listings))
    try:
        assert publisher.newest("D-1") == DOUBTFUL
        assert publisher.newest("nowhere") is None
    finally:
        publisher.close()
