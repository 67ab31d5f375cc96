"""The security settings, as both clients get them; a broker that asks for them is in `tests/kafka/test_security.py`."""

import ssl

import pytest
from faust.auth import SASLCredentials, SSLCredentials

from stream.engines.security import connection, credentials
from stream.problems import BadSetup
from stream.settings import Settings

SASL = {"sasl_user": "keran", "sasl_password": "secret"}


def test_plaintext_needs_no_credentials():
    assert credentials(Settings()) is None
    assert connection(Settings(broker="a:1,b:2"), "us") == {
        "bootstrap_servers": ["a:1", "b:2"],
        "client_id": "us",
        "security_protocol": "PLAINTEXT",
    }


def test_ssl_checks_the_broker_against_the_given_authorities():
    given = credentials(Settings(security_protocol="SSL"))
    assert isinstance(given, SSLCredentials)
    assert given.context.verify_mode == ssl.CERT_REQUIRED
    assert given.context.check_hostname
    assert connection(Settings(security_protocol="SSL"), "us")["security_protocol"] == "SSL"


@pytest.mark.parametrize(("protocol", "encrypted"), [("SASL_PLAINTEXT", False), ("SASL_SSL", True)])
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_sasl_is_the_same_for_the_consumer_and_the_producer(protocol, encrypted, mechanism):
    settings = Settings(security_protocol=protocol, sasl_mechanism=mechanism, **SASL)
    consumer, producer = credentials(settings), connection(settings, "us")
    assert isinstance(consumer, SASLCredentials)
    assert (consumer.username, consumer.password) == ("keran", "secret")
    assert (consumer.protocol.value, consumer.mechanism.value) == (protocol, mechanism)
    assert (consumer.ssl_context is not None) == encrypted
    assert (producer["security_protocol"], producer["sasl_mechanism"]) == (protocol, mechanism)
    assert (producer["sasl_plain_username"], producer["sasl_plain_password"]) == ("keran", "secret")
    assert (producer["ssl_context"] is not None) == encrypted


def test_files_that_cannot_be_used_are_all_told_at_once(tmp_path):
    junk = tmp_path / "junk.pem"
    junk.write_text("this is no certificate")
    settings = Settings(security_protocol="SSL", ssl_ca=tmp_path / "nowhere.pem", ssl_cert=junk, ssl_key=junk)
    with pytest.raises(BadSetup) as refused:
        credentials(settings)
    ca, pair = refused.value.problems
    assert ca.place == "environment, `KERAN_SSL_CA`"
    assert "nowhere.pem" in ca.message
    assert pair.place == "environment, `KERAN_SSL_CERT`"
    assert "junk.pem" in pair.message
