"""The pair in a Spark job: packed by the driver as files, unpacked and checked by every Python worker, once.

What travels is the shelf entry's files and the policies' texts, in an archive that Spark hands to the executors; no
model is pickled. A worker whose files or whose own code differ from the driver's refuses to decide.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import orjson

import stream
from stream.classify.artifact import MANIFEST, SERVING_FILES
from stream.contract.control import LiveModel, LivePolicy
from stream.contract.instant import instant_at
from stream.live.load import load_pair, read_pair, warm
from stream.live.pair import Pair
from stream.pipeline import Pipeline
from stream.problems import BadSetup, Problem

if TYPE_CHECKING:
    from pyspark import SparkContext

PAIR, SHELF = "pair.json", "shelf"
# What makes the bytes of a decision; a worker's must be the driver's.
DECIDING = ("contract", "classify", "decide", "changes", "catalogue", "pipeline.py")


class Shipped(NamedTuple):
    """What a worker is told: the archive that holds the pair, the pair's digest, and that of the driver's code."""

    archive: str
    pair: str
    code: str


def ship(context: SparkContext, shelf: Path, model: str | None, policies: Sequence[Path]) -> Shipped:
    """Check a pair and hand it to the executors. Raises BadSetup with all problems of model and policies."""
    pair, _ = read_pair(shelf, model, policies)
    shipped = Shipped(f"keran-{pair.digest}", pair.digest, code_digest())
    _add_once(context.applicationId or "", shipped.archive, lambda: _packed(pair, shelf, shipped.archive), context)
    return shipped


@cache
def loaded(shipped: Shipped) -> Pipeline:
    """Load the pair in a Python worker, warmed; once a worker, since Spark keeps workers. Raises BadSetup."""
    if (ours := code_digest()) != shipped.code:
        raise BadSetup([_other_code(shipped.code, ours)])
    from pyspark import SparkFiles

    pipeline = load_shipped(Path(SparkFiles.get(shipped.archive)), shipped.pair)
    warm(pipeline, instant_at(time.time_ns() // 1000))
    return pipeline


def load_shipped(folder: Path, digest: str) -> Pipeline:
    """Load an unpacked archive, which must hold the pair of this digest. Raises BadSetup with all problems."""
    pair = _read_pair_file(folder / PAIR)
    if pair.digest != digest:
        message = f"the driver decides by pair {digest}, this executor was given {pair.digest}"
        raise BadSetup([Problem(message, str(folder / PAIR), "start the job anew")])
    return load_pair(pair, folder / SHELF, "the driver")


@cache
def code_digest() -> str:
    """Digest the code that decides, and the tables it reads."""
    root = Path(stream.__file__).parent
    found = [path for name in DECIDING for path in (root / name, *(root / name).rglob("*"))]
    files = sorted(path for path in found if path.is_file() and "__pycache__" not in path.parts)
    digests = [[path.relative_to(root).as_posix(), sha256(path.read_bytes()).hexdigest()] for path in files]
    return sha256(orjson.dumps(digests)).hexdigest()[:16]


_added: set[tuple[str, str]] = set()


def _add_once(application: str, archive: str, packed: Callable[[], Path], context: SparkContext) -> None:
    if (application, archive) not in _added:
        context.addArchive(f"{packed()}#{archive}")
        _added.add((application, archive))


def _packed(pair: Pair, shelf: Path, name: str) -> Path:
    """Write the archive where it stays until the driver ends: executors that join later fetch it too."""
    folder = Path(tempfile.mkdtemp(prefix="keran-spark-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    place = folder / f"{name}.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(PAIR, write_pair(pair))
        for file in (MANIFEST, *SERVING_FILES):
            archive.write(shelf / pair.model.id / file, f"{SHELF}/{pair.model.id}/{file}")
    return place


def write_pair(pair: Pair) -> bytes:
    """Write a pair as `pair.json`."""
    return orjson.dumps({"model": pair.model.model_dump(), "policies": [p.model_dump() for p in pair.policies]})


def _read_pair_file(file: Path) -> Pair:
    found = orjson.loads(file.read_bytes())
    policies = tuple(LivePolicy.model_validate(policy) for policy in found["policies"])
    return Pair(LiveModel.model_validate(found["model"]), policies)


def _other_code(theirs: str, ours: str) -> Problem:
    return Problem(
        f"the driver's Keran has code {theirs}, this executor's has {ours}",
        str(Path(stream.__file__).parent),
        "install the same wheel on the driver and on every executor",
    )
