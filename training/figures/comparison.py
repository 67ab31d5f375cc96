"""What comparing two models on the same rows gives: a frozen value, written as JSON."""

from typing import Annotated, Literal

from pydantic import Field

from training.figures.values import FigureOrNone, Interval, Value, WithClusters


class Difference(Value):
    """A figure of both models, challenger minus champion, and the interval of that difference over resampled groups."""

    champion: FigureOrNone
    challenger: FigureOrNone
    difference: FigureOrNone
    interval: Interval | None


class Disagreement(Value):
    """Rows that one model gets right and the other wrong, and the exact two-sided McNemar test of the two counts."""

    rows: int
    only_champion: int
    only_challenger: int
    p: float


class CompareSlice(WithClusters):
    """Both models on some of the rows."""

    macro_f1: Difference
    clusters: dict[str, Difference]
    disagreement: Disagreement


class Comparison(Value):
    """Challenger against champion: on all rows, on the Indonesian ones, and by source."""

    schema_: Annotated[Literal["keran.comparison/1"], Field(alias="schema")] = "keran.comparison/1"
    champion: str
    challenger: str
    all: CompareSlice
    indonesian: CompareSlice | None
    by_source: dict[str, CompareSlice]
