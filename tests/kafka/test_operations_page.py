"""The page on operations, what needs a broker: every output it shows is what its command prints, in the page's order."""

import asyncio
import os
import re
import shlex
import subprocess
import sys

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from stream.contract.dead_letter import DeadLetter, write_dead_letter
from stream.contract.instant import parse_instant
from stream.contract.record import FileRecord
from tests.conftest import ROOT
from tests.kafka.clients import read_all
from tests.kafka.test_dead import send_as_it_is

pytestmark = pytest.mark.kafka

PAGE = ROOT / "docs" / "operations.md"
EVENT = b'{"schema": "keran.listing/1", "event_id": "E-%d", "event_type": "listing.updated", "occurred_at": "2021-08-03T09:00:00+07:00", "market": "ID", "listing": {"id": "L-%d", "title": %s}, "seller": {"id": "S-9", "type": "local"}}'
# The second is one that an earlier edition of the contract could not read and today's can.
LETTERS = [
    (EVENT % (1, 1, b"3"), b"L-1", 17, DeadLetter("wrong-type", "expected `str`, got `int` - at `$.listing.title`", "$.listing.title")),
    (EVENT % (2, 2, b'"Tas rotan"'), b"L-2", 21, DeadLetter("unreadable-time", "expected an RFC 3339 time with an offset, got `2021-08-03T09:00:00+07:00` - at `$.occurred_at`", "$.occurred_at")),
    (b"\xff\xfe", b"L-3", 30, DeadLetter("not-utf8", "expected UTF-8, got byte 0xff at byte 0 - at `$`", "$")),
]  # fmt: skip


def shown() -> list[tuple[str, str]]:
    """Each command that the page shows with what it prints there."""
    return re.findall(r"<!-- ran on a broker -->\n```console\n\$ keran (.+?)\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_every_output_shown_is_what_its_command_prints(kafka):
    async def scenario():
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
        await admin.start()
        await admin.create_topics([NewTopic("listings", 1, 1), NewTopic("listings.dead", 1, 1)])
        await admin.close()
        dead = [
            write_dead_letter(FileRecord(value, key, (("trace", b"00-1"),), offset=offset), why, parse_instant("2021-08-03T02:00:01Z"))
            for value, key, offset, why in LETTERS
        ]  # fmt: skip
        await send_as_it_is(kafka.address, "listings.dead", 0, [(each.key, each.value, each.headers) for each in dead])
        assert len(shown()) == 5
        for command, output in shown():
            run = await asyncio.to_thread(keran, command, kafka.address)
            assert run.stdout == output, command
        assert [record.key for record in await read_all(kafka.address, "listings")] == [b"L-2"]

    asyncio.run(asyncio.wait_for(scenario(), 150))


def keran(command: str, broker: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KERAN_")}
    environment = {**clean, "KERAN_BROKER": broker}
    arguments = [sys.executable, "-m", "stream.cli", *shlex.split(command)]
    return subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, cwd=ROOT, check=False)  # fmt: skip
