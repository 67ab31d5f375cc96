"""docs/policy.md says what the code does: its tables are made from the code's, and its examples load.

`GOLDEN=write` writes the tables anew.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from stream.decide import kinds
from stream.decide.attributes import FORMS
from stream.decide.condition_reader import ALWAYS, GROUPS, SCORE
from stream.decide.facts import FACTS
from stream.decide.kinds import COMPARISONS, Kind
from stream.decide.laws import COUNSELS, LAWS
from stream.decide.local_prices import NEEDED as LOCAL_NEEDED
from stream.decide.local_prices import OPTIONAL as LOCAL_OPTIONAL
from stream.decide.named_lists import NEEDED, OPTIONAL
from stream.decide.origin import CONFLICTS
from stream.decide.outcomes import FIELDS as OUTCOMES
from stream.decide.policy_reader import LOCAL_FIELDS, PHASE_FIELDS, POLICY_FIELDS, RATE_FIELDS
from stream.decide.rate_tables import NEEDED as RATE_NEEDED
from stream.decide.rate_tables import OPTIONAL as RATE_OPTIONAL
from stream.decide.rules import FIELDS as RULE_FIELDS
from stream.decide.vectors import plain, vectors_of
from tests.decide.making import policies, policy, rule

PAGE = Path(__file__).parents[2] / "docs" / "policy.md"
TABLES = {
    "tables/dairy.csv": "value,from,note\n04,2021-09-01,chapter 4\n",
    "tables/rates.csv": "date,currency,rate\n2021-09-01,USD,14250\n",
}


def table(*rows):
    return [f"| {' | '.join(row)} |" for row in (rows[0], ["---"] * len(rows[0]), *rows[1:])]


def named(names):
    return ", ".join(f"`{name}`" for name in names)


def facts_table():
    rows = [
        (f"`{f.name}`", f.kind.name, f.says + (f": {named(f.choices)}" if f.kind is kinds.CHOICE else ""))
        for f in FACTS.values()
    ]
    return table(("fact", "kind", "what it says"), *rows)


def kinds_table():
    held = [kind for kind in vars(kinds).values() if isinstance(kind, Kind)]
    rows = [(kind.name, kind.says, named(kind.operators) + ("" if kind.bare else " only")) for kind in held]
    return table(("kind", "a value is written", "besides a value or a list it can be asked"), *rows)


def conflicts_table():
    return table(("conflict", "means"), *((f"`{name}`", meaning) for name, meaning in CONFLICTS.items()))


def laws_table():
    levels = [*(("error", law) for law in LAWS), *(("warning", law) for law in COUNSELS)]
    return table(("level", "what holds, or should"), *((level, " ".join(law.__doc__.split())) for level, law in levels))


MADE = {"laws": laws_table, "facts": facts_table, "kinds": kinds_table, "conflicts": conflicts_table}


@pytest.mark.parametrize("name", MADE)
def test_tables_are_the_codes(name):
    """Every fact, kind, conflict and law of the code stands in the page as the code has it, and no other."""
    text, made = PAGE.read_text(), "\n".join(MADE[name]())
    block = re.compile(rf"(<!-- {name}: .*? -->\n)(.*?)(<!-- end -->)", re.S)
    if os.environ.get("GOLDEN") == "write":
        text = block.sub(lambda found: f"{found[1]}{made}\n{found[3]}", text)
        PAGE.write_text(text)
    assert block.search(text)[2].strip("\n") == made


def test_examples_load():
    """Every policy in the page is one that a worker would start with."""
    examples = re.findall(r"```yaml\n(policy: .*?)```", PAGE.read_text(), re.S)
    assert examples
    assert len(policies(*examples, tables=TABLES).policies) == len(examples)


def test_every_field_of_a_vector_is_explained():
    """What `keran policy vectors` writes is what the page lists, and no more."""
    held = policies(policy(rule("{seller.type: local}")))
    written = {name for each in vectors_of(held, None) for name in plain(each)}
    section = PAGE.read_text().split("## Test vectors")[1].split("\n## ")[0]
    listed = {name for row in re.findall(r"^\| (`.*?) \|", section, re.M) for name in re.findall(r"`(\w+)`", row)}
    assert written == listed


def test_every_word_of_the_grammar_is_explained():
    """A field, operator, group, outcome or column that can be written is named in the page."""
    words = {*POLICY_FIELDS, *PHASE_FIELDS, *RULE_FIELDS, *RATE_FIELDS, *OUTCOMES, *COMPARISONS, *GROUPS, SCORE, ALWAYS}
    words |= {*LOCAL_FIELDS, *LOCAL_NEEDED, *LOCAL_OPTIONAL, *FORMS}
    words |= {*NEEDED, *OPTIONAL, *RATE_NEEDED, *RATE_OPTIONAL}
    words |= {name for fact in FACTS.values() for name in fact.kind.operators}
    text = PAGE.read_text()
    assert sorted(word for word in words if not re.search(rf"\b{word}\b", text)) == []


def test_what_a_command_is_shown_to_print_it_prints():
    """Every line of an example stands in the output, in that order; `...` stands for lines left out."""
    shown = re.findall(
        r"<!-- ran in part: keran (.+?) -->\n```console\n\$ keran (.+?)\n(.*?)```", PAGE.read_text(), re.S
    )
    assert shown
    for command, named, part in shown:
        run = subprocess.run([sys.executable, "-m", "stream.cli", *shlex.split(command)], capture_output=True, text=True)  # fmt: skip
        printed = "".join(f"{line.rstrip()}\n" for line in run.stdout.splitlines())
        pattern = "\n(?:.*\n)?".join(map(re.escape, f"\n{part}".split("\n...\n")))
        assert command == named
        assert re.search(pattern, f"\n{printed}\n", re.S), printed
