"""An Evaluation and the gates it was asked -> the few figures at the top of the report, each with its floor."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from training.figures import paths
from training.figures.evaluation import Evaluation
from training.gates import Gates

_TILES = (
    ("Macro-F1, Indonesian rows", "indonesian.macro_f1", "indonesian.interval"),
    ("Mean F1 without craft, Indonesian", "indonesian.mean_of_three.f1", "indonesian.mean_of_three.interval"),
    ("F1 of craft, Indonesian", "indonesian.craft.f1", "indonesian.craft.interval"),
    ("Macro-F1, all rows", "all.macro_f1", "all.interval"),
    ("Blocks right, 10 % closed goods", 'blocks["0.10"].precision', 'blocks["0.10"].precision_interval'),
    ("Blocks right, 40 % closed goods", 'blocks["0.40"].precision', 'blocks["0.40"].precision_interval'),
    ("Closed goods blocked", 'blocks["0.40"].recall', 'blocks["0.40"].recall_interval'),
    ("Calibration error, cross-fitted", "calibration.cross_fitted.ece", ""),
    ("Hard pairs told right", "probes.right", ""),
)


class Tile(NamedTuple):
    """A figure in words. `held` is None where no gate asks it."""

    name: str
    key: str
    figure: str
    interval: str
    floor: str
    held: bool | None


def tiles_of(evaluation: Evaluation, gates: Gates | None) -> Iterator[Tile]:
    """Give the tiles of what was measured."""
    measured = evaluation.model_dump(mode="json", by_alias=True)
    asked = {paths.show_path(gate.path): gate for gate in gates.gates if not gate.champion} if gates else {}
    for name, key, ends_key in _TILES:
        figure, ends = _at(measured, key), _at(measured, ends_key)
        if figure is None:
            continue
        gate = asked.get(key)
        held, floor = None, ""
        if gate and gate.at_least is not None:
            held, floor = figure >= gate.at_least, f"floor {gate.at_least:g}"
        elif gate and gate.at_most is not None:
            held, floor = figure <= gate.at_most, f"at most {gate.at_most:g}"
        interval = f"{ends[0]:.3f} to {ends[1]:.3f}" if ends else ""
        yield Tile(name, key, f"{figure:.3f}", interval, floor, held)


def _at(measured: dict[str, Any], key: str) -> Any:
    path = paths.parse_path(key)
    try:
        return next(found for _, found in paths.figures_at(measured, path)) if path else None
    except paths.NoSuchFigure:
        return None
