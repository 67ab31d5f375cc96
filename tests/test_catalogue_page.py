"""docs/catalogue.md says what the commands do: what it shows is what they print, and no option is left out."""

import re
import shlex

import pyarrow.parquet as pq
import pytest

from stream.catalogue.arrow import OUTCOMES
from stream.catalogue.changed import CHANGED
from tests.conftest import ROOT
from tests.test_cli import keran

PAGE = (ROOT / "docs/catalogue.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"<!-- ran: keran (.+?) -->\n```console\n\$ keran (.+?)\n(.*?)```", PAGE, re.DOTALL)


def printed(text: bytes) -> str:
    return "\n".join(line.rstrip() for line in text.decode().splitlines())


@pytest.mark.parametrize("number", [0, 1])
def test_the_impact_shown_is_what_the_command_prints(number):
    """Between the three dots the page shows what is printed, in order."""
    command, said, output = SHOWN[number]
    assert command == said
    told = printed(keran(*shlex.split(command)).stdout)
    at = 0
    for part in output.split("...\n"):
        assert part.strip() in told[at:]
        at = told.index(part.strip(), at)


def test_the_replay_shown_writes_a_row_a_record(tmp_path):
    command, said, _ = SHOWN[2]
    assert command == said
    output = tmp_path / "decisions.parquet"
    told = keran(*shlex.split(command.replace("build/decisions.parquet", str(output))))
    assert told.returncode == 0
    lines = (ROOT / "tests/samples/listings.jsonl").read_bytes().splitlines()
    assert (pq.read_schema(output), pq.read_metadata(output).num_rows) == (OUTCOMES, len(lines))


def test_every_option_of_impact_is_in_the_page():
    options = set(re.findall(r"--[a-z-]+", keran("impact", "--help").stdout.decode())) - {"--help"}
    assert "--old-policy" in options
    assert sorted(option for option in options if f"`{option}" not in PAGE) == []


def test_every_column_for_analysts_is_in_the_page_in_order():
    table = PAGE[PAGE.index("### Every changed listing") : PAGE.index("## Decide it")]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    assert re.findall("`([a-z_]+)`", " ".join(rows)) == CHANGED.names
