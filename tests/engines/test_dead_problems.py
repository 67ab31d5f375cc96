"""What brokers refuse, in words: each refusal has a place and something to do."""

import pytest
from aiokafka import errors as told

from stream.engines.dead_problems import problem_of, telling_problems
from stream.problems import BadSetup
from stream.settings import read_settings

REFUSALS = {
    told.KafkaConnectionError(): (
        "error: no broker answers\n  --> environment, `KERAN_BROKER`: `localhost:9092`\n"
        "  hint: is it up, and are `KERAN_BROKER` and the settings of its security right?"
    ),
    told.TopicAuthorizationFailedError({"b", "a"}): (
        "error: no rights on topic `a`, `b`\n  --> broker `localhost:9092`\n"
        "  hint: give this client's user the rights to read dead letters, and to write them and their topics"
    ),
    told.TopicAuthorizationFailedError(): (
        "error: no rights on topic `listings.dead` or a topic to publish to\n  --> broker `localhost:9092`\n"
        "  hint: give this client's user the rights to read dead letters, and to write them and their topics"
    ),
    told.TransactionalIdAuthorizationFailed("x"): (
        "error: no rights on transactional id `keran-dead-listings.dead`\n  --> broker `localhost:9092`\n"
        "  hint: allow this client's user Write and Describe on it"
    ),
    told.ProducerFenced(): (
        "error: another replay of these dead letters was started, and this one stopped\n  --> topic `listings.dead`\n"
        "  hint: run one at a time; what this one published is marked"
    ),
    told.NotEnoughReplicasError(): (
        "error: the broker refused: `NotEnoughReplicasError`\n  --> broker `localhost:9092`\n"
        "  hint: the name is the broker's own; its log says more"
    ),
}


@pytest.mark.parametrize("reason", REFUSALS, ids=lambda reason: type(reason).__name__)
def test_a_refusal_is_worded(reason):
    assert str(problem_of(reason, read_settings())) == REFUSALS[reason]


def test_a_client_s_error_becomes_bad_setup_and_our_own_bugs_do_not():
    with pytest.raises(BadSetup), telling_problems(read_settings()):
        raise told.KafkaConnectionError
    with pytest.raises(ValueError, match="ours"), telling_problems(read_settings()):
        raise ValueError("ours")
