"""`keran dead` as its users meet it, without a broker: files, refusals, exit codes. With one: tests/kafka/test_dead.py."""

import json

import pytest

from tests.conftest import value_with
from tests.test_cli import keran


@pytest.fixture
def dead_letters(tmp_path):
    """What a replay over a file leaves: a title that is a number, a word that is no JSON, a line that is no UTF-8."""
    events = b"\n".join(
        [value_with(), value_with(listing__title=3), b"{tas}", b"\xff\xfe", value_with(listing__title=4)]
    )
    file = tmp_path / "dead.jsonl"
    run = keran("replay", "-", "--output", "-", "--dead-letters", str(file), stdin=events)
    assert run.returncode == 0
    return file


def test_a_file_of_dead_letters_is_listed(dead_letters):
    run = keran("dead", "list", "--file", str(dead_letters))
    assert (run.returncode, run.stderr) == (0, b"4 dead letters\n")
    heading, *rows = run.stdout.decode().splitlines()
    assert heading.split() == ["AT", "CODE", "PATH", "FROM", "TIME", "KEY", "REASON"]
    assert [row.split()[:4] for row in rows] == [
        ["0:0", "wrong-type", "$.listing.title", "stdin/0/1"],
        ["0:1", "not-json", "$", "stdin/0/2"],
        ["0:2", "not-utf8", "$", "stdin/0/3"],
        ["0:3", "wrong-type", "$.listing.title", "stdin/0/4"],
    ]


def test_filters_and_counts_work_on_a_file(dead_letters):
    asked = ("dead", "list", "--file", str(dead_letters))
    assert (
        keran(*asked, "--by", "reason").stdout.decode()
        == "         2  wrong-type\n         1  not-json\n         1  not-utf8\n"
    )
    assert keran(*asked, "--by", "path", "--json", "--limit", "1").stdout == b'{"path":"$","count":2}\n'
    assert keran(*asked, "--path", "$.listing", "--limit", "1").stderr == b"1 dead letter\n"
    none = keran(*asked, "--topic", "none")
    assert (none.returncode, none.stdout, none.stderr) == (0, b"", b"0 dead letters\n")


def test_json_lines_can_be_listed_again(dead_letters):
    lines = keran("dead", "list", "--file", str(dead_letters), "--json").stdout
    assert json.loads(lines.splitlines()[2])["value_base64"] == "//4="
    assert keran("dead", "list", "--file", "-", "--json", stdin=lines).stdout == lines


def test_a_line_that_is_no_dead_letter_is_told_with_its_place(dead_letters):
    dead_letters.write_bytes(dead_letters.read_bytes() + b"{}\n")
    run = keran("dead", "list", "--file", str(dead_letters))
    assert run.returncode == 2
    assert (
        run.stderr.decode()
        == f"error: expected a dead letter\n  --> {dead_letters}:5\n  hint: a line that Keran wrote\n"
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        (["show", "3-42"], {}, "error: expected `PARTITION:OFFSET`, got `3-42`\n  --> command line\n  hint: the first column of `keran dead list`, such as `3:42`\n"),
        (["list", "--file", "/none/such"], {}, "error: file cannot be read: No such file or directory\n  --> /none/such\n  hint: name another file\n"),
        (["list", "--since", "soon"], {}, "error: expected an RFC 3339 time with an offset, got `soon`\n  --> command line, `--since`\n  hint: such as `2021-08-03T09:00:00+07:00`\n"),
        (["replay", "--to", "listings.dead"], {}, "error: `listings.dead` is the topic of the dead letters themselves\n  --> command line, `--to`\n  hint: name a topic of listing events\n"),
        *(
            (arguments, {"KERAN_BROKER": "127.0.0.1:1"}, "error: no broker answers\n  --> environment, `KERAN_BROKER`: `127.0.0.1:1`\n  hint: is it up, and are `KERAN_BROKER` and the settings of its security right?\n")
            for arguments in (["list"], ["show", "0:0"], ["replay"], ["replay", "--publish"])
        ),
    ],
)  # fmt: skip
def test_bad_setup_is_told_and_ends_with_2(arguments, environment, told):
    run = keran("dead", *arguments, **environment)
    assert (run.returncode, run.stdout, run.stderr.decode()) == (2, b"", told)


def test_settings_and_options_are_told_together():
    run = keran(
        "dead", "replay", "--reason", "not-jason", "--to", "dead", KERAN_TOPIC_DEAD="dead", KERAN_RUN_ROWS="many"
    )
    assert run.returncode == 2
    first, *others = run.stderr.decode().split("\n\n")
    assert "`KERAN_RUN_ROWS`" in first
    assert [other.splitlines()[0] for other in others] == [
        "error: unknown reason `not-jason`, did you mean `not-json`?",
        "error: `dead` is the topic of the dead letters themselves",
    ]
