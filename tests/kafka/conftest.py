"""One Apache Kafka for the whole session of tests. Not to be had: skip on a laptop, fail in CI."""

from collections.abc import Iterator

import pytest

from tests.kafka.broker import Kafka, NoKafka, running_kafka, skip_or_fail


@pytest.fixture(scope="session")
def kafka() -> Iterator[Kafka]:
    yield from _running(strict=False)


@pytest.fixture(scope="module")
def strict_kafka() -> Iterator[Kafka]:
    """One whose user may do nothing that was not granted."""
    yield from _running(strict=True)


def _running(*, strict: bool) -> Iterator[Kafka]:
    broker = running_kafka(strict=strict)
    try:
        running = broker.__enter__()
    except NoKafka as reason:
        skip_or_fail(reason)
    try:
        yield running
    finally:
        broker.__exit__(None, None, None)
