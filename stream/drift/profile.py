"""`profile.json` of a shelf entry: what the model made of titles that it is meant for; what a stream is held beside.

It decides nothing, so it is no part of what an entry's digest names: it may be written for a published model, and
another may stand in for it. It says which model it is of, and is refused beside any other.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stream.contract.json_path import json_path
from stream.drift.signals import Counts, titles_in, values_of
from stream.problems import BadSetup, Problem

PROFILE = "profile.json"
_HINT = "write it anew: `keran profile LISTINGS.jsonl --output FILE`"

Count = Annotated[int, Field(ge=0)]


class Profile(BaseModel):
    """How many of `titles` titles had each value of each signal; `of` says in words which titles those are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_: Annotated[Literal["keran.profile/1"], Field(alias="schema")]
    model: str
    of: str
    titles: Annotated[int, Field(ge=1)]
    signals: dict[str, dict[str, Count]]

    def shares(self, signal: str) -> NDArray[np.float64]:
        """Give the shares of a signal's values, which add up to 1."""
        counts = np.array(list(self.signals[signal].values()), np.float64)
        return counts / counts.sum()


def profile_of(model: str, clusters: tuple[str, ...], counts: Counts, of: str) -> Profile:
    """Make the profile of what was counted. Raises ValueError where that is nothing."""
    names = values_of(clusters)
    signals = {s: dict(zip(names[s], found.tolist(), strict=True)) for s, found in counts.items()}
    return Profile(schema="keran.profile/1", model=model, of=of, titles=titles_in(counts), signals=signals)


def write_profile(profile: Profile) -> str:
    """Write a profile as the text of its file."""
    return json.dumps(profile.model_dump(by_alias=True), indent=1, ensure_ascii=False) + "\n"


def load_profile(file: Path, model: str, clusters: tuple[str, ...]) -> Profile:
    """Load a model's profile. Raises BadSetup where the file cannot be read, or is not of this model."""
    profile = read_profile(file)
    problems = []
    if profile.model != model:
        problems.append(Problem(f"expected the profile of `{model}`, got that of `{profile.model}`", str(file), _HINT))
    elif found := _misfits(profile, clusters):
        problems.append(Problem(found, f"{file}, `$.signals`", _HINT))
    if problems:
        raise BadSetup(problems)
    return profile


def read_profile(file: Path) -> Profile:
    """Read a profile, whosever it is. Raises BadSetup."""
    try:
        return Profile.model_validate_json(file.read_bytes())
    except OSError as error:
        raise BadSetup([Problem(f"cannot read: {error.strerror}", str(file), _HINT)]) from None
    except ValidationError as error:
        raise BadSetup(
            Problem(f"{e['msg'][0].lower()}{e['msg'][1:]}", f"{file}, `{json_path(e['loc'])}`", _HINT)
            for e in error.errors()
        ) from None


def _misfits(profile: Profile, clusters: tuple[str, ...]) -> str | None:
    wanted = values_of(clusters)
    for signal in {**wanted, **profile.signals}:
        found, values = profile.signals.get(signal, {}), wanted.get(signal, ())
        if tuple(found) != values:
            return f"expected `{signal}` to have {_listed(values)}, got {_listed(found)}"
        if sum(found.values()) != profile.titles:
            return f"expected {profile.titles} titles by `{signal}`, got {sum(found.values())}"
    return None


def _listed(values: Iterable[str]) -> str:
    return ", ".join(f"`{value}`" for value in values) or "no values"
