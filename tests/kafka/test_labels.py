"""`keran labels` on Apache Kafka: the topic is read to its end, what is committed alone, and nothing is left behind."""

import asyncio
import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.kafka.clients import Event, build_stage, send, send_in_transaction
from tests.labels.making import given

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]


def keran_labels(stage, topic, *arguments):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KERAN_")}
    return subprocess.run(
        [sys.executable, "-m", "stream.cli", "labels", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**clean, "KERAN_BROKER": stage.address, "KERAN_TOPIC_LABELS": topic},
        check=False,
        timeout=120,
    )


def title_of(listing: str) -> str:
    """A word for each listing: digits would be amounts, which titles of one cluster may differ in."""
    return "mug " + "".join(("ba", "be", "bi", "bo", "bu", "da", "de", "di", "do", "du")[int(d)] for d in listing[2:])


def answer(label_id, listing, cluster="other", key=None, **others):
    value = json.dumps(given(label_id, cluster, listing_id=listing, title=title_of(listing), **others)).encode()
    return Event(key or listing.encode(), value)


def test_the_topic_gives_the_rows_of_its_answers(kafka):
    """Two hundred answers over four partitions, one corrected, one withdrawn, one wiped; broken records are told."""
    stage = asyncio.run(build_stage(kafka.address))
    events = [answer(f"LB-{n}", f"L-{n}") for n in range(200)]
    events += [
        answer("LB-200", "L-7", "craft", day=2),
        answer("LB-8", "L-8", day=2, withdrawn=True),
        Event(b"L-9", None),
        Event(b"L-10", b"{"),
        answer("LB-201", "L-11", "craft", b"L-12", day=3),
    ]
    asyncio.run(send(kafka.address, stage.reviews, events))
    aborted = [answer("LB-300", "L-13", "craft", day=4)]
    asyncio.run(send_in_transaction(kafka.address, stage.reviews, aborted, commit=False))
    run = keran_labels(stage, stage.reviews, "export", "topic", "--output", "-")
    assert run.returncode == 0, run.stderr
    rows = {row["title"]: row["cluster"] for row in map(json.loads, run.stdout.splitlines())}
    assert {title for title, cluster in rows.items() if cluster == "craft"} == {title_of("L-7")}
    assert run.stderr.splitlines()[-1] == "201 labels, 2 bad labels, 198 listings, 198 rows, 0 disagreements"
    assert f"bad label left out: {stage.reviews}:" in run.stderr


def test_no_topic_is_bad_setup(kafka):
    stage = asyncio.run(build_stage(kafka.address))
    run = keran_labels(stage, "nowhere", "show", "topic")
    assert (run.returncode, run.stderr) == (
        2,
        "error: no topic `nowhere` on the brokers\n"
        "  --> environment, `KERAN_TOPIC_LABELS`\n"
        "  hint: create it, compacted, or let this user see it; or name a file of labels\n",
    )
