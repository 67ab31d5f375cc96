"""What keeps dead letters from being read or published, in words: a client's error or a fact in, a problem out."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka import errors as told

from stream.problems import BadSetup, Problem
from stream.settings import Settings


@contextmanager
def telling_problems(settings: Settings) -> Iterator[None]:
    """Turn what brokers refuse into bad setup; clients' own log lines, which repeat it, are not shown."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        yield
    except (told.KafkaError, TimeoutError) as reason:
        raise BadSetup([problem_of(reason, settings)]) from None


def problem_of(reason: Exception, settings: Settings) -> Problem:
    """Say what the brokers refused, and what to do about it."""
    topic = settings.topic_dead
    match reason:
        case told.TopicAuthorizationFailedError():
            names = ", ".join(f"`{name}`" for name in _names(reason)) or f"`{topic}` or a topic to publish to"
            hint = "give this client's user the rights to read dead letters, and to write them and their topics"
            return Problem(f"no rights on topic {names}", f"broker `{settings.broker}`", hint)
        case told.TransactionalIdAuthorizationFailed() | told.ClusterAuthorizationFailedError():
            message = f"no rights on transactional id `{transactional_id(topic)}`"
            return Problem(message, f"broker `{settings.broker}`", "allow this client's user Write and Describe on it")
        case told.ProducerFenced():
            message = "another replay of these dead letters was started, and this one stopped"
            return Problem(message, f"topic `{topic}`", "run one at a time; what this one published is marked")
        case told.KafkaConnectionError() | TimeoutError():
            hint = "is it up, and are `KERAN_BROKER` and the settings of its security right?"
            return Problem("no broker answers", f"environment, `KERAN_BROKER`: `{settings.broker}`", hint)
    hint = "the name is the broker's own; its log says more"
    return Problem(f"the broker refused: `{type(reason).__name__}`", f"broker `{settings.broker}`", hint)


def transactional_id(topic: str) -> str:
    """Give the one transactional id that replays of a dead-letter topic share: a newer one fences an older."""
    return f"keran-dead-{topic}"


def _names(reason: told.TopicAuthorizationFailedError) -> list[str]:
    found = reason.args[0] if reason.args else ()
    return [found] if isinstance(found, str) else sorted(map(str, found))


def no_topic(topic: str) -> Problem:
    """Say that the topic of dead letters is not there."""
    message = f"topic `{topic}` is not there, or this client may not see it"
    return Problem(message, "environment, `KERAN_TOPIC_DEAD`", "name the topic that workers write dead letters to")


def no_target(topic: str) -> Problem:
    """Say that the topic to publish to is not there."""
    message = f"topic `{topic}` is not there, or this client may not see it"
    return Problem(message, "command line, `--to`", "create it, or name another")


def foreign(topic: str, partition: int, offset: int) -> Problem:
    """Say which record the client cannot read."""
    message = f"partition {partition} offset {offset} has a header name that is not UTF-8, which Keran never wrote"
    hint = "the client cannot read past it: move on with `kafka-delete-records`, or wait for retention"
    return Problem(message, f"topic `{topic}`", hint)


def stuck(topic: str, partition: int, offset: int) -> Problem:
    """Say where reading does not go on."""
    message = f"nothing comes from partition {partition} behind offset {offset}"
    hint = "a transaction is open there, or its brokers are away; try again later"
    return Problem(message, f"topic `{topic}`", hint)
