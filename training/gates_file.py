"""A gates file -> gates, or every problem that is in the file. Knows nothing of what a gate finds."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from stream.problems import BadSetup, Problem, did_you_mean
from training.evasion.registry import check_strengths
from training.figures import paths

SHIPPED = Path(__file__).with_name("gates.yaml")
SCHEMA = "keran.gates/1"
FLOOR, REGRESSION = {"figure", "at_least", "at_most", "rows_at_least"}, {"champion", "lose_at_most"}
_SHAPES = "a gate has `gate` and either `figure` with `at_least` or `at_most`, or `champion`; docs/evaluation.md"


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate. A floor asks the evaluation; where `champion` is true it asks the comparison with the champion: is the
    model worse by more than `lose_at_most`, beyond the interval of the difference?
    """

    name: str
    place: str
    path: paths.Path
    champion: bool = False
    at_least: float | None = None
    at_most: float | None = None
    rows_at_least: int = 0
    lose_at_most: float = 0.0


@dataclass(frozen=True, slots=True)
class Gates:
    """The gates of a file, in its order, and how strongly disguises are worn: those of `gates.yaml` where the file does
    not say.
    """

    file: str
    gates: tuple[Gate, ...]
    strengths: Mapping[str, float]


def load_gates(path: Path = SHIPPED) -> Gates:
    """Read a gates file. Raises BadSetup with everything that is wrong in it."""
    document, lines = _read(path)
    if not isinstance(document, Mapping) or not isinstance(document.get("gates"), list) or not document["gates"]:
        raise BadSetup([Problem("expected a list of gates under `gates`", str(path), _SHAPES)])
    if document.get("schema") != SCHEMA:
        message = f"expected the schema `{SCHEMA}`, got `{document.get('schema')}`"
        raise BadSetup([Problem(message, str(path), "this version reads that one")])
    places = [f"{path}:{line}" for line in lines]
    problems = [
        problem for found, place in zip(document["gates"], places, strict=True) for problem in _check_gate(found, place)
    ]
    problems += _check_names(document["gates"], places)
    strengths = document["strengths"] if "strengths" in document else _shipped_strengths()
    problems += check_strengths(strengths, f"{path}, `strengths`")
    if problems:
        raise BadSetup(problems)
    gates = (_gate(found, at) for found, at in zip(document["gates"], places, strict=True))
    return Gates(str(path), tuple(gates), {name: float(strength) for name, strength in strengths.items()})


def _shipped_strengths() -> Any:
    return yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))["strengths"]


def _read(path: Path) -> tuple[Any, list[int]]:
    """Give the document and the line on which each of its gates begins."""
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, yaml.SafeLoader)
        document = yaml.safe_load(text)
    except OSError as error:
        raise BadSetup([Problem(f"file cannot be read: {error.strerror}", str(path), "name a gates file")]) from None
    except UnicodeDecodeError:
        raise BadSetup([Problem("file is not UTF-8", str(path), "save it as UTF-8")]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark else str(path)
        raise BadSetup([Problem(f"not YAML: {getattr(error, 'problem', error)}", place, _SHAPES)]) from None
    return document, [line for key, value in getattr(node, "value", []) for line in _lines(key, value)]


def _lines(key: Any, value: Any) -> list[int]:
    named = isinstance(key, yaml.ScalarNode) and key.value == "gates" and isinstance(value, yaml.SequenceNode)
    return [item.start_mark.line + 1 for item in value.value] if named else []


def _check_gate(found: Any, place: str) -> Iterator[Problem]:
    if not isinstance(found, Mapping) or not isinstance(found.get("gate"), str):
        yield Problem("expected a gate with a name under `gate`", place, _SHAPES)
        return
    name, kinds = found["gate"], {"figure", "champion"} & set(found)
    if len(kinds) != 1:
        yield Problem(f"gate `{name}` asks neither `figure` nor `champion`, or both", place, _SHAPES)
        return
    known = REGRESSION if "champion" in kinds else FLOOR
    for key in sorted(set(map(str, found)) - known - {"gate"}):
        yield Problem(f"gate `{name}` has an unknown key `{key}`{did_you_mean(key, known)}", place, _SHAPES)
    path = found[kinds.pop()]
    if not isinstance(path, str) or paths.parse_path(path) is None:
        hint = 'write it as `indonesian.craft.f1` or `blocks["0.10"].precision`'
        yield Problem(f"gate `{name}`: `{path}` is not the path of a figure", place, hint)
    if "figure" in found and not {"at_least", "at_most"} & set(found):
        yield Problem(f"gate `{name}` has no floor", place, "give it `at_least` or `at_most`")
    for key in sorted((known - {"figure", "champion"}) & set(found)):
        if type(found[key]) not in (int, float):
            yield Problem(f"gate `{name}`: expected a number in `{key}`, got `{found[key]}`", place, _SHAPES)


def _check_names(gates: list[Any], places: list[str]) -> Iterator[Problem]:
    names = [found.get("gate") if isinstance(found, Mapping) else None for found in gates]
    for name, times in Counter(name for name in names if isinstance(name, str)).items():
        if times > 1:
            last = max(i for i, other in enumerate(names) if other == name)
            yield Problem(f"{times} gates have the name `{name}`", places[last], "name each once: a refusal names it")


def _gate(found: Mapping[str, Any], place: str) -> Gate:
    numbers = {key: value for key, value in found.items() if key not in ("gate", "figure", "champion")}
    path = paths.parse_path(found.get("figure") or found["champion"])
    return Gate(found["gate"], place, path, "champion" in found, **numbers)
