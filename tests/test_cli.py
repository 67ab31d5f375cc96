"""The command line as its users meet it: exit codes, and what stands on the two outputs."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from tests.conftest import ROOT, value_with
from tests.decide.making import policy, rule

GOLDEN = Path(__file__).with_name("golden")


def keran(*arguments: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command line as a process, in the project's folder, with these settings and no others."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KERAN_")}
    command = [sys.executable, "-m", "stream.cli", *arguments]
    return subprocess.run(
        command, input=stdin, capture_output=True, env={**clean, **environment}, cwd=ROOT, check=False
    )


@pytest.mark.parametrize(
    "command", [["worker"], ["policy", "check"], ["replay", "-", "--output", "-"], ["explain", "-"]]
)
def test_bad_setup_shows_every_problem_and_exits_with_2(command, tmp_path):
    """Settings, model and policies at once, no traceback, nothing on standard output."""
    (tmp_path / "bad.yaml").write_text("policy: id-akar\nversion: 3\nmarket: ID\ntimezone: Asia/Jakarta\nphases: []\n")
    run = keran(
        *command, KERAN_RUN_ROWS="many", KERAN_BRIKER="x", KERAN_SHELF=str(tmp_path), KERAN_POLICIES=str(tmp_path)
    )
    shown = run.stderr.decode().replace(str(tmp_path), "TMP")
    assert run.returncode == 2
    assert run.stdout == b""
    assert "Traceback" not in shown
    assert shown == (GOLDEN / "bad_setup.txt").read_text()


@pytest.mark.parametrize(
    "command",
    [
        ["policy", "check", "LONG"],
        ["policy", "show", "LONG"],
        ["policy", "test", "LONG"],
        ["policy", "diff", "LONG", "policies", "--on", "LONG"],
        ["replay", "LONG", "--output", "LONG", "--policy", "LONG"],
        ["explain", "LONG", "--policy", "LONG"],
    ],
)
def test_a_path_too_long_to_be_one_is_bad_setup(command):
    """As one that is not there: 255 bytes are what a name may have on most disks."""
    long = "a" * 256
    run = keran(*(long if word == "LONG" else word for word in command), KERAN_SHELF=long)
    assert run.returncode == 2
    assert run.stderr.startswith(b"error: ")
    assert b"Traceback" not in run.stderr


def test_a_replay_gives_the_same_bytes_every_time(tmp_path):
    events = b"\n".join([value_with(), b"broken", value_with(listing__title="kopi gayo")])
    first, again = (
        keran("replay", "-", "--output", "-", "--as-of", "2021-08-03T02:00:01Z", stdin=events) for _ in range(2)
    )
    assert first.returncode == 0
    assert first.stdout == again.stdout
    assert [orjson.loads(line)["decision"] for line in first.stdout.splitlines()] == ["block", "block"]
    assert "3 outcomes: 1 dead_letter:not-json, 2 decision:block" in first.stderr.decode()


def test_the_clock_can_be_pinned_by_a_setting_and_overruled_by_an_option():
    pinned = {"KERAN_AS_OF": "2021-08-02T00:00:00+07:00"}
    by_setting = keran("replay", "-", "--output", "-", stdin=value_with(), **pinned)
    by_option = keran("replay", "-", "--output", "-", "--as-of", "event", stdin=value_with(), **pinned)
    assert [orjson.loads(run.stdout)["decision"] for run in (by_setting, by_option)] == ["allow", "block"]


def test_what_was_published_later_can_be_left_out():
    known = keran("replay", "-", "--output", "-", "--as-known-on", "2021-08-02T00:00:00+07:00", stdin=value_with())
    assert orjson.loads(known.stdout)["decision"] == "allow"


def test_an_option_that_is_no_time_is_bad_setup():
    run = keran("replay", "-", "--output", "-", "--as-of", "yesterday")
    assert run.returncode == 2
    assert "got `yesterday`\n  --> command line, `--as-of`" in run.stderr.decode()


def test_explain_tells_the_whole_path_in_words():
    """The golden text, but for what the next model and policy edition change: scores, thresholds and digests."""
    run = keran("explain", "-", stdin=value_with())
    assert run.returncode == 0
    for line in (GOLDEN / "explain.txt").read_text().splitlines():
        assert line in run.stdout.decode()


def test_explain_as_json_carries_the_decision_and_every_rule():
    run = keran("explain", "-", "--json", stdin=value_with())
    explanation = json.loads(run.stdout)
    assert explanation["decision"]["decision"] == "block"
    assert [(rule["rule"], rule["reached"]) for rule in explanation["rules"]] == [
        ("close-cross-border", True),
        ("doubtful", False),
        ("grow-local", False),
    ]


def test_explain_as_json_tells_the_letters_down_to_the_score():
    """Bias and spans make the log odds of the two clusters, as far as the decision's rounded scores show them."""
    explanation = json.loads(keran("explain", "-", "--json", stdin=value_with(listing__title="Gamis & kopi")).stdout)
    letters, scores = explanation["letters"], explanation["decision"]["classification"]["scores"]
    log_odds = letters["bias"] + letters["unit"] * sum(span["weight"] for span in letters["spans"])
    score, of_rival, half = scores[letters["cluster"]], scores[letters["rival"]], 0.5001e-4
    assert math.log((score - half) / (of_rival + half)) <= log_odds
    assert log_odds <= math.log((score + half) / max(of_rival - half, 1e-9))
    assert {word["text"] for word in letters["words"]} == {"Gamis", "kopi"}


