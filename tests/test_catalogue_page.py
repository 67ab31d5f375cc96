"""docs/catalogue.md says what the commands do: what it shows is what they print, and no option is left out."""

import re
import shlex

import pyarrow.parquet as pq

from stream.catalogue.arrow import OUTCOMES
from tests.conftest import ROOT
from tests.test_cli import keran

PAGE = (ROOT / "docs/catalogue.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"<!-- ran: keran (.+?) -->\n```console\n\$ keran (.+?)\n(.*?)```", PAGE, re.DOTALL)


def printed(text: bytes) -> str:
    return "\n".join(line.rstrip() for line in text.decode().splitlines())


def test_the_impact_shown_is_what_the_command_prints():
    """Between the three dots the page shows what is printed, in order."""
    command, said, output = SHOWN[0]
    assert command == said
    told = printed(keran(*shlex.split(command)).stdout)
    at = 0
    for part in output.split("...\n"):
        assert part.strip() in told[at:]
        at = told.index(part.strip(), at)


def test_the_replay_shown_writes_a_row_a_record(tmp_path):
    command, said, _ = SHOWN[1]
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
