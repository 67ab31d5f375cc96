"""A broker that asks for TLS and a password: the worker's consumer and its producer both get in, or the worker says why not."""

import asyncio

import pytest

from tests.kafka.broker import PASSWORD, USER
from tests.kafka.clients import Event, build_stage, lag_of, read_all, send, until
from tests.kafka.process import worker_process

pytestmark = pytest.mark.kafka


def secured(kafka, stage, mechanism, password=PASSWORD):
    return {
        **stage.environment(),
        "KERAN_BROKER": kafka.secure_address,
        "KERAN_SECURITY_PROTOCOL": "SASL_SSL",
        "KERAN_SSL_CA": str(kafka.authority),
        "KERAN_SASL_MECHANISM": mechanism,
        "KERAN_SASL_USER": USER,
        "KERAN_SASL_PASSWORD": password,
    }


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "PLAIN"])
def test_a_worker_with_the_right_settings_decides(kafka, tmp_path, mechanism):
    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        await send(kafka.address, stage.listings, [Event(b"a", b"1"), Event(b"b", b"2")])
        with worker_process(secured(kafka, stage, mechanism), tmp_path / "log") as worker:

            async def no_lag():
                return await lag_of(stage) == 0

            await until(no_lag, 40)
            assert [r.value for r in await read_all(kafka.address, stage.decisions)] == [b"1", b"2"]
            assert worker.stop() == 0

    asyncio.run(scenario())


def test_a_wrong_password_ends_the_worker_and_is_not_logged(kafka, tmp_path):
    async def scenario():
        stage = await build_stage(kafka.address, partitions=1)
        with worker_process(secured(kafka, stage, "SCRAM-SHA-512", "wrong-password"), tmp_path / "log") as worker:
            assert worker.process.wait(40) == 1
        assert "wrong-password" not in (tmp_path / "log").read_text()

    asyncio.run(scenario())
