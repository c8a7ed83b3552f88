"""What an endpoint's failure means: its status and body as a ModelError that says whether to try again."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from datagen_core.model import ModelError

MAX_MESSAGE_CHARS = 300
MAY_HAVE_RUN = frozenset({408, 502, 504, 520, 522, 524})
"""A gateway gave up waiting: what stands behind it may have done the work. Other statuses are its refusal."""
_OUT_OF_MONEY = ("insufficient_quota", "billing_hard_limit_reached", "insufficient_balance")


def of_status(
    status: int, headers: Mapping[str, str], raw: bytes, *, where: str, address: str, key_hint: str
) -> ModelError:
    """The error for a status that isn't 200. `raw` is the body, `key_hint` says which variable holds the key."""
    data = _parsed(raw)
    said = _message(data) or raw[:2000].decode("utf-8", "replace")
    said = " ".join(said.split())[:MAX_MESSAGE_CHARS]
    message = f"status {status}" + (f": {said}" if said else "")
    kind, expected, hint = _kind(status, data, address, key_hint)
    return ModelError(
        message,
        kind=kind,
        may_have_run=status in MAY_HAVE_RUN,
        retry_after_s=retry_after_s(headers) if kind in ModelError.RETRYABLE else None,
        where=where,
        expected=expected,
        hint=hint,
    )


def status_within(data: Any) -> int:
    """The status that an endpoint tells in the body of a 200 (OpenRouter does); 200 where it is an answer."""
    error = data.get("error") if isinstance(data, Mapping) else None
    if not error or data.get("choices"):
        return 200
    code = error.get("code") if isinstance(error, Mapping) else None
    return code if isinstance(code, int) and 400 <= code < 600 else 502


def retry_after_s(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """How long the endpoint asks to wait: `retry-after-ms`, or Retry-After in seconds or as an HTTP date."""
    for name, unit in (("retry-after-ms", 1000.0), ("Retry-After", 1.0)):
        text = headers.get(name)
        if text is None:
            continue
        try:
            seconds = float(text) / unit
        except ValueError:
            seconds = _until(text, time.time() if now is None else now)
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    return None


def _until(text: str, now: float) -> float:
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return math.nan


def _kind(status: int, data: Any, address: str, key_hint: str) -> tuple[str, str | None, str | None]:
    if status == 402 or (status == 429 and _is_out_of_money(data)):
        return "auth", "an account with credit", "look at the plan and the billing of your account"
    if status == 429:
        return "rate_limit", None, None
    if status in (401, 403):
        return "auth", "a valid key with access to this model", key_hint
    if status in (404, 405):
        return "not_found", "a model and an address that exist", f"look at the model's name and at {address}"
    if status == 408:
        return "timeout", None, None
    if 300 <= status < 400:
        return "not_found", "an address that answers by itself", f"it redirects: correct base_url {address}"
    return ("server", None, None) if status >= 500 else ("bad_request", None, None)


def _is_out_of_money(data: Any) -> bool:
    error = data.get("error") if isinstance(data, Mapping) else None
    found = [str(error.get(key)) for key in ("code", "type")] if isinstance(error, Mapping) else []
    return any(word in _OUT_OF_MONEY for word in found)


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _message(data: Any) -> str:
    """The sentence of an error body, whatever its shape: {error: {message}}, {error}, {message}, {detail}, [ … ]."""
    if isinstance(data, list):
        data = data[0] if data else None
    if not isinstance(data, Mapping):
        return data if isinstance(data, str) else ""
    for key in ("error", "message", "detail"):
        found = data.get(key)
        if isinstance(found, str):
            return found
        if isinstance(found, Mapping):
            return _message(found)
        if found:
            return json.dumps(found, ensure_ascii=False)
    return ""
