"""What a measurement was made on: the machine, its system, and the versions of whatever takes part."""

import json
import os
import platform
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.contenders import PEERS
from stream.problems import BadSetup, Problem

LIBRARIES = (
    "faust-streaming",
    "mode-streaming",
    "aiokafka",
    "confluent-kafka",
    "scikit-learn",
    "numpy",
    "numba",
    "orjson",
    "pydantic",
)
# Asked of the peers' own environment.
PEERS_LIBRARIES = ("quixstreams", "bytewax", "confluent-kafka")


def must_be_linux() -> None:
    """Raise BadSetup where another process's CPU time cannot be read."""
    if not Path("/proc/self/stat").is_file():
        raise BadSetup([Problem("expected Linux, whose /proc tells a process's CPU time", platform.system())])


def describe(jars: Path, model: str) -> dict[str, str | int | float]:
    """Describe this machine now; `jars` are the broker's, and `model` is the shelf entry that everybody serves."""
    return {**describe_machine(LIBRARIES), **_peers(), "kafka": _kafka(jars), "model": model}


def _peers() -> dict[str, str]:
    """Name the versions in the peers' environment, `peers: ` before each; none where it is not made."""
    if not PEERS.exists():
        return {}
    asked = "import json, importlib.metadata as m; print(json.dumps({d.name: d.version for d in m.distributions()}))"
    versions = json.loads(subprocess.run([PEERS, "-c", asked], capture_output=True, text=True, check=True).stdout)
    return {f"peers: {name}": versions[name] for name in PEERS_LIBRARIES if name in versions}


def describe_machine(libraries: Iterable[str]) -> dict[str, str | int | float]:
    """Describe this machine now, with the versions of these libraries."""
    return {
        "cpu": _field("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count() or 0,
        "memory_gib": round(int(_field("/proc/meminfo", "MemTotal").split()[0]) / 2**20, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        **{library: version(library) for library in libraries},
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def load_of() -> float:
    """Give how many threads ran or waited for a core, the mean of the last minute: what else this machine did."""
    return round(os.getloadavg()[0], 1)


def _field(file: str, name: str) -> str:
    lines = Path(file).read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "unknown")


def _kafka(jars: Path) -> str:
    return next(jars.glob("kafka_*.jar")).stem.rpartition("-")[2]
