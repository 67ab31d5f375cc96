"""docs/policy.md says what the commands do: what it shows is what they print, and its cases pass."""

import re
import shlex
import subprocess
import sys

import yaml

from stream.cases import given_scores, read_cases
from stream.cases.expectations import FIELDS as EXPECTED
from stream.decide.phase_calendar import State
from stream.decide.plainest import plainest
from tests.conftest import ROOT
from tests.decide.test_docs import TABLES
from tests.test_cli import keran

PAGE = (ROOT / "docs/policy.md").read_text(encoding="utf-8")


def example(begins: str) -> str:
    """Give the page's YAML that begins so."""
    return re.search(rf"```yaml\n({begins}.*?)```", PAGE, re.DOTALL)[1]


def test_every_output_shown_is_what_its_command_prints():
    """A command's output stands in the page as it is printed."""
    shown = re.findall(r"<!-- ran: keran (.+?) -->\n```console\n\$ keran (.+?)\n(.*?)```", PAGE, re.DOTALL)
    assert shown
    for command, said, output in shown:
        assert command == said
        run = subprocess.run([sys.executable, "-m", "stream.cli", *shlex.split(command)], capture_output=True, text=True, cwd=ROOT, check=True)  # fmt: skip
        assert run.stdout.strip() == output.strip()


def test_the_cases_shown_pass_on_the_policy_shown(tmp_path):
    """The page's cases, beside the page's policy and its tables."""
    (tmp_path / "example.yaml").write_text(example("policy: "))
    (tmp_path / "example.cases.yaml").write_text(example("- name: "))
    for name, text in TABLES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    run = keran("policy", "test", str(tmp_path))
    assert run.stdout.decode().splitlines()[-1] == "cases: 3, failed: 0"
    assert run.returncode == 0


def test_every_word_of_a_case_is_explained():
    """Whatever can be written in a case, and every state that the calendar shows, is named in the page."""
    words = {*read_cases.FIELDS, *EXPECTED, *given_scores.FIELDS, *State}
    assert sorted(word for word in words if not re.search(rf"`[^`]*\b{word}\b", PAGE)) == []


def test_the_plainest_event_is_as_told():
    """The page tells the ids and the seller's type that a case need not write."""
    event = plainest("ID", 0)
    told = " ".join(re.search(r"The plainest event is (.+?)\n\n", PAGE, re.DOTALL)[1].split())
    assert "update of listing `{id}`, titled `{title}`".format(**event["listing"]) in told
    assert f"{event['seller']['type']} seller `{event['seller']['id']}`" in told
    assert event["event_type"] == "listing.updated"


def test_the_synopses_name_every_option():
    """What stands in the page is what the commands take."""
    for name in ("check", "test", "vectors", "show", "diff"):
        synopsis = re.search(rf"^    keran policy {name} (.+?)\n\n", PAGE, re.MULTILINE | re.DOTALL)[1]
        options = set(re.findall(r"--[a-z-]+", keran("policy", name, "--help", COLUMNS="200").stdout.decode()))
        assert options - {"--help"} == set(re.findall(r"--[a-z-]+", synopsis))


def test_the_contents_are_the_headings_in_order():
    """Whoever follows the list at the top finds every section, and misses none."""
    headings = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    listed = re.findall(r"^- \[(.+)\]\(#(.+)\)$", PAGE.partition("\n## ")[0], re.MULTILINE)
    assert listed == [(each, re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-")) for each in headings]


def test_the_live_policies_are_those_that_the_page_names():
    """AKAR in the folder, the named others below it."""
    told = re.search(r"`policies/examples/` holds others.*?: (.+?)\. To", PAGE, re.DOTALL)[1]
    held = [path for path in (ROOT / "policies/examples").glob("*.yaml") if not path.stem.endswith(".cases")]
    names = {yaml.safe_load(path.read_text())["policy"] for path in held}
    assert set(re.findall(r"`(.+?)`", told)) == names
