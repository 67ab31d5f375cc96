"""Every warning, word for word: `golden_warnings/NAME.yaml` (or a folder of that name) beside `NAME.txt`.

To add one, write the policy and its text. `GOLDEN=write` writes the texts that are missing.
"""

import ast
import os
import re
import sys
from pathlib import Path

import pytest

import stream.decide
from stream.contract.instant import parse_instant
from stream.decide.laws import COUNSELS, warnings_of
from stream.decide.laws.given import Given
from stream.decide.load import load_policies
from stream.decide.yaml_nodes import Place
from tests.decide.making import CLUSTERS, policies, policy, rule

GOLDEN = Path(__file__).parent / "golden_warnings"
WRITTEN = sorted(
    path for path in GOLDEN.iterdir() if path.suffix == ".yaml" or (path.is_dir() and path.name != "tables")
)
NOW = parse_instant("2022-03-01T00:00:00+07:00").micros
GIVEN = Given(CLUSTERS, NOW)
# What the cases of rates-cliffs.yaml would reach, and that those of phases-gap.yaml are not there.
REACHED = Given(CLUSTERS, NOW, {"rates-cliffs.yaml": frozenset({("first", "cheap"), ("after-the-slip", "cheap")})})


def told(path, given=GIVEN):
    return "".join(f"{each}\n" for each in warnings_of(load_policies(Path(path), CLUSTERS), given))


def check(name, found):
    expected = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write" and not expected.exists():
        expected.write_text(found)
    assert found == expected.read_text()


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_warning(path, monkeypatch):
    """What is doubtful in a policy that breaks no law is told in these words, with its place and what to do."""
    monkeypatch.chdir(GOLDEN)
    check(path.stem, told(path.name))


def test_cases_that_reach_too_little(monkeypatch):
    """A policy without cases, and each rule that no case reaches, are told."""
    monkeypatch.chdir(GOLDEN)
    only_cases = "".join(
        f"{each}\n" for each in COUNSELS[-1].breaches(load_policies(Path("rates-cliffs.yaml"), CLUSTERS), REACHED)
    )
    check("made-cases", only_cases + told("phases-gap.yaml", REACHED))


def test_every_warning_has_an_example(monkeypatch):
    """No line of the core warns of anything that the examples above do not show."""
    reached: set[tuple[str, int]] = set()
    warn = Place.warning

    def remember(*said):
        frame = sys._getframe(1)
        reached.add((frame.f_code.co_filename, frame.f_lineno))
        return warn(*said)

    monkeypatch.setattr(Place, "warning", remember)
    monkeypatch.chdir(GOLDEN)
    for path in WRITTEN:
        told(path.name, REACHED)
    missing = [
        f"{file}:{first}"
        for file, first, last in _warnings()
        if not any((file, at) in reached for at in range(first, last + 1))
    ]
    assert missing == []


def _warnings():
    """Give where the core's calls stand that warn of something."""
    for path in sorted(Path(stream.decide.__path__[0]).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "warning":
                yield str(path), node.lineno, node.end_lineno


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_every_warning_has_its_line_and_a_hint(path, monkeypatch):
    """Whoever reads a warning knows where to look and what to do."""
    monkeypatch.chdir(GOLDEN)
    found = list(warnings_of(load_policies(Path(path.name), CLUSTERS), REACHED))
    assert found
    assert all(re.search(r"\.yaml:[0-9]+", each.place) and each.hint for each in found)


def test_warnings_are_no_errors():
    """A warning says so, and never stands among the problems that refuse a start."""
    held = policies(policy(rule("{seller.type: local}", "allow"), phase="effective: 2021-01-01\n    until: 2021-02-01"))
    assert [each.level for each in warnings_of(held, Given(CLUSTERS, NOW, {}))] == ["warning"]
    assert str(next(warnings_of(held, Given(CLUSTERS, NOW, {})))).startswith("warning: no case shows")


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("{listing.price: {lt: 50 USD}}", "{listing.hs_code: {prefix: '62'}}", True),
        ("{listing.price: {lt: 50 USD}}", "{listing.price: {gte: 50 USD}}", False),
        ("{listing.price: {lt: 50 USD}}", "{listing.price: {lt: 100 USD}}", False),
        ("{origin.ship_from: CN}", "{seller.country: CN}", True),
        ("{inferred.seller_type: local}", "{origin.ship_from: CN}", False),
        ("{inferred.seller_type: cross_border}", "{listing.tkdn.with_bmp: {gte: 40}}", True),
        ("{score_in: {clusters: craft, gte: 0.6}}", "{score_in: {clusters: culinary, gte: 0.3}}", True),
        ("{score_in: {clusters: craft, gte: 0.6}}", "{score_in: {clusters: culinary, gte: 0.5}}", False),
        ("{listing.certificates: halal}", "{listing.certificates: sni}", True),
        ("{listing.revision: {gt: 3}}", "{occurred_at: {gte: 2021-09-01}}", True),
        ("{listing.category_path: {prefix: Food}}", "{listing.category_path: Food > Snacks}", True),
        ("{listing.title: {prefix: kopi}}", "{listing.title: {not: kopi}}", True),
        ("{listing.title: {prefix: kopi}}", "{listing.title: {prefix: teh}}", False),
    ],
)  # fmt: skip
def test_overlaps(one, other, overlap):
    """Two rules that decide differently are told exactly where a listing is found that both match, and neither lies in the later."""
    held = policies(policy(rule(one, "allow", "one") + rule(other, "block", "other")))
    found = [each for each in warnings_of(held, GIVEN) if "hidden in part" in each.message]
    assert bool(found) is overlap


def test_local_prices_compare_money_too():
    """A phase without any rule that asks for a price outlives its rates where local prices are converted by them."""
    head = (
        "rates: {bi: {file: bi.csv, base: IDR, basis: x}}\nlocal_prices: {file: local.csv, currency: USD, below: 40%}"
    )
    tables = {
        "bi.csv": "date,currency,rate\n2022-01-01,USD,14000\n",
        "local.csv": "price,from,cluster\n9,2022-01-01,craft\n",
    }
    held = policies(policy("[]", head), tables=tables)
    found = [str(each) for each in warnings_of(held, GIVEN)]
    assert any("the rates of the table `bi` end on 2022-01-02" in each and "local.csv:2" in each for each in found)
