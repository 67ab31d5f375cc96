"""What the tests share: the shipped pair of model and policies, and events to run through it."""

import json
import os
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import settings

from stream.compose import load
from stream.pipeline import Pipeline

# No deadline for an example: the first one compiles the kernels, and machines are shared.
settings.register_profile("keran", deadline=None)
settings.load_profile("keran")

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "tests/contract/examples/keran.listing-1/full.json"


@pytest.fixture(scope="session")
def pipeline() -> Pipeline:
    """The shipped model and policies, loaded as a worker loads them."""
    return load()[1]


@pytest.fixture(scope="session", autouse=True)
def no_settings_from_outside():
    """A developer's own KERAN_* variables must not decide what the tests see."""
    for name in [name for name in os.environ if name.startswith("KERAN_")]:
        del os.environ[name]
    os.chdir(ROOT)


def event_with(**changes: object) -> dict:
    """The example event of the design with fields changed by path: `listing__title="tas"`."""
    event = deepcopy(json.loads(EXAMPLE.read_text()))
    for path, value in changes.items():
        *outer, last = path.split("__")
        place = event
        for name in outer:
            place = place[name]
        place[last] = value
    return event


def value_with(**changes: object) -> bytes:
    """The same as the bytes of a record."""
    return json.dumps(event_with(**changes)).encode()


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """One Spark in local mode for the whole session of tests."""
    from tests.spark_session import running_spark

    with running_spark(tmp_path_factory.mktemp("spark")) as session:
        yield session
