"""What the control topic says as a whole: what is to be live, and what each worker runs. Records in, a value out."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from pydantic import ValidationError

from stream.contract.control import LIVE_KEY, WORKER_KEY, Control
from stream.contract.instant import Instant
from stream.contract.record import Record
from stream.contract.running import Running
from stream.live.read_control import read_control

_WORKERS = WORKER_KEY.format("").encode()
# A worker says every two minutes what it runs; one that missed three times is gone, and did not say so.
SILENT_SECONDS = 400
# After this long nobody needs to be reminded of it.
FORGOTTEN_SECONDS = 86_400

Answer = Literal["as asked", "refuses", "not yet", "silent"]


class State(NamedTuple):
    """`live` is the live record's value, None where nothing is said; workers come by name."""

    live: bytes | None
    workers: tuple[Running, ...]

    def control(self) -> Control | None:
        """Read the live record. Raises BadSetup where somebody wrote one that cannot be read."""
        return None if self.live is None else read_control(self.live)


def state_of(records: Iterable[Record]) -> State:
    """Take the last record of each key; what is no running record under a worker's key is passed over."""
    last = {record.key: record.value for record in records if record.key is not None}
    said = [value for key, value in sorted(last.items()) if key.startswith(_WORKERS) and value is not None]
    workers = [running for value in said if (running := _read_running(value))]
    return State(last.get(LIVE_KEY), tuple(workers))


def forgotten(state: State, now: Instant) -> list[bytes]:
    """Give the keys of workers that went long ago without saying so."""
    gone = [w for w in state.workers if now.micros - w.said_at.micros > FORGOTTEN_SECONDS * 1_000_000]
    return [WORKER_KEY.format(worker.worker).encode() for worker in gone]


def answer_of(worker: Running, asked: str | None, now: Instant) -> Answer:
    """Say how a worker stands to what is asked: a control record's id, or None for its own folders."""
    if now.micros - worker.said_at.micros > SILENT_SECONDS * 1_000_000:
        return "silent"
    if worker.refused is not None and worker.refused.control_id == asked:
        return "refuses"
    return "as asked" if worker.control_id == asked else "not yet"


def _read_running(value: bytes) -> Running | None:
    try:
        return Running.model_validate_json(value)
    except ValidationError:
        return None
