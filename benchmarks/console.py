"""The console's figures: CPU share at 20,000 decisions a second, first view over a million, memory and disk.

    python -m benchmarks.console [--rows 1_000_000] [--output build/console.json]

No broker: records are handed to the board as its reader would, so what the Kafka client costs is not in them. CPU time
is this process's own. Every listing is another one, the worst case for indices.
"""

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

import orjson

from stream.console.access import LOCAL
from stream.console.asked import Asked
from stream.console.board import Board
from stream.console.desk import Desk
from stream.console.live_page import live
from stream.console.protection_page import protection
from stream.console.queue import Asking
from stream.console.store import Asks
from stream.contract.instant import instant_at
from stream.contract.record import FileRecord
from stream.live.sources import Folders, load_folders

RATE, BATCH = 20_000, 4_000
SECONDS_AT_RATE = 20
WAITING = 100_000
ROOT = Path(__file__).parents[1]
EXAMPLE = orjson.loads((ROOT / "tests/contract/examples/keran.decision-1/block.json").read_bytes())


def records(count: int, a_second: int, begin: int) -> Iterator[Sequence[FileRecord]]:
    """Give decisions in batches, with times that follow each other at a rate."""
    chance = random.Random(7)
    for first in range(0, count, BATCH):
        batch = []
        for number in range(first, min(first + BATCH, count)):
            name = f"L-{chance.randrange(10**7)}"
            said = {**EXAMPLE, "listing_id": name, "seller_id": f"S-{number % 5_000}"}
            at = (begin + number // a_second) * 1_000
            batch.append(FileRecord(orjson.dumps(said), name.encode(), (), "decisions", 0, number, at))
        yield batch


def taken(board: Board, batches: Iterator[Sequence[FileRecord]]) -> float:
    """Hand batches over; give the CPU seconds of taking them, without those of making them."""
    spent = 0.0
    for batch in batches:
        began = time.process_time()
        board.take_decisions(batch)
        spent += time.process_time() - began
    return spent


def first_view(desk: Desk, **query: str) -> float:
    """Give the milliseconds that the Live page's words take, the median of eleven."""
    return milliseconds(lambda: live(Asked(LOCAL, query, {}, "en", ""), desk))


def milliseconds(run: Callable[[], object]) -> float:
    """Give the milliseconds that something takes, the median of eleven."""
    times = []
    for _ in range(11):
        began = time.perf_counter()
        run()
        times.append((time.perf_counter() - began) * 1_000)
    return round(median(times), 2)


def ask(desk: Desk, count: int) -> None:
    """Let so many listings wait for a person."""
    chance = random.Random(8)
    names = [f"W-{number}" for number in range(count)]
    scores = orjson.dumps({"craft": 0.5, "other": 0.4})
    rows = {
        name: Asks(
            chance.randrange(10**9), f"S-{chance.randrange(5_000)}", "ID", "craft", chance.random(), scores, b"{}"
        )
        for name in names
    }
    desk.board.store.write(waiting=rows)


def queue_figures(desk: Desk) -> dict[str, float]:
    """Give what it takes to ask one person after another, and to count who waits."""
    ask(desk, WAITING)
    asking = iter(range(1_000))
    asked = milliseconds(lambda: desk.queue.next(Asking(f"p{next(asking)}", 10**9), {}))
    return {"next_of_queue_ms": asked, "queue_counts_ms": milliseconds(lambda: desk.queue.counts(Asking("p", 10**9)))}


def measure(rows: int) -> dict[str, float]:
    """Give every figure."""
    begin = int(time.time()) - rows // 1_000
    with tempfile.TemporaryDirectory() as folder:
        board = Board(Path(folder), kept=rows)
        # Below the budget every decision is kept: what a rebuild of a full store costs.
        filling = taken(board, records(rows, 1_000, begin - SECONDS_AT_RATE - 1))
        disk = sum(file.stat().st_size for file in Path(folder).iterdir())
        at_rate = taken(board, records(RATE * SECONDS_AT_RATE, RATE, begin))
        pair = load_folders(Folders(ROOT / "models", None, ROOT / "policies"), instant_at(begin * 10**6)).serving
        desk = Desk(
            board, pair, ROOT / "models", ROOT / "policies", None, lambda: instant_at(time.time_ns() // 1000), None
        )
        return {
            "kept": board.questions.kept(),
            "counted": board.tally.total,
            "filling_us_a_row": round(filling / rows * 1e6, 1),
            "cpu_share_at_20000_a_second": round(at_rate / SECONDS_AT_RATE, 3),
            "first_view_ms": first_view(desk),
            "filtered_view_ms": first_view(desk, outcome="block"),
            "seller_view_ms": first_view(desk, q="S-7"),
            "protection_view_ms": milliseconds(lambda: protection(Asked(LOCAL, {"span": "days"}, {}, "en", ""), desk)),
            **queue_figures(desk),
            "disk_mb": round(disk / 1e6),
            "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=lambda text: int(text.replace("_", "")), default=1_000_000)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    found = measure(options.rows)
    print(json.dumps(found, indent=1))
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(found, indent=1) + "\n")
