"""Options of models that are reached through LiteLLM."""

from __future__ import annotations

from pydantic import Field, model_validator

from datagen_core import Config
from datagen_core.model import CapabilityName
from datagen_core.model_options import Address, PriceConfig, VariableName

REGION_PARAMETERS = {
    "bedrock": "aws_region_name",
    "sagemaker": "aws_region_name",
    "vertex_ai": "vertex_location",
}
"""Provider → what LiteLLM calls its region."""


class LiteLLMConfig(Config):
    """Whose model it is and what is known of it; what isn't given follows from LiteLLM's tables."""

    provider: str = Field(
        "",
        max_length=100,
        pattern=r"^[A-Za-z0-9_.-]*$",
        description="LiteLLM's name of the provider, the prefix of the model's name; none: LiteLLM goes by the name",
    )
    base_url: Address | None = Field(
        None, description="another address than the provider's, such as http://localhost:8000/v1"
    )
    api_key_env: VariableName | None = Field(
        None,
        description="environment variable that holds the key; none: LiteLLM reads the provider's usual ones",
    )
    api_version: str | None = Field(
        None, pattern=r"^[A-Za-z0-9.-]{1,40}$", description="version of the API, where Azure asks for one"
    )
    region: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9-]{1,40}$",
        description=f"where it runs, at {', '.join(REGION_PARAMETERS)}; none: as its own variables say",
    )
    price: PriceConfig | None = Field(
        None, description="list price; none: LiteLLM's table, and unknown where the model isn't in it"
    )
    capabilities: tuple[CapabilityName, ...] | None = Field(
        None, description="what the model can do beyond chat; none: what LiteLLM's tables say"
    )

    @model_validator(mode="after")
    def _region_is_known_there(self) -> LiteLLMConfig:
        if self.region is not None and self.provider not in REGION_PARAMETERS:
            known = ", ".join(REGION_PARAMETERS)
            raise ValueError(f"{self.provider or 'no provider'!r} takes no region; those that do: {known}")
        return self
