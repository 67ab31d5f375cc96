"""An Evaluation -> the table that the terminal shows: the figures that decide, one a line, and no title."""

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table

from training.figures.evaluation import Blocks, Evaluation, Slice
from training.figures.values import Interval


def summary_of(evaluation: Evaluation) -> RenderableType:
    """Give the figures, then each source."""
    tables = [_figures(evaluation), _sources(evaluation)]
    if evaluation.champion:
        tables.insert(1, _champion(evaluation))
    if evaluation.evasion:
        tables.insert(1, _evasion(evaluation))
    return Group(*tables)


def show(figure: float | None, interval: Interval | None = None) -> str:
    """Write a figure, with its interval where it has one.

    >>> show(0.93761, (0.92, 0.951)), show(None)
    ('0.938  0.920 to 0.951', '-')
    """
    if figure is None:
        return "-"
    return f"{figure:.3f}" + (f"  {interval[0]:.3f} to {interval[1]:.3f}" if interval else "")


def _figures(evaluation: Evaluation) -> Table:
    table = Table("figure", "Indonesian rows", "all rows", box=box.SIMPLE_HEAD, title=evaluation.model)
    home, everywhere = evaluation.indonesian, evaluation.all
    table.add_row("rows", *(f"{part.rows:,}" if part else "-" for part in (home, everywhere)))
    table.add_row("macro-F1", *(show(part.macro_f1, part.interval) if part else "-" for part in (home, everywhere)))
    table.add_row("mean F1 without craft", *map(_mean_of_three, (home, everywhere)))
    for cluster in evaluation.clusters:
        table.add_row(f"F1 {cluster}", *(_cluster(part, cluster) for part in (home, everywhere)))
    for share in evaluation.blocks or {}:
        both = [blocks[share] if blocks else None for blocks in (evaluation.blocks_indonesian, evaluation.blocks)]
        table.add_row(f"blocks right, {float(share):.0%} closed", *map(_precision, both))
        table.add_row("  sources alike", *(_precision(b and b.sources_alike) for b in both))
        table.add_row("  sent to review", *(show(b.review) if b else "-" for b in both))
    if evaluation.blocks:
        both = [blocks and next(iter(blocks.values())) for blocks in (evaluation.blocks_indonesian, evaluation.blocks)]
        table.add_row("recall of blocks", *(show(b.recall, b.recall_interval) if b else "-" for b in both))
        table.add_row("open goods blocked", *(show(b.wrongly, b.wrongly_interval) if b else "-" for b in both))
    shipped, crossed = evaluation.calibration.as_shipped, evaluation.calibration.cross_fitted
    table.add_row("calibration error", show(shipped.ece_indonesian), show(shipped.ece))
    if crossed:
        table.add_row("  cross-fitted", show(crossed.ece_indonesian), show(crossed.ece))
    table.add_row("titles a CPU-second", "", f"{evaluation.serving.titles_a_cpu_second:,}")
    if evaluation.probes:
        table.add_row("hard pairs told right", "", show(evaluation.probes.right))
    return table


def _champion(evaluation: Evaluation) -> Table:
    compared = evaluation.champion
    title = f"champion {compared.champion}, challenger {compared.challenger}"
    table = Table("figure", "champion", "challenger", "difference", box=box.SIMPLE_HEAD, title=title)
    for name, part in (("all", compared.all), ("Indonesian", compared.indonesian)):
        if part is None:
            continue
        for figure, both in {"macro-F1": part.macro_f1, **part.clusters}.items():
            table.add_row(
                f"{name}, {figure}", show(both.champion), show(both.challenger), show(both.difference, both.interval)
            )
        split = part.disagreement
        table.add_row(
            f"{name}, only this one right", f"{split.only_champion:,}", f"{split.only_challenger:,}", f"p {split.p:.2g}"
        )
    return table


def _evasion(evaluation: Evaluation) -> Table:
    table = Table("disguise", "drop, Indonesian", "drop, all", "blocks held", box=box.SIMPLE_HEAD)
    for name, found in evaluation.evasion.items():
        table.add_row(name, show(found["drop"]["indonesian"]), show(found["drop"]["all"]), show(found["held"]))
    return table


def _sources(evaluation: Evaluation) -> Table:
    table = Table("source", "rows", "macro-F1, or recall", "accuracy", "abstained", box=box.SIMPLE_HEAD)
    for source, part in evaluation.by["source"].items():
        figure = show(part.recall) if part.macro_f1 is None else show(part.macro_f1, part.interval)
        table.add_row(source, f"{part.rows:,}", figure, show(part.accuracy), show(part.abstained))
    return table


def _mean_of_three(part: Slice | None) -> str:
    return show(part.mean_of_three.f1, part.mean_of_three.interval) if part and part.mean_of_three else "-"


def _cluster(part: Slice | None, cluster: str) -> str:
    return show(part.clusters[cluster].f1, part.clusters[cluster].interval) if part else "-"


def _precision(blocks: Blocks | None) -> str:
    return show(blocks.precision, blocks.precision_interval) if blocks else "-"
