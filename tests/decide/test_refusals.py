"""Every refusal, word for word: `golden/NAME.yaml` (or a folder `golden/NAME/`) beside `golden/NAME.txt`.

To add one, write the policy and its text; no Python is needed. `GOLDEN=write` writes the texts that are missing.
"""

import ast
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import stream.decide
from stream.decide.csv_tables import MAX_CHARACTERS as MAX_TABLE
from stream.decide.csv_tables import MAX_ROWS
from stream.decide.load import find_policies, load_policies
from stream.decide.unreadable import Unreadable
from stream.decide.yaml_nodes import MAX_CHARACTERS, Place
from stream.problems import BadSetup
from tests.decide.making import CLUSTERS, policy, rule

GOLDEN = Path(__file__).parent / "golden"
WRITTEN = sorted(
    path for path in GOLDEN.iterdir() if path.suffix == ".yaml" or (path.is_dir() and path.name != "tables")
)


def _with_table(folder: Path, content: bytes) -> None:
    (folder / "policy.yaml").write_text(policy("[]", "lists: {codes: codes.csv}"))
    (folder / "codes.csv").write_bytes(content)


def _with_patterns(folder: Path) -> None:
    patterns = ", ".join(f"'batik {number}'" for number in range(501))
    text = policy(rule(f"{{listing.title: {{matches: [{patterns}]}}}}", "review"))
    (folder / "policy.yaml").write_text(text)


def _link(folder: Path) -> None:
    outside = folder.parent / "outside.csv"
    outside.write_text("value\nCN\n")
    _with_table(folder, b"")
    (folder / "codes.csv").unlink()
    (folder / "codes.csv").symlink_to(outside)


def _link_to_itself(folder: Path) -> None:
    _with_table(folder, b"")
    (folder / "codes.csv").unlink()
    (folder / "codes.csv").symlink_to("codes.csv")


# What is too large, or no text, to lie in a folder of examples.
MADE: dict[str, Callable[[Path], object]] = {
    "made-empty-folder": lambda folder: None,
    "made-no-folder": lambda folder: folder.rmdir(),
    "made-not-utf8": lambda folder: (folder / "policy.yaml").write_bytes(b"policy: caf\xe9\n"),
    "made-long-document": lambda folder: (folder / "policy.yaml").write_text("#" * (MAX_CHARACTERS + 1)),
    "made-large-document": lambda folder: (folder / "policy.yaml").write_text("#" * (MAX_CHARACTERS * 4 + 1)),
    "made-folder-for-a-file": lambda folder: (folder / "policy.yaml").mkdir(),
    "made-long-table": lambda folder: _with_table(folder, b"value\n" + b"CN\n" * (MAX_ROWS + 1)),
    "made-large-table": lambda folder: _with_table(folder, b"#" * (MAX_TABLE * 4 + 1)),
    "made-table-not-utf8": lambda folder: _with_table(folder, b"value\n\xff\n"),
    "made-link-outside": _link,
    "made-link-to-itself": _link_to_itself,
    "made-many-patterns": _with_patterns,
}


def refusal(path: Path) -> str:
    return "\n".join(map(str, find_policies(Path(path.name), CLUSTERS)[1])) + "\n"


def check(name: str, found: str) -> None:
    expected = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write" and not expected.exists():
        expected.write_text(found)
    assert found == expected.read_text()


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_refusal(path, monkeypatch):
    """The problems of a policy are told in these words, all at once."""
    monkeypatch.chdir(GOLDEN)
    check(path.stem, refusal(path))


@pytest.mark.parametrize("name", MADE)
def test_made_refusal(name, tmp_path, monkeypatch):
    """What cannot lie in the folder of examples is made, and refused in these words."""
    folder = tmp_path / "policies"
    folder.mkdir()
    MADE[name](folder)
    monkeypatch.chdir(tmp_path)
    check(name, refusal(folder))


def test_loading_raises_with_what_checking_finds(monkeypatch):
    """`load_policies` refuses with exactly the problems that `find_policies` lists."""
    monkeypatch.chdir(GOLDEN)
    with pytest.raises(BadSetup) as refused:
        load_policies([Path("several-files")], CLUSTERS)
    assert list(refused.value.problems) == find_policies([Path("several-files")], CLUSTERS)[1]


def test_without_a_model_clusters_are_not_checked(monkeypatch):
    """Where no model could be loaded, its clusters are nobody's to know."""
    monkeypatch.chdir(GOLDEN)
    assert find_policies(Path("clusters-unknown.yaml"), None)[1] == []


def test_every_refusal_has_an_example(tmp_path, monkeypatch):
    """No line of the core refuses anything that the examples above do not show."""
    reached = lines_that_refuse(monkeypatch)
    monkeypatch.chdir(GOLDEN)
    for path in WRITTEN:
        refusal(path)
    monkeypatch.chdir(tmp_path)
    for name, make in MADE.items():
        folder = tmp_path / name
        folder.mkdir()
        make(folder)
        refusal(folder)
    missing = [
        f"{file}:{first}"
        for file, first, last in calls_that_refuse(Path(stream.decide.__path__[0]))
        if not any((file, at) in reached for at in range(first, last + 1))
    ]
    assert missing == []


def lines_that_refuse(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, int]]:
    """Give a set that every line joins, by file and number, from which something is refused from now on."""
    reached: set[tuple[str, int]] = set()

    def remember() -> None:
        frame = sys._getframe(2)
        while frame:
            reached.add((frame.f_code.co_filename, frame.f_lineno))
            frame = frame.f_back

    told, raised = Place.problem, Unreadable.__init__
    monkeypatch.setattr(Place, "problem", lambda *said: (remember(), told(*said))[1])
    monkeypatch.setattr(Unreadable, "__init__", lambda *said: (remember(), raised(*said))[1])
    return reached


def calls_that_refuse(folder: Path) -> list[tuple[str, int, int]]:
    """Give where a folder's calls stand that refuse something."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called in ("problem", "refuse", "Unreadable"):
                    found.append((str(path), node.lineno, node.end_lineno))
    return found
