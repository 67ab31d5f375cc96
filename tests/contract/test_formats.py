"""The wire's formats: examples are read for ever, and the published schemas say what the models do."""

import json
from pathlib import Path

import jsonschema
import pytest
from pydantic import TypeAdapter

from stream.contract.schemas import FORMATS, schema_file, schema_text

EXAMPLES = sorted(Path(__file__).with_name("examples").glob("*/*.json"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_example_ever_published_is_still_read(example):
    """Today's models and today's schemas both take each example record."""
    record = json.loads(example.read_text())
    TypeAdapter(FORMATS[example.parent.name]).validate_python(record)
    jsonschema.validate(record, json.loads(schema_file(example.parent.name).read_text()))


@pytest.mark.parametrize("stem", FORMATS)
def test_every_format_has_a_current_schema_and_an_example(stem):
    """A changed model without a regenerated schema, or a format without an example, fails here."""
    assert schema_file(stem).read_text() == schema_text(stem), "run `python -m stream.contract.schemas`"
    assert any(example.parent.name == stem for example in EXAMPLES)
