"""docs/evaluation.md names every key of an evaluation and no other, and its gates file loads."""

import re

from tests.conftest import ROOT
from tests.training.measuring import labelled, shipped
from training.compare import compare
from training.evaluate import AS_SHIPPED, evaluate
from training.evasion.measure import measure_evasion
from training.figures import comparison, evaluation, paths
from training.gates import check_gates, load_gates

PAGE = (ROOT / "docs/evaluation.md").read_text(encoding="utf-8")
# Section -> the values whose keys its tables list, table by table.
SECTIONS = {
    "The file": [evaluation.Evaluation],
    "What was measured": [evaluation.Measured],
    "A slice": [evaluation.Slice, evaluation.ClusterFigures],
    "Blocks": [evaluation.Blocks],
    "A threshold": [evaluation.Threshold],
    "Calibration": [evaluation.Calibration, evaluation.CrossFitted],
    "The champion": [comparison.CompareSlice, comparison.Difference],
}


def tables(section: str) -> list[list[str]]:
    """The first column of each table of a section."""
    text = re.search(rf"^#+ {section}\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL).group(1)
    found = re.findall(r"^\| key \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [re.findall(r"^\| `([^`]+)`", table, re.MULTILINE) for table in found]


def keys(value: type) -> list[str]:
    names = [field.alias or name for name, field in value.model_fields.items()]
    beside = {"clusters"} if issubclass(value, evaluation.WithClusters) else set()
    inherited = set(evaluation.Calibration.model_fields) if value is evaluation.CrossFitted else set()
    return [name for name in names if name not in beside | inherited]


def test_every_key_is_documented_and_no_other():
    for section, values in SECTIONS.items():
        assert [set(table) for table in tables(section)] == [set(keys(value)) for value in values], section


def test_keys_of_the_smaller_values_are_documented():
    [documented] = tables("Hard pairs, serving, disputed rows")
    small = {"probes": evaluation.Probes, "serving": evaluation.Serving, "disputed": evaluation.Disputed}
    assert set(documented) == {f"{name}.{key}" for name, value in small.items() for key in keys(value)}


def test_the_keys_that_decide_lead_to_figures():
    """Each path of the first table is read in a real evaluation, by the same reader that gates use."""
    rows, countries = labelled()
    found = evaluate(shipped(), rows, countries=countries, asked=AS_SHIPPED._replace(resamples=20))
    measured = found.model_dump(mode="json", by_alias=True)
    section = re.search(r"## The keys that decide\n(.*?)\n## ", PAGE, re.DOTALL).group(1)
    documented = [key for key in re.findall(r"`([^`]+)`", section) if not key.startswith("evasion.")]
    assert len(documented) > 12
    for key in documented:
        path = paths.parse_path(key.replace("NAME", "warung-menu" if "recall" in key else "toko-campur"))
        [(_, figure)] = paths.figures_at(measured, path)
        assert isinstance(figure, int | float | list), key


def test_the_gates_shown_load_and_each_leads_to_a_figure(tmp_path):
    (tmp_path / "gates.yaml").write_text(re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL).group(1))
    rows, countries = labelled()
    found = evaluate(shipped(), rows, countries=countries, asked=AS_SHIPPED._replace(resamples=20))
    compared = compare(shipped(), shipped(), rows, countries=countries, resamples=20)
    problems = check_gates(found, load_gates(tmp_path / "gates.yaml"), compared)
    assert not [
        problem for problem in problems if "unknown figure" in problem.message or "no figure" in problem.message
    ]


def test_the_keys_of_a_disguise_are_documented():
    [documented] = tables("Disguises")
    rows, countries = labelled()
    found = measure_evasion(shipped(), rows[:20], {"leet": 0.5}, countries=countries[:20])
    assert list(found["leet"]) == documented
