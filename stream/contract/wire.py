"""What every wire model shares."""

from pydantic import BaseModel, ConfigDict


class Wire(BaseModel):
    """Strict types, unknown fields ignored, frozen: what a producer wrote is read as it stands or refused."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)
