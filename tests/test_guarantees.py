"""The page on guarantees names tests: each of them must exist."""

import re

from tests.conftest import ROOT

PAGE = ROOT / "docs/guarantees.md"


def test_every_test_that_the_page_names_exists():
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`", PAGE.read_text())
    assert len(named) > 15
    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).is_file() or (name and f"def {name}(" not in (ROOT / file).read_text())
    ]
    assert missing == []


def test_every_promise_of_the_design_is_on_the_page():
    rows = re.findall(r"^\| (\d+)\. ", PAGE.read_text(), re.MULTILINE)
    assert rows == [str(number) for number in range(1, 11)]
