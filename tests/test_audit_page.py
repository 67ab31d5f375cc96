"""`docs/audit.md` cannot rot: its options, metrics, settings, rights and fields are those of the code."""

import re
import shlex
import subprocess
import sys

from prometheus_client import generate_latest

from stream.archive.segment import COLUMNS
from stream.contract.audit import Statement
from stream.contract.segment import SegmentMeta
from stream.engines.archive_checks import rights_of_archive
from stream.engines.archive_pages import ArchiveMetrics
from stream.engines.rights import acl_of
from stream.settings import Settings
from tests.conftest import ROOT

PAGE = (ROOT / "docs/audit.md").read_text(encoding="utf-8")


def test_every_option_named_exists():
    commands = [shlex.split(line)[1:] for line in PAGE.splitlines() if line.startswith("    keran ")]
    assert len(commands) == 4
    helped = ""
    for words in {("archive",), *((word, other) for word, other, *_ in commands if word == "audit")}:
        run = subprocess.run([sys.executable, "-m", "stream.cli", *words, "--help"], capture_output=True, text=True, cwd=ROOT, env={"COLUMNS": "200", "PATH": ""}, check=True)  # fmt: skip
        helped += run.stdout
    named = set(re.findall(r"(?<!kafka-acls )(--[a-z][a-z-]+)", re.sub(r"```sh.*?```", "", PAGE, flags=re.DOTALL)))
    assert {option for option in named if option not in helped} == set()


def test_every_metric_is_named_and_exists():
    known = set(re.findall(r"^# TYPE (keran_\S+)", generate_latest(ArchiveMetrics().registry).decode(), re.MULTILINE))
    known = {name for name in known if not name.endswith("_created")}
    assert set(re.findall(r"keran_archive_[a-z_]+", PAGE)) == known


def test_every_setting_named_exists():
    named = {name.removeprefix("KERAN_").lower() for name in re.findall(r"KERAN_[A-Z_]+", PAGE)}
    assert named <= set(Settings.model_fields)


def test_the_rights_are_those_it_asks_for():
    """Here and on the page on operations."""
    for page in (PAGE, (ROOT / "docs/operations.md").read_text(encoding="utf-8")):
        shown = re.findall(r"^kafka-acls --add --allow-principal User:archiver (.+)$", page, re.MULTILINE)
        assert shown == [acl_of(right) for right in rights_of_archive(Settings(live="control"))]


def test_columns_and_fields_are_named():
    assert all(f"`{name}`" in PAGE for name in (*COLUMNS.names, *Statement.model_fields))
    unsaid = {"schema_", "topic", "partition", "last_timestamp"}
    assert all(f"`{name}`" in PAGE for name in SegmentMeta.model_fields if name not in unsaid)
