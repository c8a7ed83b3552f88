"""Which parameters `extra` may set: what OpenAI's format and LiteLLM's own arguments leave free."""

from __future__ import annotations

import re

from datagen_core.llm import openai_format

RESERVED = openai_format.RESERVED | {
    *("timeout", "base_url", "api_version", "extra_body", "extra_headers", "deployment_id", "organization"),
    *("drop_params", "additional_drop_params", "callbacks", "stream_options"),
}
"""Budgets, parsing, addresses and keys count on them. LiteLLM's own switches come on top."""

_OF_CREDENTIALS = re.compile(
    r"^(aws|azure|vertex|watsonx)_|key|token$|secret|password|credential", re.IGNORECASE
)


def is_free_to_set(name: str) -> bool:
    """Whether `extra` may set a parameter, as far as budgets, addresses and keys go."""
    return name not in RESERVED and _OF_CREDENTIALS.search(name) is None
