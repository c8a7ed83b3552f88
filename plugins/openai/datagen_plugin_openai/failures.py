"""What the body of a failure says, in the shapes that OpenAI-compatible endpoints give it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from datagen_core.llm.http_failures import OUT_OF_MONEY, EndpointFailures, sentence_in
from datagen_core.model import ModelError


def of_status(failures: EndpointFailures, status: int, headers: Mapping[str, str], body: str) -> ModelError:
    """The error for a status that isn't 200."""
    data = _parsed(body)
    said = sentence_in(data) or body[:2000]
    is_out_of_money = status == 429 and _is_out_of_money(data)
    return failures.of_status(status, headers, said, is_out_of_money=is_out_of_money)


def status_within(data: Any) -> int:
    """The status that an endpoint tells in the body of a 200 (OpenRouter does); 200 where it is an answer."""
    error = data.get("error") if isinstance(data, Mapping) else None
    if not error or data.get("choices"):
        return 200
    code = error.get("code") if isinstance(error, Mapping) else None
    return code if isinstance(code, int) and 400 <= code < 600 else 502


def _is_out_of_money(data: Any) -> bool:
    error = data.get("error") if isinstance(data, Mapping) else None
    return isinstance(error, Mapping) and any(error.get(key) in OUT_OF_MONEY for key in ("code", "type"))


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
