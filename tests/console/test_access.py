"""Who gets in: nobody off loopback unasked, a header from a known proxy alone, tokens, forms of ours, so many a second."""

from hashlib import sha256

import pytest

from stream.console.access import SESSION, Access, check_access
from stream.console.app import FORM_BYTES, HEADERS, make_app
from stream.console.people import Person, load_people
from stream.problems import BadSetup
from stream.settings import Settings
from tests.console.visiting import Visitor

TOKEN = "not-a-secret"
PEOPLE = {
    "ana": Person("ana", "review", sha256(TOKEN.encode()).hexdigest()),
    "budi": Person("budi", "view", sha256(b"another").hexdigest()),
}
PATHS = ("/", "/live", "/listing?id=L-1", "/policy", "/models")


def visitor(desk, access=None, host="127.0.0.1", client="127.0.0.1") -> Visitor:
    return Visitor(make_app(desk, access or Access({})), host, client)


def signed_in(desk, token=TOKEN) -> Visitor:
    found = visitor(desk, Access(PEOPLE))
    found.post("/sign-in", content=f"token={token}")
    return found


def refused(settings: Settings, host: str = "127.0.0.1") -> str:
    with pytest.raises(BadSetup) as bad:
        check_access(settings, host)
    return str(bad.value)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "console.example"])
def test_off_loopback_nothing_is_served_that_asks_nobody_who_they_are(host):
    assert refused(Settings(), host) == (
        f"error: `{host}` can be reached from other machines, and nobody would have to say who they are\n"
        "  --> command line, `--host`\n"
        "  hint: set `KERAN_CONSOLE_PEOPLE` to a file with tokens, or `KERAN_CONSOLE_HEADER` and `KERAN_CONSOLE_PROXIES`"
    )


def test_people_without_tokens_do_not_open_the_door(tmp_path):
    (tmp_path / "people").write_text("ana view\n")
    assert "nobody would have to say" in refused(Settings(console_people=tmp_path / "people"), "0.0.0.0")


def test_a_header_needs_its_proxies_and_they_must_be_addresses():
    assert refused(Settings(console_header="X-User", console_proxies="10.0.0.0/8, proxy")) == (
        "error: expected an address or a network, got `proxy`\n"
        "  --> environment, `KERAN_CONSOLE_PROXIES`\n  hint: such as `10.0.0.0/8`"
    )
    assert refused(Settings(console_header="X-User")) == (
        "error: a header and the proxies that it is believed from go together, got one of them\n"
        "  --> environment, `KERAN_CONSOLE_HEADER` and `KERAN_CONSOLE_PROXIES`\n  hint: set both, or neither"
    )


def test_every_wrong_line_of_people_is_told(tmp_path):
    file = tmp_path / "people"
    file.write_text("# who\nana revew\nana view abc\n<b> view\nlone\n")
    with pytest.raises(BadSetup) as bad:
        load_people(file)
    assert [(p.message, p.place.rpartition(":")[2]) for p in bad.value.problems] == [
        ("unknown role `revew`, did you mean `review`?", "2"),
        ("`ana` is there twice", "3"),
        ("expected the SHA-256 of a token in 64 hex digits", "3"),
        ("`<b>` is no name of letters, digits and `._@+-`", "4"),
        ("expected two or three words, got 1", "5"),
    ]


def test_an_open_console_answers_to_no_other_name(desk):
    """A page elsewhere could point its own name at loopback and read what is shown to a browser here."""
    assert visitor(desk, host="localhost:8080").get("/").status_code == 200
    assert visitor(desk, host="evil.example").get("/").status_code == 403
    assert visitor(desk, host="evil.example:80").get("/").status_code == 403


@pytest.mark.parametrize("path", PATHS)
def test_every_page_asks_for_a_token_where_there_are_some(desk, path):
    stranger = visitor(desk, Access(PEOPLE))
    assert (answer := stranger.get(path)).status_code == 303
    assert answer.headers["location"] == "/sign-in"
    assert signed_in(desk).get(path).status_code == 200


def test_a_wrong_token_a_forged_and_an_old_session_let_nobody_in(desk):
    stranger = visitor(desk, access := Access(PEOPLE))
    assert stranger.post("/sign-in", content="token=wrong").status_code == 403
    stranger.cookies[SESSION] = "ana|9999999999|" + "0" * 64
    assert stranger.get("/").status_code == 303
    stranger.cookies[SESSION] = Access(PEOPLE).sign_in(TOKEN)
    assert stranger.get("/").status_code == 303
    stranger.cookies[SESSION] = "ana|1|" + access._sign("session", "ana|1")
    assert stranger.get("/").status_code == 303


def test_tokens_cannot_be_guessed_at_speed(desk):
    stranger = visitor(desk, Access(PEOPLE))
    assert [stranger.post("/sign-in", content="token=x").status_code for _ in range(6)] == [403] * 5 + [429]


def test_a_header_is_believed_from_its_proxy_alone(desk):
    access = check_access(Settings(console_header="X-User", console_proxies="10.0.0.0/8"), "0.0.0.0")
    named = {"X-User": "citra"}
    assert "Signed in as citra" in visitor(desk, access, client="10.1.1.1").get("/", headers=named).text
    assert visitor(desk, access, client="10.1.1.1").get("/").status_code == 403
    assert visitor(desk, access, client="11.1.1.1").get("/", headers=named).status_code == 403


def test_what_if_asks_for_a_role_and_for_our_own_form(desk):
    form = "id=L-1&title=kopi"
    assert signed_in(desk, "another").post("/listing/what-if", content=form).status_code == 403
    assert "what-if" not in signed_in(desk, "another").get("/listing?id=L-1").text
    ana = signed_in(desk)
    assert ana.post("/listing/what-if", content=form).status_code == 403
    mark = ana.get("/listing?id=L-1").text.partition('name="mark" value="')[2].partition('"')[0]
    assert ana.post("/listing/what-if", content=f"{form}&mark={mark}").status_code == 200
    assert ana.post("/listing/what-if", content=b"a" * (FORM_BYTES + 1)).status_code == 413


@pytest.mark.parametrize("path", [*PATHS, "/sign-in", "/nowhere", "/static/console.css", "/static/nowhere"])
def test_every_answer_carries_the_headers_that_guard_it(desk, path):
    answer = visitor(desk).get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in HEADERS["content-security-policy"]


def test_whoever_asks_too_often_waits(desk):
    found = visitor(desk)
    assert 429 in [found.get("/listing").status_code for _ in range(200)]


@pytest.mark.parametrize("path", ["/listing", "/listing?id=nobody", "/?before=x&span=9&outcome=<b>", "/?q=%00%ff", f"/?before={'9' * 18}"])  # fmt: skip
def test_no_address_brings_it_down(desk, path):
    assert visitor(desk).get(path).status_code in (200, 404)
