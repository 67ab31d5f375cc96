"""What measuring a model gives: one frozen value, written as JSON and read back, its keys the same from run to run.

docs/evaluation.md says what each key means and a test holds the two together. No title of a measured row is in it.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field

from training.figures.comparison import Comparison
from training.figures.values import Figure, FigureOrNone, Interval, Value, WithClusters


class ClusterFigures(Value):
    """One cluster in a slice: `interval` is of its F1. `rows` are truly its own, `given` are those it was given."""

    rows: int
    given: int
    f1: FigureOrNone
    interval: Interval | None
    precision: FigureOrNone
    recall: FigureOrNone
    recall_interval: Interval | None


class MeanFigures(Value):
    """The mean F1 of some clusters."""

    clusters: list[str]
    f1: Figure
    interval: Interval


class Slice(WithClusters):
    """Some of the rows. `macro_f1` is the mean F1 of the clusters that have rows here, null if only one has; then
    `recall` is that cluster's.
    """

    rows: int
    groups: int
    sources: int
    accuracy: Figure
    abstained: Figure
    macro_f1: FigureOrNone
    interval: Interval | None
    recall: FigureOrNone
    mean_of_three: MeanFigures | None
    clusters: dict[str, ClusterFigures]


class BlockFigures(Value):
    """What a rule blocks among cross-border listings of which a stated share are closed goods.

    `recall` is the share of closed goods that it blocks, `wrongly` the share of open goods, `review` the share of all
    these listings that it sends to a person.
    """

    precision: FigureOrNone
    precision_interval: Interval | None
    recall: FigureOrNone
    recall_interval: Interval | None
    wrongly: FigureOrNone
    wrongly_interval: Interval | None
    review: FigureOrNone


class Blocks(BlockFigures):
    """The shipped rule (summed score of the closed clusters), rows alike; then sources alike; then another rule."""

    sources_alike: BlockFigures
    likeliest_closed: BlockFigures


class Threshold(Value):
    """What one threshold `at` would do: as the least summed score that blocks (`precision` by share, `recall`,
    `wrongly`), and as the least score that does not abstain (`review`, and `accuracy` of the rest).
    """

    at: Figure
    precision: dict[str, FigureOrNone]
    recall: FigureOrNone
    wrongly: FigureOrNone
    review: Figure
    accuracy: FigureOrNone
    clusters: dict[str, "GivenFigures"]


class GivenFigures(Value):
    """What a cluster is given at or above a threshold: `precision` of it, and `kept`, its share of all it is given."""

    precision: FigureOrNone
    kept: FigureOrNone


class Bin(Value):
    """The rows whose likeliest cluster's score is in one of 15 equal bins: how many, their mean score, how many of them
    are right.
    """

    rows: int
    score: Figure
    accuracy: Figure


class Calibration(Value):
    """Expected calibration error, 15 bins, of the likeliest cluster's score; `bins` are those that hold a row."""

    ece: Figure
    ece_indonesian: FigureOrNone
    ece_by_source: dict[str, Figure]
    bins: list[Bin]


class CrossFitted(Calibration):
    """Temperature and thresholds fitted on all sources but one and measured on that one, for each source in turn."""

    temperatures: dict[str, Figure]
    abstain_below: dict[str, dict[str, Figure]]
    review: Figure
    clusters: dict[str, GivenFigures]
    blocks: dict[str, Blocks] | None
    blocks_indonesian: dict[str, Blocks] | None


class CalibrationPair(Value):
    """As the manifest has it, and cross-fitted; the latter is null where there is only one source."""

    as_shipped: Calibration
    cross_fitted: CrossFitted | None


class WrongProbe(Value):
    """A probe that the model did not assign as it must."""

    title: str
    cluster: str
    expected: str


class Probes(Value):
    """The project's own pairs that are easily confused: how many were asked, and the share told right."""

    asked: int
    right: Figure
    wrong: list[WrongProbe]


class Serving(Value):
    """What serving costs: bytes of the arrays, titles a CPU-second on one core, normalising included."""

    bytes: int
    titles_a_cpu_second: int


class Measured(Value):
    """What was measured, so that another can measure it again."""

    data: str | None
    sha256: str | None
    rows: int
    bad_rows: int
    groups: int
    resamples: int
    seed: int
    closed: list[str]
    block_at: Figure


class Disputed(Value):
    """The figures without rows whose label somebody disputes; the main figures keep them."""

    rows: int
    all: Slice
    indonesian: Slice | None
    blocks: dict[str, Blocks] | None
    blocks_indonesian: dict[str, Blocks] | None


class Evaluation(Value):
    """Everything measured. `weights` is the SHA-256 of the model's. `blocks` is by share ("0.10", "0.40"), null where
    the model knows no closed cluster; `refused` names the gates that were asked and did not let it pass.
    """

    schema_: Annotated[Literal["keran.evaluation/1"], Field(alias="schema")] = "keran.evaluation/1"
    model: str
    weights: str
    clusters: list[str]
    measured: Measured
    all: Slice
    indonesian: Slice | None
    by: dict[str, dict[str, Slice]]
    blocks: dict[str, Blocks] | None
    blocks_indonesian: dict[str, Blocks] | None
    thresholds: list[Threshold]
    thresholds_indonesian: list[Threshold] | None
    calibration: CalibrationPair
    probes: Probes | None
    serving: Serving
    evasion: dict[str, Any] | None = None
    disputed: Disputed | None = None
    champion: Comparison | None = None
    refused: list[str] | None = None

    def as_json(self) -> str:
        """Give it as the text of a JSON file."""
        return self.model_dump_json(by_alias=True, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read it back. Raises pydantic's ValidationError."""
        return cls.model_validate_json(text)
