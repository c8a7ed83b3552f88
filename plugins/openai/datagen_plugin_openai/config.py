"""Options of models at OpenAI-compatible endpoints."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from datagen_core import Config
from datagen_core.model import CapabilityName
from datagen_core.model_options import Address, PriceConfig, VariableName
from datagen_plugin_openai.providers import PROVIDERS, provider_named

SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "api-key", "x-api-key", "x-goog-api-key"}
)

HOLDS_A_KEY = re.compile(r"key|token|secret|auth|password|cookie", re.IGNORECASE)


class OpenAIConfig(Config):
    """Where the endpoint is and what is known of it; what isn't given follows from the provider."""

    provider: str = Field(
        "openai", description=f"whose endpoint, the prefix of the model's name: {', '.join(PROVIDERS)}"
    )
    base_url: Address | None = Field(
        None,
        description="address with its version part, such as http://localhost:8000/v1; none: the provider's",
    )
    api_key_env: VariableName | None = Field(
        None, description="environment variable that holds the key; none: the provider's usual one"
    )
    headers: dict[str, str] = Field(
        default_factory=dict, description="more headers, none of them secret (HTTP-Referer, X-Title …)"
    )
    organization: str | None = Field(None, description="sent as OpenAI-Organization")
    price: PriceConfig | None = Field(
        None, description="list price; none: unknown for hosted models, nothing for local ones"
    )
    capabilities: tuple[CapabilityName, ...] | None = Field(
        None, description="what the model can do beyond chat; none: what its provider's endpoint takes"
    )
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] | None = Field(
        None, description="how the endpoint names the limit of an answer; none: as the provider does"
    )
    connect_timeout_s: float = Field(
        10.0, gt=0, le=300, description="seconds to wait for a connection, within the call's time-out"
    )

    @field_validator("provider")
    @classmethod
    def _known(cls, value: str) -> str:
        if provider_named(value) is None:
            known = ", ".join(PROVIDERS)
            raise ValueError(f"no provider {value!r}; known: {known}; for any other give base_url alone")
        return value

    @field_validator("headers")
    @classmethod
    def _no_secrets(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in value.items():
            if name.lower() in SECRET_HEADERS or HOLDS_A_KEY.search(name):
                raise ValueError(f"the header {name} holds a key: set api_key_env in its place")
            if not (name + text).isprintable() or not name.isascii() or not name or set(name) & set(" :"):
                raise ValueError(f"{name!r} isn't a header of one line")
        return value
