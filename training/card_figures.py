"""An evaluation -> the tables of the card: how sure a score is, what thresholds cost, what disguises do.

Takes what cannot change from one run to the next: no speed, and no name of the entry.
"""

from collections.abc import Iterable, Sequence

from training.figures.evaluation import Bin, Blocks, Evaluation, Slice
from training.figures.values import Interval

# Of the hundred thresholds that are measured the card shows these.
SHOWN_THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99)


def clusters_of(found: Slice) -> str:
    """Give each cluster's figures in a slice, and the mean of their F1."""
    lines = [
        (name, f"{f.rows:,}", _share(f.precision), _share(f.recall), _with_interval(f.f1, f.interval))
        for name, f in found.clusters.items()
        if f.rows
    ]
    mean = _with_interval(found.macro_f1, found.interval)
    return table(
        ("cluster", "titles", "precision", "recall", "F1"), [*lines, ("all, mean F1", f"{found.rows:,}", "", "", mean)]
    )


def reliability(bins: Sequence[Bin]) -> str:
    """Give, for each bin of the likeliest cluster's score, how often it is right."""
    lines = ((f"{b.rows:,}", f"{b.score:.3f}", f"{b.accuracy:.3f}") for b in bins)
    return table(("titles", "mean score", "right"), lines)


def thresholds(evaluation: Evaluation) -> str:
    """Give what each threshold would send to a person, and what blocks from it on would hold."""
    shares = sorted(evaluation.blocks or {})
    lines = (
        (
            f"{t.at:.2f}",
            _share(t.review),
            _share(t.accuracy),
            *(_share(t.precision[share]) for share in shares),
            *((_share(t.recall),) if shares else ()),
        )
        for t in evaluation.thresholds
        if round(t.at, 4) in SHOWN_THRESHOLDS
    )
    blocks = [f"blocks right at {float(share):.0%} closed" for share in shares]
    return table(
        ("score at least", "to a person", "right of the rest", *blocks, *(["closed goods blocked"] if shares else [])),
        lines,
    )


def blocks(found: dict[str, Blocks] | None) -> str:
    """Give what the shipped rule blocks at each share of closed goods, rows alike and sources alike."""
    lines = (
        (
            f"{float(share):.0%}",
            name,
            _with_interval(rates.precision, rates.precision_interval),
            _with_interval(rates.recall, rates.recall_interval),
            _share(rates.review),
        )
        for share, block in sorted((found or {}).items())
        for name, rates in (("rows", block), ("sources", block.sources_alike))
    )
    return table(("closed goods", "alike", "precision of blocks", "recall", "to a person"), lines)


def disguises(evaluation: Evaluation) -> str:
    """Give what each disguise costs, and what becomes of listings that are blocked when they are plain."""
    lines = (
        (
            name,
            f"{f['strength']:g}",
            _drop(f["drop"]["all"]),
            _share(f["still_blocked"]),
            _share(f["reviewed"]),
            _share(f["held"]),
        )
        for name, f in (evaluation.evasion or {}).items()
    )
    return table(("disguise", "strength", "macro-F1 lost", "still blocked", "to a person", "held"), lines)


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table whose first column is text and whose others are numbers."""
    rows = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([f"| {' | '.join(head)} |", f"|---|{'--:|' * (len(head) - 1)}", *rows])


def _share(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:.3f}"


def _drop(figure: float | None) -> str:
    return "-" if figure is None else f"{figure + 0.0:.3f}".replace("-0.000", "0.000")


def _with_interval(figure: float | None, interval: Interval | None) -> str:
    return _share(figure) if interval is None else f"{_share(figure)} ({interval[0]:.3f} to {interval[1]:.3f})"
