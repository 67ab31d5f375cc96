"""What training did -> the manifest's training facts: which inputs, which seed, how well on held-out titles.

No dates and no machine: the same run gives the same facts.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from training.calibrate import Calibration
from training.held_out import Plan
from training.read_rows import ReadRows
from training.rows import Row

# With more sources than this the manifest counts them and names none.
NAMED_SOURCES = 1_000


def facts_of(
    entries: int,
    titles: Sequence[Row],
    read: ReadRows,
    weight_rows: float,
    seed: int,
    plan: Plan,
    calibration: Calibration,
) -> dict[str, Any]:
    """Give the manifest's training facts: enough to know whether another run had the same inputs, and how it did."""
    facts: dict[str, Any] = {"entries": entries, "titles": len(titles), "seed": seed}
    if titles:
        facts["corpus_sha256"] = digest_of(titles)
    if read.rows:
        sources = dict(Counter(row.source for row in read.rows).most_common())
        facts["rows"] = {
            "rows": len(read.rows),
            "bad": read.counts,
            "weight_rows": weight_rows,
            "rows_sha256": digest_of(read.rows),
            "sources": sources if len(sources) <= NAMED_SOURCES else len(sources),
        }
    facts["held_out"] = {
        "by": plan.by,
        "folds": len(plan.splits),
        "titles": len(plan.measured),
        "set_aside": plan.set_aside,
        "macro_f1": round(calibration.macro_f1, 4),
        "calibration_error": round(calibration.error, 4),
        **_lead(calibration),
    }
    return facts


def _lead(calibration: Calibration) -> dict[str, float]:
    lead = calibration.lead
    if lead is None:
        return {}
    stuffed, squatted = lead.held
    figures = {"stuffed_held": stuffed, "squatted_held": squatted, "review": lead.review}
    return {name: round(figure, 4) for name, figure in figures.items()}


def digest_of(rows: Iterable[Row]) -> str:
    """Name rows by what they say: two runs with the same had the same to learn from."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(f"{row.cluster}\t{row.text}\n".encode())
    return digest.hexdigest()
