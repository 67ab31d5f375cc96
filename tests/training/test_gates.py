"""Gates: every refusal, word for word, and no refusal where the figures hold.

`golden/gates/NAME.yaml` is asked of `golden/evaluation.json` and `golden/comparison.json`, and says `NAME.txt`;
`golden/gates_file/NAME.yaml` cannot be read, for the reasons in its text. `GOLDEN=write` writes the texts that are missing.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from stream.problems import BadSetup
from tests.training.measuring import labelled, shipped
from training.compare import compare
from training.evaluate import AS_SHIPPED, evaluate
from training.figures import paths
from training.figures.comparison import Comparison
from training.figures.evaluation import Evaluation
from training.gates import SHIPPED, check_gates, load_gates, name_refusing
from training.hard_pairs import read_hard_pairs

GOLDEN = Path(__file__).parent / "golden"
ASKED, UNREADABLE = (sorted((GOLDEN / name).glob("*.yaml")) for name in ("gates", "gates_file"))


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return Evaluation.from_json((GOLDEN / "evaluation.json").read_text())


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return Comparison.model_validate_json((GOLDEN / "comparison.json").read_text())


def check(path: Path, found: str) -> None:
    expected = path.with_suffix(".txt")
    if os.environ.get("GOLDEN") == "write" and not expected.exists():
        expected.write_text(found)
    assert found == expected.read_text()


@pytest.mark.parametrize("path", ASKED, ids=lambda path: path.stem)
def test_refusal(path, evaluation, comparison, monkeypatch):
    """What a gate finds is told in these words, all at once."""
    monkeypatch.chdir(path.parent)
    problems = check_gates(evaluation, load_gates(Path(path.name)), comparison)
    check(path, "".join(f"{problem}\n" for problem in problems))


@pytest.mark.parametrize("path", UNREADABLE, ids=lambda path: path.stem)
def test_refused_file(path, monkeypatch):
    """A gates file that cannot be read is refused in these words, all at once."""
    monkeypatch.chdir(path.parent)
    with pytest.raises(BadSetup) as bad:
        load_gates(Path(path.name))
    check(path, f"{bad.value}\n")


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "file cannot be read: No such file or directory"), (b"gates: caf\xe9", "file is not UTF-8")],
)
def test_no_text_is_refused(content, said, tmp_path):
    place = tmp_path / "gates.yaml"
    if content:
        place.write_bytes(content)
    with pytest.raises(BadSetup, match=f"error: {said}\n"):
        load_gates(place)


def test_without_a_champion_no_gate_asks_about_one(evaluation):
    gates = load_gates(GOLDEN / "gates/loss.yaml")
    assert check_gates(evaluation, gates) == []


def test_refusing_gates_are_named_once_in_the_files_order(evaluation):
    gates = load_gates(GOLDEN / "gates/floors-missed.yaml")
    names = name_refusing(check_gates(evaluation, gates), gates)
    assert names[:2] == ["craft", "blocks"]
    assert names.count("large-sources") == 1
    assert "hidden-between" in names


@pytest.fixture(scope="module")
def measured() -> tuple[Evaluation, Comparison]:
    """Everything that can be measured, on the project's own rows."""
    from training.evasion.measure import measure_evasion

    (rows, countries), quick = labelled(), AS_SHIPPED._replace(resamples=50)
    found = evaluate(shipped(), rows, countries=countries, probes=read_hard_pairs(), asked=quick)
    evasion = measure_evasion(shipped(), rows, load_gates().strengths, countries=countries)
    return found.model_copy(update={"evasion": evasion}), compare(
        shipped(), shipped(), rows, countries=countries, resamples=50
    )


def test_every_shipped_gate_asks_a_figure_that_is_measured(measured):
    """A misspelt path in gates.yaml would refuse every model; none of the refusals may be of that kind."""
    shipped_gates = load_gates(SHIPPED)
    asked = replace(shipped_gates, gates=tuple(replace(gate, rows_at_least=0) for gate in shipped_gates.gates))
    problems = check_gates(measured[0], asked, measured[1])
    assert not [problem for problem in problems if "refuses" not in problem.message]


def test_the_shipped_gates_hold_the_floors_that_are_promised():
    """Lowering a floor is a decision, so it is written twice."""
    floors = {paths.show_path(gate.path): gate for gate in load_gates(SHIPPED).gates if not gate.champion}
    at_least = {
        "indonesian.mean_of_three.f1": 0.96,
        "indonesian.craft.f1": 0.85,
        "indonesian.macro_f1": 0.93,
        "all.macro_f1": 0.92,
        'blocks["0.10"].precision': 0.95,
        'blocks["0.40"].precision': 0.95,
        'blocks["0.40"].recall': 0.80,
        "evasion.*.held": 0.90,
        "serving.titles_a_cpu_second": 1_000_000,
    }
    undone, marred = (
        ("look_alike", "zero_width", "spacing", "full_width"),
        ("typos", "leet", "repeats", "stuffing", "squatting"),
    )
    at_most = {"calibration.cross_fitted.ece": 0.03, "serving.bytes": 4_000_000}
    at_most |= {f"evasion.{name}.drop.all": 0.03 for name in undone} | {
        f"evasion.{name}.drop.all": 0.10 for name in marred
    }
    assert {path: floors[path].at_least for path in at_least} == at_least
    assert {path: floors[path].at_most for path in at_most} == at_most
