"""Who is measured: commands, each run in a process of its own and told by one and the same environment what to do.

The environment is the worker's (`KERAN_*`): broker, group, input and output topics, shelf, model. A contender decides
what its group has not committed yet, and goes on until it is told to stop.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Contender:
    """A name, what Python is started with, and how many events take it a few seconds; `quick` takes it about one."""

    name: str
    command: tuple[str, ...]
    events: int
    quick: int


# At `info`, as in the documentation: from `warn` on Faust's progress spinner turns every debug record of aiokafka on,
# which costs a sixth of the speed. Without the web server, which nobody asks here.
_WORKER = ("worker", "--loglevel", "info", "--without-web")

KERAN = Contender("keran-worker", ("-m", "stream.cli", "worker"), events=200_000, quick=20_000)
TEXTBOOK = Contender(
    "faust-textbook", ("-m", "benchmarks.contenders.faust_textbook", *_WORKER), events=10_000, quick=1_000
)
TAKE = Contender("faust-take", ("-m", "benchmarks.contenders.faust_take", *_WORKER), events=40_000, quick=4_000)

CONTENDERS = (KERAN, TEXTBOOK, TAKE)
