"""Three brokers for all scenarios of this folder, and one alone. Not to be had: skip on a laptop, fail in CI."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.chaos.cluster import Cluster, running_cluster
from tests.kafka.broker import skip_without_jars


@pytest.fixture(scope="module")
def three_brokers() -> Iterator[Cluster]:
    with _cluster_or_skip(3) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def one_broker() -> Iterator[Cluster]:
    with _cluster_or_skip(1) as cluster:
        yield cluster


@contextmanager
def _cluster_or_skip(count: int) -> Iterator[Cluster]:
    skip_without_jars()
    with running_cluster(count) as cluster:
        yield cluster
