"""What the values of an evaluation share: how a figure is rounded, what cannot be measured, clusters beside other keys.

Shares, F1, precision, recall and errors are 0 to 1. `null` is "cannot be measured on these rows", never 0.
"""

import math
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_serializer, model_validator

# Six places, so that a file is the same on every machine; what a division by nothing gives is null.
Figure = Annotated[float, AfterValidator(lambda figure: round(float(figure), 6))]
FigureOrNone = Annotated[
    Figure | None, BeforeValidator(lambda figure: None if figure is None or math.isnan(figure) else figure)
]
# The middle 95 % of resamples of near-duplicate groups.
Interval = tuple[Figure, Figure]


class Value(BaseModel):
    """A frozen value that is written as JSON and read back; an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class WithClusters(Value):
    """A value whose `clusters` stand, in JSON, each under its own name beside the other keys."""

    @model_serializer
    def _beside(self) -> dict[str, Any]:
        own = {name: getattr(self, name) for name in type(self).model_fields if name != "clusters"}
        return own | self.clusters

    @model_validator(mode="before")
    @classmethod
    def _apart(cls, found: Any) -> Any:
        if not isinstance(found, Mapping) or "clusters" in found:
            return found
        own = {name: value for name, value in found.items() if name in cls.model_fields}
        return {**own, "clusters": {name: value for name, value in found.items() if name not in cls.model_fields}}
