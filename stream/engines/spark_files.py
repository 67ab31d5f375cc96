"""`keran spark`: Parquet of listings in, Parquet of outcomes out, by whatever Spark it is started under.

Everything that can be found wrong without Spark is told before Spark starts; what an executor refuses is told in its
own words.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from stream.engines.spark import Way, decide_frame
from stream.live.load import read_pair
from stream.on_disk import is_folder, is_there
from stream.problems import BadSetup, Problem, gathered

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOCAL = "local[*]"
# Set by `spark-submit`, which has chosen the master then.
_SUBMITTED = "PYSPARK_GATEWAY_PORT"
_TOLD = re.compile(r"error: (.*)\n  --> (.*)\n  hint: (.*)")


class Job(NamedTuple):
    """What is decided and where to; paths are local, or URLs of any file system that Spark knows."""

    source: str
    output: str
    way: Way
    keep: Sequence[str] = ()
    master: str | None = None


def decide_files(job: Job, problems: list[Problem]) -> Counter[str]:
    """Decide a file or folder of Parquet; gives how many outcomes there are of each kind.

    `problems` are those found before. Raises BadSetup with all of them.
    """
    problems += _path_problems(job)
    gathered(problems, lambda: read_pair(job.way.shelf, job.way.model, job.way.policies))
    if problems:
        raise BadSetup(dict.fromkeys(problems))
    with _session(job.master) as session, _told_as_bad_setup(job):
        outcomes = decide_frame(session.read.parquet(job.source), job.way, job.keep)
        outcomes.write.parquet(job.output)
        counts = session.read.parquet(job.output).groupBy("kind").count().collect()
    return Counter({row["kind"]: row["count"] for row in counts})


def refusals_in(text: str) -> list[Problem]:
    """Give the problems that an executor raised, from the text of the job's failure.

    >>> refusals_in("... BadSetup: error: `a` is not `b`\\n  --> there\\n  hint: change it\\n ...")
    [Problem(message='`a` is not `b`', place='there', hint='change it', level='error')]
    """
    return [Problem(*found) for found in dict.fromkeys(_TOLD.findall(text))]


def _path_problems(job: Job) -> Iterator[Problem]:
    if "://" not in job.source and not is_there(Path(job.source)):
        yield Problem("no such file or folder", job.source, "name a Parquet file or a folder of them")
    if "://" in job.output:
        return
    if is_there(Path(job.output)):
        yield Problem("the output is there already", job.output, "name a folder that is not there yet")
    elif not is_folder(Path(job.output).absolute().parent):
        yield Problem("no such folder to write to", str(Path(job.output).parent), "make it, or name another place")


@contextmanager
def _session(master: str | None) -> Iterator[SparkSession]:
    from pyspark.sql import SparkSession

    master = master or (None if _SUBMITTED in os.environ else LOCAL)
    builder = SparkSession.builder.appName("keran")
    if master:
        builder = builder.master(master)
        if master.startswith("local"):
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()


@contextmanager
def _told_as_bad_setup(job: Job) -> Iterator[None]:
    from pyspark.errors import AnalysisException, PySparkException

    try:
        yield
    except AnalysisException as reason:  # a path that is not there, columns that do not fit
        first = str(reason).splitlines()[0]
        raise BadSetup([Problem(f"Spark cannot read or write it: {first}", f"{job.source} -> {job.output}")]) from None
    except PySparkException as failure:
        if not (refused := refusals_in(str(failure))):
            raise
        raise BadSetup(refused) from None
