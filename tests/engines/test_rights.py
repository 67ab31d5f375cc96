"""The page on rights says what the worker asks for."""

import re

from stream.engines.outputs import output_topics
from stream.engines.rights import Right, acl_of, rights_of
from stream.settings import Settings
from tests.conftest import ROOT

OPERATIONS = ("Read", "Write", "DescribeConfigs")
PAGE = ROOT / "docs" / "operations.md"


def test_the_commands_of_the_page_grant_what_a_worker_needs_and_no_more():
    commands = re.findall(r"^kafka-acls --add --allow-principal User:keran (.+)$", PAGE.read_text(), re.MULTILINE)
    assert commands == [acl_of(right) for right in rights_of(Settings())]


def test_the_tables_of_the_page_name_every_right():
    for right in rights_of(Settings(live="control")):
        (row,) = [line for line in PAGE.read_text().splitlines() if re.match(rf"\| {_resource(right)} \|", line)]
        assert f"`{right.operation}`" in row.split("|")[2]


def _resource(right):
    words = {"transactional-id": "transactional ids that begin with"}.get(right.kind, right.kind)
    return f"{words} `{re.escape(right.name)}`"


def test_a_worker_needs_rights_on_what_its_settings_use_and_no_others():
    plain = rights_of(Settings())
    shadow, control = Right("topic", "shadow", "Write"), [Right("topic", "control", o) for o in OPERATIONS]
    assert rights_of(Settings(shadow_model="m")) == [*plain, shadow]
    assert rights_of(Settings(live="control")) == [*plain, *control, shadow]


def test_no_topic_of_a_worker_is_without_a_right():
    """Whoever adds a topic adds its right."""
    named = {right.name for right in rights_of(Settings()) if right.kind == "topic"}
    assert named == {*output_topics(Settings()), "labels"}
