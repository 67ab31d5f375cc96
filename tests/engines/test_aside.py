"""What is said beside decisions: held by the brokers, or lost and told so, and never an exception for whoever said it."""

import asyncio

from aiokafka.errors import KafkaTimeoutError

from stream.engines.aside import Aside


class Producer:
    """Takes what is sent, or refuses it as brokers do that are away."""

    def __init__(self, refuses):
        self.refuses, self.sent = refuses, []

    async def send_and_wait(self, topic, value, key):
        if self.refuses:
            raise KafkaTimeoutError
        self.sent.append((topic, key, value))


def said(refuses):
    aside = Aside({})
    aside._producer = Producer(refuses)
    return asyncio.run(aside.say("control", b"worker/w-1", None)), aside._producer.sent


def test_what_brokers_hold_is_said():
    assert said(refuses=False) == (True, [("control", b"worker/w-1", None)])


def test_what_brokers_refuse_is_lost_and_nothing_breaks():
    assert said(refuses=True) == (False, [])
