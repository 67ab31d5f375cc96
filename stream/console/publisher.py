"""What the console needs of the topics that it writes to, and of the one that listings are on.

`stream/engines/label_publisher.py` is it on Kafka; tests have one of a few lines.
"""

from typing import Protocol

from stream.contract.label import Label


class Publisher(Protocol):
    """Any thread may call it, and waits."""

    def publish(self, label: Label, event: bytes) -> None:
        """Return once the label, and the request to decide its listing anew, are held for good, as one.

        `event` is the listing's current event. Raises NotPublished.
        """

    def newest(self, listing: str) -> bytes | None:
        """Give the newest event of a listing; None where it is not found in the time there is. Raises NotPublished."""


class NotPublished(Exception):  # noqa: N818 - it says what happened
    """The brokers did not do it, or did not say that they did."""
