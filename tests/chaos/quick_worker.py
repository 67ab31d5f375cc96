"""The worker as shipped, but missed after six seconds instead of twenty, so that a test waits less for what a kill takes.

Started as a process: `python -m tests.chaos.quick_worker`.
"""

import sys

from stream.compose import load
from stream.engines import worker

SESSION_SECONDS = 6.0

if __name__ == "__main__":
    worker.SESSION_SECONDS = SESSION_SECONDS
    sys.exit(worker.run_worker(*load()))
