"""Safe YAML: what is read is text with its place, and nothing that YAML can do runs, recurses or grows."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stream.decide.yaml_nodes import MAX_CHARACTERS, Fields, Place, plain, read_yaml


def read(text, named=None):
    problems = []
    return read_yaml(text, "p.yaml", named or {}, problems), problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: NO", {"a": "NO"}),
        ("a: 0401", {"a": "0401"}),
        ("a: 6204.10", {"a": "6204.10"}),
        ("a: 2021-08-03", {"a": "2021-08-03"}),
        ("a: 12:30", {"a": "12:30"}),
        ("a: ~", {"a": None}),
        ("a:", {"a": None}),
        ("a: 'null'", {"a": "null"}),
        ("a: >-\n  one\n  two", {"a": "one two"}),
        ("a: [x, {b: y}]", {"a": ["x", {"b": "y"}]}),
        ("<<: {a: b}", {"<<": {"a": "b"}}),
    ],
)
def test_values_stay_as_written(text, expected):
    """No value is interpreted: country codes, customs codes and dates stay the texts that they are."""
    node, problems = read(text)
    assert (plain(node), problems) == (expected, [])


def test_places_name_their_owner():
    """A place says file, line, the named part around it, and the path from there."""
    node, _ = read("rules:\n  - id: close\n    when: {cluster: [a, b]}\n", {"rules": "rule"})
    condition = node.get("rules").nodes[0].get("when").get("cluster").nodes[1]
    assert condition.place == Place("p.yaml", 3, "rule `close`", "when.cluster[1]")
    assert str(condition.place) == "p.yaml:3, rule `close`, `when.cluster[1]`"


HOSTILE = {
    "a million brackets": "[" * 100_000,
    "a million braces": "{a: " * 50_000,
    "many laughs": "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n",
    "itself": "a: &a [*a]\n",
    "code": "!!python/object/apply:os.system ['false']",
    "a file": "a: !include /etc/passwd\n",
    "a long line of dashes": "- " * 100_000,
    "colons": ": " * 100_000,
    "questions": "? " * 100_000,
    "too long": "a" * (MAX_CHARACTERS + 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_refused_at_once(name):
    """No document hangs the loader, recurses without end or runs anything: it is a problem within a second."""
    before = time.process_time()
    node, problems = read(HOSTILE[name])
    assert (node, len(problems)) == (None, 1)
    assert time.process_time() - before < 1


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("ab:-[]{}?!&*|>'\"#%@,. \n\t~0"), max_size=60))
def test_no_text_makes_reading_raise(text):
    """Any text is a tree or a list of problems."""
    node, problems = read(text)
    assert (node is not None) or problems
    assert node is None or not isinstance(node, Fields) or isinstance(plain(node), dict)
