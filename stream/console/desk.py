"""What pages work with: the board, the pair that decides "what if", the queue, and where answers go."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from stream.console.board import Board
from stream.console.publisher import Publisher
from stream.console.queue import Queue
from stream.contract.instant import Instant
from stream.live.serving import Serving


@dataclass(slots=True)
class Desk:
    """`serving` is put in anew whenever something else is live; `now` is the clock, `profile` the deployment's own,
    which drift is measured from, `impact` a report to show; `found` are events that the topic had to be asked for, by
    listing.
    """

    board: Board
    serving: Serving
    shelf: Path
    policies: Path
    model: str | None
    now: Callable[[], Instant]
    publisher: Publisher
    profile: Path | None = None
    impact: Path | None = None
    queue: Queue = field(init=False)
    found: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.queue = Queue(self.board.store.file)
