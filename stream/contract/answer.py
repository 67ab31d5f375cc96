"""An answer in force: what deciding needs of a label, and no more of the person who gave it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

# What the model id of a decision begins with that a person's answer classified; no id of a model has a colon.
LABELLED = "label:"


class Answer(NamedTuple):
    """The cluster that a listing has for as long as its title reads the same as the one that the person saw.

    `title` is the digest of that title, normalised; `labelled_at` counts microseconds since 1970.
    """

    label_id: str
    cluster: str
    title: bytes
    labelled_at: int

    @property
    def model(self) -> str:
        """The model id that a decision names it by."""
        return LABELLED + self.label_id


def is_labelled(model: str) -> bool:
    """Tell whether the model id of a decision is a person's label."""
    return model.startswith(LABELLED)


# The answers in force, by listing id: one a listing at most.
Labels = Mapping[str, Answer]
NO_LABELS: Labels = MappingProxyType({})
