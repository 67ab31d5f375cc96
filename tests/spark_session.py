"""Spark in local mode for the tests. Not to be had: skip on a laptop, fail in CI."""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import NoReturn

import pytest

from tests.kafka.broker import must_not_skip


@contextmanager
def running_spark(folder: Path) -> Iterator:
    """A session of two cores, whose Python workers are this Python."""
    must_have_spark()
    os.environ["PYSPARK_PYTHON"] = sys.executable
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # py4j leaves sockets to the garbage collector
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]").appName("keran-tests")
        for name, value in settings_of(folder).items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()


def settings_of(folder: Path) -> dict[str, str]:
    """No page, no address but this machine's, nothing written outside the folder."""
    return {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": str(folder / "local"),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.showConsoleProgress": "false",
    }


def must_have_spark() -> None:
    """Skip, or fail in CI, where Spark cannot run."""
    if find_spec("pyspark") is None:
        _skip_or_fail("Spark tests need pyspark: `make .venv/spark.stamp`, or pip install 'keran[spark]'")
    if which("java") is None and "JAVA_HOME" not in os.environ:
        _skip_or_fail("Spark tests need Java 17 or newer")


def _skip_or_fail(reason: str) -> NoReturn:
    (pytest.fail if must_not_skip() else pytest.skip)(reason)
