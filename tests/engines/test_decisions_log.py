"""What a topic of decisions must keep, and how it is told where it does not. Reading it back is for Apache Kafka to show."""

import asyncio
import socket

import pytest

from stream.engines.before_start import check_brokers
from stream.engines.decisions_log import forgetting
from stream.problems import BadSetup
from stream.settings import Settings

DAYS = 86_400_000


@pytest.mark.parametrize(
    "configs",
    [
        {"cleanup.policy": "compact", "delete.retention.ms": str(30 * DAYS)},
        {"cleanup.policy": "compact", "delete.retention.ms": str(365 * DAYS)},
        {},
    ],
)
def test_a_topic_that_remembers_or_does_not_tell_is_taken(configs):
    assert forgetting("decisions", configs, 30) == []


def test_a_topic_that_forgets_is_told_whole():
    """Both deletes count: `compact,delete` keeps the last decision of a listing only until its retention."""
    told = forgetting("decisions", {"cleanup.policy": "compact,delete", "delete.retention.ms": str(DAYS)}, 30)
    assert [str(problem) for problem in told] == [
        "error: `decisions` is not compacted but `compact,delete`\n"
        "  --> environment, `KERAN_TOPIC_DECISIONS`\n"
        "  hint: set its `cleanup.policy` to `compact`: what it deletes, workers forget; or set `KERAN_ORDER=producer`",
        "error: `decisions` keeps removals for 86400000 ms, `KERAN_REMOVAL_RETENTION` of 30 days is 2592000000\n"
        "  --> environment, `KERAN_TOPIC_DECISIONS`\n"
        "  hint: set its `delete.retention.ms` to 2592000000 or more, or lower `KERAN_REMOVAL_RETENTION`",
    ]


@pytest.mark.parametrize("order", ["event", "producer"])
def test_no_broker_is_bad_setup(order):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings = Settings(broker=f"127.0.0.1:{free.getsockname()[1]}", order=order)
        with pytest.raises(BadSetup, match="no broker lets us in at"):
            asyncio.run(check_brokers(settings))
