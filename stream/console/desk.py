"""What pages work with: the board, the pair that decides "what if", and the folders of models and policies."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stream.console.board import Board
from stream.contract.instant import Instant
from stream.live.serving import Serving


@dataclass(slots=True)
class Desk:
    """`serving` is put in anew whenever something else is live; `now` is the clock, `profile` the
    deployment's own, which drift is measured from.
    """

    board: Board
    serving: Serving
    shelf: Path
    policies: Path
    model: str | None
    now: Callable[[], Instant]
    profile: Path | None = None
