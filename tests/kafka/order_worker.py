"""A worker that decides the events of `tests/engines/listing_log.py` as the model `TEST_MODEL`. Started as a process.

A run that holds the event `slow` takes `TEST_SECONDS`, and the log says when that begins: time to be paused in.
"""

import os
import sys
import time

import structlog

from stream.engines.worker import run_worker
from stream.settings import read_settings
from tests.engines.listing_log import DecidesEvents


class Slowly(DecidesEvents):
    """Decides, and takes its time where it is asked to."""

    def run(self, records, as_of):
        """Decide a run."""
        if any(record.value and b'"slow"' in record.value for record in records):
            structlog.get_logger().warning("slow")
            time.sleep(float(os.environ.get("TEST_SECONDS", "0")))
        return super().run(records, as_of)


if __name__ == "__main__":
    sys.exit(run_worker(read_settings(), Slowly(os.environ.get("TEST_MODEL", "m"))))
