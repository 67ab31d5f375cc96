"""How the brokers are reached: the settings' security as Faust's credentials and as the arguments of our own producer.

Both come from one place, so the two clients cannot differ. Files that cannot be read are bad setup, all told at once.
"""

import ssl
from collections.abc import Iterator, Mapping
from typing import Any

from faust.auth import Credentials, SASLCredentials, SSLCredentials
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from stream.problems import BadSetup, Problem
from stream.settings import Settings


def credentials(settings: Settings) -> Credentials | None:
    """Give Faust's credentials, None for PLAINTEXT. Raises BadSetup where a certificate or key cannot be used."""
    match settings.security_protocol:
        case "PLAINTEXT":
            return None
        case "SSL":
            return SSLCredentials(_context(settings))
        case "SASL_PLAINTEXT":
            return _sasl(settings, None)
        case "SASL_SSL":
            return _sasl(settings, _context(settings))


def connection(settings: Settings, name: str) -> Mapping[str, Any]:
    """Give the arguments that an aiokafka client needs to reach the brokers under the client id `name`."""
    auth = credentials_to_aiokafka_auth(credentials(settings), None)
    return {"bootstrap_servers": settings.broker.split(","), "client_id": name, **auth}


def _sasl(settings: Settings, context: ssl.SSLContext | None) -> SASLCredentials:
    return SASLCredentials(
        username=settings.sasl_user,
        password=settings.sasl_password.get_secret_value(),
        mechanism=settings.sasl_mechanism,
        ssl_context=context,
    )


def _context(settings: Settings) -> ssl.SSLContext:
    problems = list(_unusable(settings))
    if problems:
        raise BadSetup(problems)
    context = ssl.create_default_context(cafile=settings.ssl_ca)
    if settings.ssl_cert is not None:
        context.load_cert_chain(settings.ssl_cert, settings.ssl_key)
    return context


def _unusable(settings: Settings) -> Iterator[Problem]:
    # Each is tried by itself, on a context that is thrown away: OpenSSL stops at the first problem and names no file.
    if settings.ssl_ca is not None:
        try:
            ssl.create_default_context(cafile=settings.ssl_ca)
        except OSError as reason:
            yield _problem("KERAN_SSL_CA", f"expected certificates in PEM in `{settings.ssl_ca}`", reason)
    if settings.ssl_cert is not None:
        try:
            ssl.create_default_context().load_cert_chain(settings.ssl_cert, settings.ssl_key)
        except OSError as reason:
            pair = f"expected a certificate in `{settings.ssl_cert}` and its key in `{settings.ssl_key}`"
            yield _problem("KERAN_SSL_CERT", pair, reason)


def _problem(name: str, expected: str, reason: OSError) -> Problem:
    return Problem(f"{expected}, got: {reason}", f"environment, `{name}`", "a PEM file that the worker may read")
