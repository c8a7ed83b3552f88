"""What a failure in LiteLLM means: a ModelError that says whether to try again.

LiteLLM's types don't tell: a connection that couldn't be made, one that broke and an answer that isn't JSON all come
as InternalServerError with status 500. So the chain of errors behind them is read, by the names of their types:
they are of httpx, aiohttp, openai and botocore, of which nothing is imported here.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from datagen_core.model import ModelError
from datagen_plugin_litellm.environment import blotted

MAX_MESSAGE_CHARS = 300
MAY_HAVE_RUN = frozenset({408, 502, 504, 520, 522, 524})
"""A gateway gave up waiting: what stands behind it may have done the work. Other statuses are its refusal."""

_OUT_OF_MONEY = (
    "insufficient_quota",
    "billing_hard_limit_reached",
    "insufficient_balance",
    "credit balance is too low",
)
_NOT_CONNECTED = frozenset(
    {
        *(
            "ClientConnectorError",
            "ConnectionTimeoutError",
            "ConnectTimeout",
            "ConnectionRefusedError",
            "gaierror",
        ),
        *("EndpointConnectionError", "ConnectTimeoutError"),
    }
)
_TIMED_OUT = frozenset({"TimeoutException", "APITimeoutError", "TimeoutError", "ReadTimeoutError"})
_BROKEN = frozenset({"TransportError", "ClientConnectionError", "ClientPayloadError", "ConnectionError"})
_ERROR_IN_200 = 422
"""LiteLLM's status for an error within status 200 that has none of its own."""
_UNREADABLE = frozenset({"JSONDecodeError", "APIResponseValidationError"})
_LOCAL_KINDS = {
    "UnsupportedParamsError": "capability",
    "AuthenticationError": "auth",
    "PermissionDeniedError": "auth",
    "NoCredentialsError": "auth",
    "NotFoundError": "not_found",
    "RateLimitError": "rate_limit",
    "BadRequestError": "bad_request",
    "UnprocessableEntityError": "bad_request",
    "ImportError": "bad_request",
}
"""Without a response: what LiteLLM refuses to send, or what a provider tells within status 200."""

