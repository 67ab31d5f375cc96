"""The settings: read once from the environment (`KERAN_*`), frozen, passed down.

What a policy or a model says stands in its own file; here stands only what a deployment decides.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from stream.contract.instant import InstantField
from stream.on_disk import is_folder
from stream.problems import BadSetup, Problem, did_you_mean

PREFIX = "KERAN_"
# The word that stands for a topic of these settings where an option may also name a file; `./topic` is a file.
TOPIC = "topic"
_PACKAGED = Path(__file__).with_name("_packaged")

TopicName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,249}$")]


def _here_or_packaged(folder: str) -> Path:
    here = Path(folder)
    return here if is_folder(here) or not (_PACKAGED / folder).is_dir() else _PACKAGED / folder


class Settings(BaseSettings):
    """Everything a deployment decides. Each field is the variable `KERAN_` plus its name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True, use_attribute_docstrings=True
    )

    broker: Annotated[str, Field(pattern=r"^(kafka://)?[^\s/,;]+:\d+([,;](kafka://)?[^\s/,;]+:\d+)*$")] = (
        "localhost:9092"
    )
    """Kafka bootstrap servers, `host:port` parted by commas."""
    group: Annotated[str, Field(min_length=1, max_length=249)] = "keran"
    """Consumer group of the workers."""
    topic_listings: TopicName = "listings"
    """Listing events, the input."""
    topic_decisions: TopicName = "decisions"
    """Decisions and tombstones."""
    topic_redecide: TopicName = "listings.redecide"
    """Listing events to decide again; as many partitions as the input."""
    topic_dead: TopicName = "listings.dead"
    """Dead letters."""
    topic_reviews: TopicName = "reviews"
    """Copies of decisions that ask for a person."""
    topic_labels: TopicName = "labels"
    """People's answers; compacted, as many partitions as the input."""
    labels: Literal["overrule", "off"] = "overrule"
    """What people's answers are to the workers: in the place of the model's classification, or nothing."""
    topic_control: TopicName = "control"
    """What is to be live, and what each worker runs; compacted."""
    topic_shadow: TopicName = "shadow"
    """Some of the listing events that the shadow decides otherwise."""
    live: Literal["folders", "control"] = "folders"
    """Who says what is live while a worker runs: its own folders, which it watches, or the control topic."""
    worker: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,249}$")] | None = None
    """This worker's name on the control topic; default the host's name and the process id."""
    order: Literal["event", "producer"] = "event"
    """What makes an event newer: its revision and time, or, with no memory of listings, that it came later."""
    removal_retention: Annotated[int, Field(ge=1, le=3_650)] = 30
    """Days for which a removal keeps older events out; `delete.retention.ms` of the decisions must be no less."""
    shelf: Path = Field(default_factory=lambda: _here_or_packaged("models"))
    """Folder of models; where it is not there, the packaged one."""
    model: str | None = None
    """Id of the model to serve; may be left out where the shelf holds one."""
    policies: Path = Field(default_factory=lambda: _here_or_packaged("policies"))
    """Folder of policies, all live but those in folders below it, or one policy file; if missing, the packaged one."""
    shadow_model: str | None = None
    """Id of a model that decides beside the live one and publishes no decision; a control record may name another."""
    shadow_policies: Path | None = None
    """Policies that do the same, a folder or a file."""
    shadow_samples: Annotated[int, Field(ge=0, le=60_000)] = 60
    """Most differences a minute that a worker puts on the shadow topic."""
    drift_profile: Path | None = None
    """Profile of your own listings, of `keran profile`, that drift is measured from; else the model's, of training."""
    as_of: InstantField | None = None
    """Pins the clock: decide as of this RFC 3339 time instead of now."""
    run_rows: Annotated[int, Field(ge=1, le=100_000)] = 4_000
    """Most records a run takes."""
    run_bytes: Annotated[int, Field(ge=1_024, le=256 * 1024 * 1024)] = 4 * 1024 * 1024
    """Most bytes a run takes; a single larger record is a run of its own."""
    http_host: str = "127.0.0.1"
    """Address that `/live`, `/ready` and `/metrics` listen on."""
    http_port: Annotated[int, Field(ge=0, le=65_535)] = 6_066
    """Port of the same; 0 takes a free one."""
    console_people: Path | None = None
    """File of who may use the console: a line each of name, role and, to sign in by a token, the token's SHA-256."""
    console_header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,100}$")] | None = None
    """Header in which a reverse proxy names who asks the console."""
    console_proxies: str = ""
    """Addresses or networks of the reverse proxies that this header is believed from, parted by commas."""
    console_impact: Path | None = None
    """Report of `keran impact --json` that the console's page of policies shows."""
    console_kept: Annotated[int, Field(ge=1_000, le=20_000_000)] = 1_000_000
    """Most decisions that the console keeps to be looked at one by one; it counts all."""
    console_budget: Annotated[int, Field(ge=1, le=100_000)] = 2_000
    """Most decisions a second that it keeps; above, whole listings are left out."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least level that is logged."""
    log_format: Literal["json", "console"] = "json"
    """One JSON object a line, or words for a person."""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """How the broker is reached."""
    ssl_ca: Path | None = None
    """PEM file of the authorities that the broker's certificate is checked against; default the system's."""
    ssl_cert: Path | None = None
    """PEM file of the client's certificate, where the broker asks for one."""
    ssl_key: Path | None = None
    """PEM file of the client's key."""
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    """How the client proves its name."""
    sasl_user: str | None = None
    """The client's name."""
    sasl_password: SecretStr | None = None
    """The client's password; never logged."""

    @field_validator("broker")
    @classmethod
    def _plain_addresses(cls, broker: str) -> str:
        return broker.replace("kafka://", "").replace(";", ",")


