"""Time zones by the rules that are locked with everything else, never by those of the machine.

Machines differ in which edition of the tz database they have, and slim images have none: the same policy would begin
at another moment there. `zoneinfo` asks the machine first, so its files are read from the `tzdata` package here.
"""

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

# Of no place: what a clock that nobody has set shows.
_UNSET = "Factory"


@cache
def zone_names() -> frozenset[str]:
    """Give every name that a policy's `timezone` may have."""
    return frozenset(files("tzdata").joinpath("zones").read_text("ascii").split()) - {_UNSET}


@cache
def zone_named(name: str) -> ZoneInfo:
    """Give one of `zone_names`.

    >>> zone_named("Asia/Jakarta")
    zoneinfo.ZoneInfo(key='Asia/Jakarta')
    """
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as rules:
        return ZoneInfo.from_file(rules, key=name)
