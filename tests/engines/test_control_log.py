"""The control topic where it cannot be reached: told as bad setup, word for word. The rest is for Apache Kafka to show."""

import asyncio
import socket

import pytest

from stream.engines.control_log import ControlLog
from stream.problems import BadSetup


def told(step) -> str:
    """What is told where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        log = ControlLog("control", {"bootstrap_servers": [address], "client_id": "test"})
        with pytest.raises(BadSetup) as bad:
            asyncio.run(step(log))
    return str(bad.value).replace(address, "ADDRESS").split(": KafkaConnectionError", 1)[0]


@pytest.mark.parametrize(
    "step", [ControlLog.read, ControlLog.check_compacted, lambda log: log.write(b"live", None)], ids=["read", "check", "write"]
)  # fmt: skip
def test_no_broker_is_told_and_no_traceback(step):
    assert told(step) == "error: no broker lets us in at `ADDRESS`"
