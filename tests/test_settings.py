"""Settings: read once, each problem named by its variable, secrets never shown."""

import pytest

from stream.problems import BadSetup
from stream.settings import check_settings, read_settings, settings_rows


def refusal(monkeypatch, **environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSetup) as bad:
        read_settings()
    return str(bad.value)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("KERAN_BROKER", "localhost", "expected `host:port`, more of them parted by commas, got `localhost`"),
        ("KERAN_RUN_ROWS", "0", "expected greater than or equal to 1, got `0`"),
        (
            "KERAN_AS_OF",
            "2021",
            "expected an RFC 3339 time with an offset, such as `2021-08-03T09:00:00+07:00`, got `2021`",
        ),
        ("KERAN_LOG_LEVEL", "loud", "expected 'debug', 'info', 'warning' or 'error', got `loud`"),
        ("KERAN_TOPIC_DEAD", "a b", "expected a topic name of letters, digits, `.`, `_` and `-`, got `a b`"),
        ("KERAN_BRIKER", "x:1", "unknown setting `KERAN_BRIKER`, did you mean `KERAN_BROKER`?"),
        ("KERAN_SSL_KEY", "key.pem", "a client's certificate and its key go together, got one of them"),
        ("KERAN_SECURITY_PROTOCOL", "SASL_SSL", "`KERAN_SASL_USER` is not set, and SASL_SSL needs it"),
    ],
)
def test_each_refusal_names_the_variable_and_what_was_expected(monkeypatch, name, value, message):
    shown = refusal(monkeypatch, **{name: value})
    assert f"error: {message}\n  --> environment, `{name}" in shown or (message in shown and name in shown)


def test_all_problems_are_shown_at_once(monkeypatch):
    shown = refusal(monkeypatch, KERAN_RUN_ROWS="x", KERAN_HTTP_PORT="70000", KERAN_NOPE="1", KERAN_SSL_KEY="key.pem")
    assert shown.count("error: ") == 4


def test_what_is_wrong_has_its_default_so_that_the_rest_can_be_checked(monkeypatch):
    monkeypatch.setenv("KERAN_RUN_ROWS", "x")
    monkeypatch.setenv("KERAN_GROUP", "mine")
    settings, problems = check_settings()
    assert (settings.run_rows, settings.group, len(problems)) == (4_000, "mine", 1)


def test_a_password_is_never_shown(monkeypatch):
    monkeypatch.setenv("KERAN_SASL_PASSWORD", "s3cret")
    assert "s3cret" not in repr(read_settings())
    assert "s3cret" not in refusal(monkeypatch, KERAN_RUN_ROWS="x")


@pytest.mark.parametrize(
    ("broker", "read"),
    [
        ("kafka://a:9092", "a:9092"),
        ("a:1,b:2", "a:1,b:2"),
        ("kafka://a:1;kafka://b:2", "a:1,b:2"),
        ("[::1]:9092", "[::1]:9092"),
    ],
)
def test_brokers_are_written_in_the_usual_ways(monkeypatch, broker, read):
    monkeypatch.setenv("KERAN_BROKER", broker)
    assert read_settings().broker == read


def test_every_setting_says_what_it_is():
    assert all(words.endswith(".") for _, _, words in settings_rows())
