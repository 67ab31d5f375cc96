"""A long play by one command: `python -m tests.chaos.long --events 10_000_000 --minutes 60 --seed 7`.

Three brokers, workers as shipped, every fault in turn on two tracks side by side; a report at the end, and exit code 1 where a law was
broken. Everything follows from the seed but the clock of the machine.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
from pathlib import Path

from tests.chaos.cluster import running_cluster
from tests.chaos.faults import BROKER_FAULTS, WORKER_FAULTS, schedule
from tests.chaos.play import Plot, play
from tests.chaos.report import write_report
from tests.kafka.process import KERAN

# The worker's own, which the others wait for before they take over from one that is gone.
SESSION_SECONDS = 20.0


def main() -> int:
    """Play, report; give the exit code."""
    asked = _parse()
    seconds = asked.minutes * 60
    plot = Plot(
        asked.seed,
        asked.events,
        seconds,
        [
            schedule(asked.seed, seconds, sorted(WORKER_FAULTS), calm=8),
            schedule(asked.seed + 1, seconds, sorted(BROKER_FAULTS), calm=8),
        ],
        workers=asked.workers,
        partitions=asked.partitions,
        listings=max(1_000, asked.events // 20),
        command=KERAN,
        session_seconds=SESSION_SECONDS,
        environment={"KERAN_RUN_ROWS": "2000"},
        patience=max(240.0, seconds / 4),
    )
    # Clients say at length what the faults do to them.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    logs = Path(tempfile.mkdtemp(prefix="keran-chaos-"))
    print(f"logs of the workers: {logs}")
    with running_cluster(asked.brokers) as cluster:
        verdict = asyncio.run(play(cluster, plot, logs, tell=lambda line: print(line, flush=True)))
    write_report(plot, verdict, asked.brokers, asked.output)
    print(f"{len(verdict.objections)} objections; {asked.output.with_suffix('.md')}")
    return 1 if verdict.objections else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.long", description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000, help="records in all, requests and aborted ones too")
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--partitions", type=int, default=8)
    parser.add_argument("--output", type=Path, default=Path("build/chaos"), help="the report, less its suffix")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
