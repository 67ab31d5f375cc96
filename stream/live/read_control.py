"""Reading a control record: bytes in, what it asks for out, or every problem with the field's path."""

from pydantic import ValidationError

from stream.contract.control import Control
from stream.contract.json_path import json_path
from stream.problems import BadSetup, Problem

# Two pairs and a shadow at their largest that one Kafka record should have; brokers compress them some five times.
CONTROL_BYTES_AT_MOST = 16 * 1024 * 1024
_REPUBLISH = "publish it with `keran live publish`, which checks it first"


class BadRecord(BadSetup):
    """A control record that cannot be read."""


def read_control(value: bytes) -> Control:
    """Read a control record. Raises BadRecord with every field that is wrong."""
    if len(value) > CONTROL_BYTES_AT_MOST:
        found = f"expected at most {CONTROL_BYTES_AT_MOST:,} bytes, got {len(value):,}"
        raise BadRecord([Problem(found, "control record", "publish smaller tables")])
    try:
        return Control.model_validate_json(value)
    except ValidationError as error:
        raise BadRecord(
            Problem(
                f"{wrong['msg'][0].lower()}{wrong['msg'][1:]}",
                f"control record, `{json_path(wrong['loc'])}`",
                _REPUBLISH,
            )
            for wrong in error.errors()
        ) from None