def read_settings(**overrides: object) -> Settings:
    """Read the settings from the environment. Raises BadSetup with every variable that is wrong or unknown.

    `overrides` are command-line options that stand for a setting; None leaves the environment's word.
    """
    settings, problems = check_settings(**overrides)
    if problems:
        raise BadSetup(problems)
    return settings


def check_settings(**overrides: object) -> tuple[Settings, list[Problem]]:
    """Read the settings and find every problem; what is wrong has its default in the settings that come back.

    That is what lets a start show the problems of model and policies beside those of the settings.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    problems = _unknown(os.environ)
    try:
        settings = Settings(**given)
    except ValidationError as error:
        problems += map(_problem, error.errors())
        named = {str(e["loc"][0]) for e in error.errors()}
        defaults = {name: Settings.model_fields[name].get_default(call_default_factory=True) for name in named}
        settings = Settings(**{**given, **defaults})
    return settings, [*problems, *_incomplete(settings)]


def _incomplete(settings: Settings) -> Iterator[Problem]:
    if settings.security_protocol.startswith("SASL"):
        for name, value in (("SASL_USER", settings.sasl_user), ("SASL_PASSWORD", settings.sasl_password)):
            if value is None:
                message = f"`{PREFIX}{name}` is not set, and {settings.security_protocol} needs it"
                yield Problem(
                    message, f"environment, `{PREFIX}SECURITY_PROTOCOL`", "set it, or choose another protocol"
                )
    if (settings.ssl_cert is None) != (settings.ssl_key is None):
        message = "a client's certificate and its key go together, got one of them"
        yield Problem(message, f"environment, `{PREFIX}SSL_CERT` and `{PREFIX}SSL_KEY`", "set both, or neither")


# Where pydantic's own words would show a pattern.
_EXPECTED = {
    "broker": "`host:port`, more of them parted by commas",
    "as_of": "an RFC 3339 time with an offset, such as `2021-08-03T09:00:00+07:00`",
    **dict.fromkeys(
        (
            "topic_listings",
            "topic_decisions",
            "topic_redecide",
            "topic_dead",
            "topic_reviews",
            "topic_labels",
            "topic_control",
            "topic_shadow",
        ),
        "a topic name of letters, digits, `.`, `_` and `-`",
    ),
    "console_header": "a header's name of letters, digits and `-`",
    "worker": "a name of letters, digits, `.`, `_` and `-`",
}


def _unknown(environment: Mapping[str, str]) -> list[Problem]:
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    return [
        Problem(
            f"unknown setting `{name}`{did_you_mean(name, known)}",
            f"environment, `{name}`",
            "`keran settings` lists them all",
        )
        for name in sorted(environment)
        if name.startswith(PREFIX) and name not in known
    ]


def _problem(error: ErrorDetails) -> Problem:
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    field = str(error["loc"][0])
    message = _EXPECTED.get(field, message)
    name = PREFIX + field.upper()
    found = "a secret" if "password" in field else f"`{os.environ.get(name, error['input'])}`"
    described = Settings.model_fields[field].description or ""
    return Problem(f"expected {message[0].lower()}{message[1:]}, got {found}", f"environment, `{name}`", described)


def settings_rows() -> list[tuple[str, str, str]]:
    """Give every setting as its variable, its default as written and what it is: what the README's table is made of."""
    return [
        (PREFIX + name.upper(), _default(name), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def _default(name: str) -> str:
    default = {"shelf": "models", "policies": "policies"}.get(name, Settings.model_fields[name].default)
    return "" if default is None else str(default)
