"""The demo, whole: embedded broker, a real worker in its own process, traffic, and every record's outcome on the screen."""

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import suppress

import pytest

from stream.engines.demo.broker import embedded_broker
from stream.engines.demo.traffic import traffic
from tests.conftest import ROOT


def test_the_demo_shows_an_outcome_for_every_record():
    """Exit code 0 means that as many outcomes came as records were sent."""
    command = [sys.executable, "-m", "stream.cli", "demo", "--events", "80", "--rate", "80"]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=200, check=False)
    assert run.returncode == 0, run.stdout
    summary = run.stdout.strip().splitlines()[-1]
    assert summary.startswith("80 events: ")
    for word in (" allow", " block", " removed", " dead letters", " ask for review"):
        assert word in summary
    assert "close-cross-border"[:10] in run.stdout
    assert "0 block" not in summary
    assert re.search(r"^console http://127\.0\.0\.1:\d+$", run.stdout, re.MULTILINE)


def test_the_demos_page_shows_what_is_decided_and_who_waits_for_a_person_and_goes_with_it():
    command = [sys.executable, "-m", "stream.cli", "demo", "--events", "120", "--rate", "10"]
    unbuffered = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=unbuffered) as running:
        lines = iter(running.stdout.readline, "")
        address = next(line for line in lines if line.startswith("console")).split()[1]
        shown = {}
        while running.poll() is None and len(shown) < 2:
            for path, words in (("/", "close-cross-border"), ("/review", "textile_fashion")):
                with suppress(OSError), urllib.request.urlopen(address + path, timeout=10) as answer:
                    if words in (page := answer.read().decode()):
                        shown[path] = page
        running.communicate(timeout=200)
    assert set(shown) == {"/", "/review"}
    assert running.returncode == 0
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address, timeout=5)


def test_any_kafka_client_can_reach_the_embedded_broker():
    """aiokafka's side is the worker's, above; this is librdkafka's, as a process of its own."""
    script = (
        "import sys; from confluent_kafka import Producer, Consumer\n"
        "p = Producer({'bootstrap.servers': sys.argv[1]}); p.produce('t', b'v', b'k'); assert p.flush(10) == 0\n"
        "c = Consumer({'bootstrap.servers': sys.argv[1], 'group.id': 'g', 'auto.offset.reset': 'earliest'}); c.subscribe(['t'])\n"
        "m = c.poll(20); print(m.key(), m.value()); c.close()\n"
    )
    with embedded_broker() as broker:
        run = subprocess.run(
            [sys.executable, "-c", script, broker], capture_output=True, text=True, timeout=60, check=False
        )
    assert run.stdout.strip() == "b'k' b'v'", run.stderr


def test_the_traffic_has_every_cluster_both_seller_types_and_some_broken_records():
    samples = list(traffic(240))
    assert samples == list(traffic(240))
    readable = []
    for sample in samples:
        try:
            readable.append(json.loads(sample.value or b"null"))
        except ValueError:
            continue
    assert {event["seller"]["type"] for event in readable if event} == {"cross_border", "local"}
    assert 3 <= len(samples) - len(readable) <= 20
    assert any(sample.value is None for sample in samples)
    assert len({sample.title for sample in samples}) >= 65
