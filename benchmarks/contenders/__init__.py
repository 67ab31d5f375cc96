"""Who is measured: commands, each run in a process of its own and told by one and the same environment what to do.

The environment is the worker's (`KERAN_*`): broker, group, input and output topics, shelf, model. A contender decides
what its group has not committed yet, and goes on until it is told to stop.
"""

import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# Where the peers are installed whose dependencies do not stand beside ours: requirements/peers.lock.
PEERS = Path(__file__).parents[2] / ".venv-peers" / "bin" / "python"


@dataclass(frozen=True)
class Contender:
    """A name, what Python is started with, and how many events take it a few seconds; `quick` takes it about one.

    `module` is what it needs of the peers' environment. One that does not decide copies events as they came.
    """

    name: str
    command: tuple[str, ...]
    events: int
    quick: int
    module: str = ""
    decides: bool = True

    @property
    def python(self) -> str:
        """The interpreter of its environment."""
        return str(PEERS) if self.module else sys.executable


# At `info`, as in the documentation: from `warn` on Faust's progress spinner turns every debug record of aiokafka on,
# which costs a sixth of the speed. Without the web server, which nobody asks here.
_WORKER = ("worker", "--loglevel", "info", "--without-web")
_HERE = "benchmarks.contenders"

COPY = Contender("copy-limit", ("-m", f"{_HERE}.copy_limit"), events=400_000, quick=40_000, decides=False)
KERAN = Contender("keran-worker", ("-m", "stream.cli", "worker"), events=400_000, quick=20_000)
HANDWRITTEN = Contender("handwritten-confluent-sklearn", ("-m", f"{_HERE}.handwritten"), events=100_000, quick=10_000)
QUIX = Contender("quix-sklearn", ("-m", f"{_HERE}.quix", "sklearn"), 20_000, 2_000, "quixstreams")
QUIX_KERAN = Contender("quix-keran-classifier", ("-m", f"{_HERE}.quix", "keran"), 50_000, 5_000, "quixstreams")
BYTEWAX = Contender(
    "bytewax-sklearn", ("-m", "bytewax.run", f"{_HERE}.bytewax_flow:sklearn()"), 60_000, 6_000, "bytewax"
)
BYTEWAX_KERAN = Contender(
    "bytewax-keran-classifier", ("-m", "bytewax.run", f"{_HERE}.bytewax_flow:keran()"), 60_000, 6_000, "bytewax"
)
TEXTBOOK = Contender("faust-textbook", ("-m", f"{_HERE}.faust_textbook", *_WORKER), events=10_000, quick=1_000)
TAKE = Contender("faust-take", ("-m", f"{_HERE}.faust_take", *_WORKER), events=40_000, quick=4_000)

CONTENDERS = (COPY, KERAN, HANDWRITTEN, QUIX, QUIX_KERAN, BYTEWAX, BYTEWAX_KERAN, TEXTBOOK, TAKE)


@cache
def present(contender: Contender) -> bool:
    """Say whether what a contender needs is installed; bytewax has no wheel for some Pythons."""
    if not contender.module:
        return True
    asked = f"import importlib.util, sys; sys.exit(importlib.util.find_spec('{contender.module}') is None)"
    return PEERS.exists() and subprocess.run([PEERS, "-c", asked], check=False).returncode == 0
