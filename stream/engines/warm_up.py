"""Compile all that a worker compiles on first use: `python -m stream.engines.warm_up`, once, while an image is built.

What numba compiled lies in `NUMBA_CACHE_DIR` then, for every worker that starts from the image.
"""

import time

from stream.compose import load
from stream.contract.instant import instant_at
from stream.engines import batches, fetched, partitions, places
from stream.live.load import warm


def warm_up() -> None:
    """Compile it, with whatever model and policies the settings name. Raises BadSetup."""
    _, pipeline = load()
    warm(pipeline, instant_at(time.time_ns() // 1000))
    warm_engine(order=True)


def warm_engine(*, order: bool) -> None:
    """Compile what stands around the pipeline, or load it from numba's cache; with the places that `order` asks for."""
    partitions.partitions_of([b"L"], 1)
    batches.warm()
    fetched.warm()
    if order:
        places.warm()


if __name__ == "__main__":
    warm_up()
