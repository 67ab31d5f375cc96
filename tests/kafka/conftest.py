"""One Apache Kafka for the whole session of tests. Not to be had: skip on a laptop, fail in CI."""

from collections.abc import Iterator

import pytest

from tests.kafka.broker import Kafka, NoKafka, must_not_skip, running_kafka


@pytest.fixture(scope="session")
def kafka() -> Iterator[Kafka]:
    broker = running_kafka()
    try:
        running = broker.__enter__()
    except NoKafka as reason:
        if must_not_skip():
            pytest.fail(str(reason))
        pytest.skip(str(reason))
    try:
        yield running
    finally:
        broker.__exit__(None, None, None)