def test_explain_of_what_cannot_be_read_says_why():
    run = keran("explain", "-", stdin=value_with(listing__title=3))
    assert run.returncode == 1
    assert "wrong-type: expected `str`, got `int` - at `$.listing.title`" in run.stdout.decode()


def test_policy_check_of_what_ships_finds_nothing():
    """Neither problems nor warnings: of AKAR, which is live, nor of the examples beside it."""
    for paths, told in (
        ((), b"1 policy, no problems\n"),
        (("policies", "policies/examples"), b"4 policies, no problems\n"),
    ):
        run = keran("policy", "check", "--strict", *paths)
        assert (run.returncode, run.stdout, run.stderr) == (0, told, b"")


def test_warnings_are_told_and_fail_only_where_that_is_asked_for(tmp_path):
    """A policy with a gap starts a worker all the same; whoever wants none of it asks for `--strict`."""
    text = (ROOT / "policies" / "id-akar.yaml").read_text()
    file = tmp_path / "id-akar.yaml"
    again = "  - {id: again, effective: 2023-01-01, citation: none, rules: []}\n"
    file.write_text(text.replace("\nnote:", f"\n{again}note:"))
    file.write_text(file.read_text().replace('    citation: "Lazada', '    until: 2022-01-01\n    citation: "Lazada'))
    (tmp_path / "id-akar.cases.yaml").write_text(
        "- {name: a, as_of: 2021-09-01, event: {seller.type: cross_border}, classification: craft, expect: {decision: block}}\n"
        "- {name: b, as_of: 2021-09-01, event: {seller.type: cross_border}, classification: {cluster: other, abstained: true}, expect: {decision: allow}}\n"
        "- {name: c, as_of: 2021-09-01, event: {origin.country: CN}, classification: culinary, expect: {decision: allow}}\n"
    )
    run = keran("policy", "check", str(tmp_path))
    assert (run.returncode, run.stderr) == (0, b"")
    shown = run.stdout.decode()
    assert shown.startswith("warning: nothing is in force from 2022-01-01 until 2023-01-01")
    assert shown.endswith("\n\n1 policy, no problems, 1 warning\n")
    assert keran("policy", "check", str(tmp_path), "--strict").returncode == 1


def test_cases_that_cannot_be_read_are_a_warning(tmp_path):
    """A worker starts without them: `keran policy test` refuses them, and checking tells the same as a warning."""
    (tmp_path / "p.yaml").write_text(policy(rule("{seller.type: local}", "review", "seen")))
    (tmp_path / "p.cases.yaml").write_text(
        "- {name: a, as_of: 2021-09-01, expect: {decision: allow, rules: seen}}\n- {name: b, as_of: soon, expect: {decision: allow}}\n"
    )
    run = keran("policy", "check", str(tmp_path))
    assert (run.returncode, run.stderr) == (0, b"")
    told, *_, count = run.stdout.decode().splitlines()
    assert told == "warning: expected a date or a time, found `soon`"
    assert count == "1 policy, no problems, 1 warning"
    assert keran("policy", "test", str(tmp_path)).stderr.startswith(b"error: expected a date or a time, found `soon`")


def test_policy_vectors_writes_what_was_decided(tmp_path):
    """Two lines a rule, the same bytes every time, and each event is one that `replay` decides alike."""
    out = tmp_path / "vectors.jsonl"
    run = keran("policy", "vectors", "policies/id-akar.yaml", "--output", str(out))
    assert (run.returncode, run.stdout) == (0, b"")
    assert run.stderr.decode() == "6 vectors, 0 not found\n"
    assert out.read_bytes() == keran("policy", "vectors", "policies/id-akar.yaml").stdout
    first, second, *_ = map(orjson.loads, out.read_bytes().splitlines())
    assert (first["rule"], first["expect"], first["decision"]) == ("close-cross-border", "match", "block")
    assert (second["changed"], second["decision"]) == (["scores"], "allow")
    assert first["classification"]["scores"]["craft"] == 0.8


def test_policy_vectors_says_what_it_did_not_find(tmp_path):
    (tmp_path / "p.yaml").write_text(policy(rule("always", "review")))
    run = keran("policy", "vectors", str(tmp_path))
    assert run.returncode == 0
    assert run.stdout.count(b"\n") == 1
    assert "keeps the event it matches from matching\n  --> " in run.stderr.decode()
    assert keran("policy", "vectors", "--output", str(tmp_path / "none" / "x")).returncode == 2


@pytest.mark.parametrize(
    "arguments", [["--help"], ["worker", "--help"], ["policy", "--help"], ["models"], ["settings"]]
)
def test_help_and_lists_are_there(arguments):
    assert keran(*arguments).returncode == 0
