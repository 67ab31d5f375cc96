"""An evaluation and gates -> why a model may not be published, each reason a problem; none if it may.

A gate that cannot be asked, since the rows do not give its figure, refuses: what was not measured was not passed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from stream.problems import Problem
from training.figures import paths
from training.figures.comparison import Comparison, Difference
from training.figures.evaluation import Evaluation
from training.gates_file import SHIPPED, Gate, Gates, load_gates

__all__ = ["SHIPPED", "Gate", "Gates", "check_gates", "load_gates", "name_refusing"]

# What to do about a refusal, by the first step of the figure's path.
_HINTS = {
    "evasion": "the disguise's file in training/evasion/ says what it does to a title",
    "serving": "benchmarks/classifiers.py tells what a title costs",
    "probes": "`probes.wrong` of the JSON names those it told wrong",
    "calibration": "the report's reliability picture shows where scores and truth part",
}
_LOOK = "`keran evaluate --html FILE` shows the rows that it tells wrong"
_LIST = "docs/evaluation.md lists the figures"
_MEASURE = "measure on rows that give it (disguises need `--evasion`), or leave the gate out of the file"


def check_gates(evaluation: Evaluation, gates: Gates, champion: Comparison | None = None) -> list[Problem]:
    """Name every gate that the evaluation does not pass: the gate, its floor, what was found, where it is written.

    `champion` is the comparison with the model that is published now; without one no gate asks about it.
    """
    measured = evaluation.model_dump(mode="json", by_alias=True)
    problems = []
    for gate in gates.gates:
        try:
            if not gate.champion:
                problems += _check_floor(gate, measured)
            elif champion is not None:
                problems += _check_regression(gate, champion)
        except paths.NoSuchFigure as missing:
            problems.append(Problem(f"gate `{gate.name}`: unknown figure {missing}", gate.place, _LIST))
    return problems


def name_refusing(problems: Sequence[Problem], gates: Gates) -> list[str]:
    """Name the gates that the problems are of, each once, in the file's order."""
    places = {problem.place for problem in problems}
    return [gate.name for gate in gates.gates if gate.place in places]


def _check_floor(gate: Gate, measured: Mapping[str, Any]) -> Iterator[Problem]:
    for path, found in _figures(gate, measured, lambda found: isinstance(found, int | float)):
        if found is None:
            yield _not_measured(gate, path)
        elif not isinstance(found, int | float):
            yield Problem(f"gate `{gate.name}`: `{paths.show_path(path)}` is no figure", gate.place, _LIST)
        elif expected := _missed(gate, found):
            beside = _interval_beside(measured, path)
            message = f"expected `{paths.show_path(path)}` of {expected}, got {_show(found)}{beside}"
            yield Problem(f"gate `{gate.name}` refuses `{measured['model']}`: {message}", gate.place, _hint(gate))


def _check_regression(gate: Gate, champion: Comparison) -> Iterator[Problem]:
    for path, found in _figures(gate, champion.model_dump(mode="json", by_alias=True), _is_difference):
        if found is None:
            yield _not_measured(gate, path)
        elif not _is_difference(found):
            yield Problem(f"gate `{gate.name}`: `{paths.show_path(path)}` is not compared", gate.place, _LIST)
        elif found["interval"] is None:
            yield _not_measured(gate, path)
        elif found["interval"][1] < -gate.lose_at_most:
            low, high = found["interval"]
            message = (
                f"expected no loss of `{paths.show_path(path)}`, {_show(found['champion'])} in `{champion.champion}`, "
                f"got {_show(found['challenger'])}, a difference of {low:+.4f} to {high:+.4f}"
            )
            yield Problem(f"gate `{gate.name}` refuses `{champion.challenger}`: {message}", gate.place, _LOOK)


def _figures(gate: Gate, value: Mapping[str, Any], fits: Callable[[Any], bool]) -> list[tuple[paths.Path, Any]]:
    """Give every figure that the gate asks; of a path with `*`, those that fit, if any do. Raises NoSuchFigure."""
    found = [at for at in paths.figures_at(value, gate.path) if _rows_at(value, at[0]) >= gate.rows_at_least]
    if "*" in gate.path:
        found = [(path, figure) for path, figure in found if fits(figure)]
    return found or [(gate.path, None)]


def _hint(gate: Gate) -> str:
    return _HINTS.get(str(gate.path[0]), _LOOK)


def _is_difference(found: Any) -> bool:
    return isinstance(found, Mapping) and set(found) == set(Difference.model_fields)


def _rows_at(value: Mapping[str, Any], path: paths.Path) -> float:
    """Give the rows of the slice that a figure is of; without a count it is asked whatever the count."""
    [(_, around)] = paths.figures_at(value, path[:-1])
    return around.get("rows", float("inf")) if isinstance(around, Mapping) else float("inf")


def _missed(gate: Gate, found: float) -> str | None:
    if gate.at_least is not None and found < gate.at_least:
        return f"at least {_show(gate.at_least)}"
    if gate.at_most is not None and found > gate.at_most:
        return f"at most {_show(gate.at_most)}"
    return None


def _not_measured(gate: Gate, path: paths.Path) -> Problem:
    on = f" on {gate.rows_at_least:,} rows or more" if gate.rows_at_least else ""
    return Problem(f"gate `{gate.name}`: `{paths.show_path(path)}` was not measured{on}", gate.place, _MEASURE)


def _interval_beside(measured: Mapping[str, Any], path: paths.Path) -> str:
    """Give the interval of a figure where the evaluation has one: beside `recall` stands `recall_interval`."""
    [(_, around)] = paths.figures_at(measured, path[:-1])
    names = ("interval",) if path[-1] in ("f1", "macro_f1") else (f"{path[-1]}_interval",)
    ends = next((around[name] for name in names if isinstance(around, Mapping) and around.get(name)), None)
    return f" ({ends[0]:.4f} to {ends[1]:.4f})" if ends else ""


def _show(number: float) -> str:
    return f"{number:,.0f}" if float(number).is_integer() and abs(number) > 1 else f"{number:.6g}"
