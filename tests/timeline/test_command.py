"""`keran policy show` as its users meet it: the clock read at the edge, dates as policies write them, files written."""

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import partial

from tests.conftest import ROOT
from tests.test_cli import keran


def test_it_shows_now_by_default():
    """Without a date it is the clock's."""
    shown = keran("policy", "show").stdout.decode()
    told = re.match(r"as of (.+?) in Asia/Jakarta, as known then: 1 policy, 1 in force", shown)[1]
    assert abs(datetime.fromisoformat(f"{told}+07:00") - datetime.now(UTC)) < timedelta(minutes=5)


def test_the_clock_can_be_pinned_by_a_setting_and_overruled_by_an_option():
    """`KERAN_AS_OF` is the clock of everything; a date is midnight where the policies are."""
    pinned = {"KERAN_AS_OF": "2021-08-02T00:00:00+07:00"}
    assert b"in force  nothing" in keran("policy", "show", **pinned).stdout
    assert b"in force  phase 2021-08" in keran("policy", "show", "--as-of", "2021-08-03", **pinned).stdout


def test_what_was_published_later_can_be_left_out():
    """As known the day before, nothing is in force on the day."""
    shown = keran("policy", "show", "--as-of", "2021-08-03", "--as-known-on", "2021-08-02").stdout.decode()
    assert "in force  nothing" in shown
    assert "left out  1 phase published later than is asked for" in shown


def test_a_page_and_a_drawing_are_written(tmp_path):
    """Both stand for themselves beside what the terminal shows."""
    page, drawing = tmp_path / "calendar.html", tmp_path / "calendar.svg"
    run = keran("policy", "show", "policies", "policies/examples", "--html", str(page), "--svg", str(drawing))
    assert (run.returncode, run.stderr) == (0, b"")
    assert page.read_text().startswith("<!doctype html>")
    assert drawing.read_text().startswith("<svg ")
    assert all(name in page.read_text() for name in ("id-akar", "id-shopee", "id-tiktok-shop", "id-tkdn"))


def test_bad_setup_exits_with_2(tmp_path):
    """A date that is none, a place that cannot be written, a policy with mistakes: told, no traceback."""
    for arguments, told in (
        (("--as-of", "3 August"), "expected a date or a time, found `3 August`\n  --> command line, `--as-of`"),
        (
            ("--as-known-on", "2021-02-30"),
            "`2021-02-30` is no day of the calendar\n  --> command line, `--as-known-on`",
        ),
        (("--html", str(tmp_path / "no" / "page.html")), "file cannot be written: No such file or directory"),
        (("nowhere",), "no such file or folder"),
    ):
        run = keran("policy", "show", *arguments)
        assert run.returncode == 2
        assert told in run.stderr.decode()
        assert "Traceback" not in run.stderr.decode()


def test_a_page_needs_the_report_extra():
    """A worker's machine has no template engine: it is told what to install, and the terminal's calendar needs none."""
    without = "import sys; sys.modules['jinja2'] = None; from stream.cli import main; main()"
    run = partial(subprocess.run, capture_output=True, text=True, cwd=ROOT, check=False)
    told = run([sys.executable, "-c", without, "policy", "show", "--html", "page.html"])
    assert told.returncode == 2
    assert "`jinja2` is not installed" in told.stderr
    assert "pip install 'keran[report]'" in told.stderr
    assert run([sys.executable, "-c", without, "policy", "show"]).returncode == 0