_EXPECTED = {
    "malformed": "an answer with at least one choice",
    "auth": "a valid key with access to this model",
    "not_found": "a model and an address that exist",
}
_PREFIX = re.compile(r"^\s*litellm\.\w+:\s*((Timeout )?\w*Error:\s*)?(\w*(Exception|Error)( Timeout)? - )?")
_SUFFIX = re.compile(r"\. Handle with `litellm\.\w+`\.$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a call failed.

    Attributes:
        model: The model with its provider.
        address: What it was asked at.
        key_hint: What to do about a key.
        key_variable: The variable that the recipe names for it, whatever it is called.
    """

    model: str
    address: str
    key_hint: str
    key_variable: str | None


def of_exception(error: BaseException, place: Place) -> ModelError:
    """The error for what LiteLLM raised. It keeps nothing of `error`, which may hold the key."""
    chain = list(_chain(error))
    response = next((e.response for e in chain if "HTTPStatusError" in _names(e)), None)  # type: ignore[attr-defined]
    if response is not None:
        return _of_status(response.status_code, response.headers, chain, place)
    kind, may_have_run = _kind_without_response(chain)
    said = _said(chain[-1] if kind == "connection" else error, place)  # LiteLLM says: Connection error.
    if kind == "connection":
        said = (
            f"the connection broke: {said}" if may_have_run else f"can't connect to {place.address}: {said}"
        )
    elif kind == "malformed":
        said = f"an answer that can't be read: {said}"
    return ModelError(
        said[:MAX_MESSAGE_CHARS],
        kind=kind,
        may_have_run=may_have_run,
        where=place.model,
        expected=_EXPECTED.get(kind),
        hint=_hint(kind, chain, place, may_have_run=may_have_run),
    )


def malformed(answer: object, problem: Exception, place: Place) -> ModelError:
    """The error for an answer that LiteLLM took and that is none."""
    start = " ".join(blotted(str(answer), place.key_variable).split())[:120]
    return ModelError(
        f"an answer that can't be read ({type(problem).__name__}): {start or 'nothing'}",
        kind="malformed",
        may_have_run=True,
        where=place.model,
        expected=_EXPECTED["malformed"],
    )


def retry_after_s(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """How long the endpoint asks to wait: `retry-after-ms`, or `retry-after` in seconds or as an HTTP date."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
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


# -- with a response ----------------------------------------------------------------------------------------


def _of_status(
    status: int, headers: Mapping[str, str], chain: list[BaseException], place: Place
) -> ModelError:
    is_out_of_money = any(word in str(error) for error in chain for word in _OUT_OF_MONEY)
    kind = _kind_of_status(status, is_out_of_money=is_out_of_money)
    needs_money = kind == "auth" and status not in (401, 403)
    said = _said(chain[0], place)
    return ModelError(
        f"status {status}" + (f": {said}" if said else ""),
        kind=kind,
        may_have_run=status in MAY_HAVE_RUN,
        retry_after_s=retry_after_s(headers) if kind in ModelError.RETRYABLE else None,
        where=place.model,
        expected="an account with credit" if needs_money else _EXPECTED.get(kind),
        hint="look at the plan and the billing of your account" if needs_money else _hint(kind, chain, place),
    )


def _kind_of_status(status: int, *, is_out_of_money: bool) -> str:
    if status in (401, 402, 403) or (status in (400, 429) and is_out_of_money):
        return "auth"
    if status == 429:
        return "rate_limit"
    if status in (404, 405) or 300 <= status < 400:
        return "not_found"
    if status == 408:
        return "timeout"
    return "server" if status >= 500 else "bad_request"


# -- without a response -------------------------------------------------------------------------------------


def _kind_without_response(chain: list[BaseException]) -> tuple[str, bool]:
    """Kind, and whether the provider may have done the work."""
    names = _all_names(chain)
    if names & _NOT_CONNECTED:
        return "connection", False
    if names & _TIMED_OUT:
        return "timeout", True
    if names & _BROKEN:
        return "connection", True
    if any(getattr(error, "status_code", None) == _ERROR_IN_200 for error in chain):
        return "server", True
    if not names & _UNREADABLE:
        for name, kind in _LOCAL_KINDS.items():
            if name in names:
                return kind, False
    return "malformed", True


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _names(error: BaseException) -> set[str]:
    return {kind.__name__ for kind in type(error).__mro__}


def _all_names(chain: list[BaseException]) -> set[str]:
    return set().union(*map(_names, chain))


# -- words --------------------------------------------------------------------------------------------------


def _hint(kind: str, chain: list[BaseException], place: Place, *, may_have_run: bool = True) -> str | None:
    if "ContextWindowExceededError" in _all_names(chain):
        return "shorten the prompt or lower max_tokens"
    if kind == "connection" and not may_have_run:
        return "see that it runs and can be reached"
    hints = {
        "auth": place.key_hint,
        "timeout": "give it more time, or lower the number of calls in flight",
        "not_found": f"look at the model's name and at {place.address}",
        "capability": "leave the parameter out, or take another model",
    }
    return hints.get(kind)


def _said(error: BaseException, place: Place) -> str:
    """What a provider said, in one line, without LiteLLM's prefixes, its traceback and any key."""
    text = blotted(str(error), place.key_variable).partition("Traceback (most recent call last)")[0].strip()
    text = _SUFFIX.sub("", _PREFIX.sub("", text)) or type(error).__name__
    return " ".join((_sentence(text) or text).split())[:MAX_MESSAGE_CHARS]


def _sentence(text: str) -> str:
    """The message in a JSON body: {error: {message}}, {error}, {message} …; nothing where there is none."""
    start = text.find("{")
    if start < 0:
        return ""
    try:
        data: Any = json.JSONDecoder().raw_decode(text[start:])[0]
    except (ValueError, RecursionError):
        return ""
    for _ in range(3):
        if not isinstance(data, Mapping):
            break
        data = next((data[key] for key in ("error", "message", "detail") if data.get(key)), None)
    return data if isinstance(data, str) else ""
