"""A broker for the demo: librdkafka's mock cluster, which speaks the Kafka protocol on a loopback port of this process.

Any Kafka client on this machine can reach it while it runs. It keeps about the last 5 MB of a partition and forgets
everything when it ends; `docs/why/003-demo-broker.md` says why it was chosen.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import Producer


@contextmanager
def embedded_broker() -> Iterator[str]:
    """Run a one-broker cluster as long as the context lasts; gives its `host:port`. Topics appear when first used."""
    # `bootstrap.servers` must be there and is not used: the client that hosts the cluster is its own first client.
    host = Producer({"bootstrap.servers": "embedded", "test.mock.num.brokers": 1, "log_level": 0})
    (broker,) = host.list_topics(timeout=10).brokers.values()
    yield f"{broker.host}:{broker.port}"
    host.flush(1)
