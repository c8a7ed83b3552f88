"""Options that models at endpoints have in common: types for the fields of a plugin's Config.

from datagen_core.model import CapabilityName

class MyConfig(Config):
    base_url: Address | None = Field(None, description="address with its version part; none: the provider's")
    api_key_env: VariableName | None = Field(None, description="environment variable that holds the key")
    price: PriceConfig | None = Field(None, description="list price; none: unknown")
    capabilities: tuple[CapabilityName, ...] | None = Field(None, description="what it can do beyond chat")
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from datagen_core.config import Config
from datagen_core.llm.addresses import is_address
from datagen_core.model import Price


def _plain_address(value: str) -> str:
    if not is_address(value):
        raise ValueError(
            "an address is http:// or https:// and a host, without user, password or query: "
            "keys come from the environment"
        )
    return value.rstrip("/")


Address = Annotated[str, AfterValidator(_plain_address)]
"""An address of http or https without credentials, and without a slash at its end."""

VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""The name of an environment variable."""


class PriceConfig(Config):
    """What a million tokens cost."""

    prompt_per_million: float = Field(
        ge=0, allow_inf_nan=False, description="US dollars per million tokens read"
    )
    completion_per_million: float = Field(
        ge=0, allow_inf_nan=False, description="US dollars per million tokens written"
    )

    def price(self) -> Price:
        """The same as `Model.price` gives it."""
        return Price(
            prompt_per_million=self.prompt_per_million, completion_per_million=self.completion_per_million
        )
