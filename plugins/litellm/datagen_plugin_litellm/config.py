"""Options of models that are reached through LiteLLM."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from datagen_core import Config
from datagen_plugin_litellm.addresses import is_address

REGION_PARAMETERS = {
    "bedrock": "aws_region_name",
    "sagemaker": "aws_region_name",
    "vertex_ai": "vertex_location",
}
"""Provider → what LiteLLM calls its region."""

CapabilityName = Literal["json_schema", "tools", "logprobs", "n", "seed", "stop", "completion", "embeddings"]


class PriceConfig(Config):
    """What a million tokens cost."""

    prompt_per_million: float = Field(ge=0, description="US dollars per million tokens read")
    completion_per_million: float = Field(ge=0, description="US dollars per million tokens written")


class LiteLLMConfig(Config):
    """Whose model it is and what is known of it; what isn't given follows from LiteLLM's tables."""

    provider: str = Field(
        "",
        max_length=100,
        pattern=r"^[A-Za-z0-9_.-]*$",
        description="LiteLLM's name of the provider, the prefix of the model's name; none: LiteLLM goes by the name",
    )
    base_url: str | None = Field(
        None, description="another address than the provider's, such as http://localhost:8000/v1"
    )
    api_key_env: str | None = Field(
        None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
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

    @field_validator("base_url")
    @classmethod
    def _plain_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not is_address(value):
            raise ValueError(
                "an address is http:// or https:// and a host, without user, password or query: "
                "keys come from the environment"
            )
        return value.rstrip("/")

    @model_validator(mode="after")
    def _region_is_known_there(self) -> LiteLLMConfig:
        if self.region is not None and self.provider not in REGION_PARAMETERS:
            known = ", ".join(REGION_PARAMETERS)
            raise ValueError(f"{self.provider or 'no provider'!r} takes no region; those that do: {known}")
        return self
