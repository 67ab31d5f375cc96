"""The part *Impact* of the page Policy: what `keran impact --json` found, in the file of `KERAN_CONSOLE_IMPACT`.

The file is read when somebody looks, so the next report is there without a restart. It decides nothing; a report that
cannot be read is told in words.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from stream.contract.impact import Impact

# A report of a thousand sellers and every sort of change takes some megabytes.
MOST_BYTES = 64 << 20
SELLERS, SORTS = 20, 10
GROUPS = ("cluster", "seller_type", "country", "value")


class ImpactPart(NamedTuple):
    """What the page shows; without a `report` there is a `reason`, unless no file was named."""

    report: Impact | None = None
    reason: str = ""
    written: str = ""
    groups: tuple[str, ...] = GROUPS
    sellers: int = SELLERS
    sorts: int = SORTS


def impact_part(place: Path | None) -> ImpactPart:
    """Read the report."""
    if place is None:
        return ImpactPart()
    try:
        about = place.stat()
        if about.st_size > MOST_BYTES:
            return ImpactPart(reason=f"{place}: {about.st_size} bytes, at most {MOST_BYTES}")
        report = Impact.model_validate_json(place.read_bytes())
    except OSError as reason:
        return ImpactPart(reason=f"{place}: {reason.strerror}")
    except ValidationError as reason:
        first = reason.errors(include_url=False)[0]
        return ImpactPart(reason=f"{place}: {first['msg']} - at `{'.'.join(map(str, first['loc']))}`")
    return ImpactPart(report, "", datetime.fromtimestamp(about.st_mtime, UTC).strftime("%Y-%m-%dT%H:%MZ"))
