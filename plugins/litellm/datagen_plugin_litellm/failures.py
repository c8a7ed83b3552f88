"""What a failure in LiteLLM means: a ModelError that says whether to try again.

LiteLLM's types don't tell: a connection that couldn't be made, one that broke and an answer that isn't JSON all come
as InternalServerError with status 500. So the chain of errors behind them is read, by the names of their types:
they are of httpx, aiohttp, openai and botocore, of which nothing is imported here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from datagen_core.llm.http_failures import OUT_OF_MONEY, EndpointFailures, one_line, sentence_in
from datagen_core.model import ModelError
from datagen_plugin_litellm.environment import blotted

_OUT_OF_MONEY = (*OUT_OF_MONEY, "credit balance is too low")
"""Anthropic has no code for it, only the sentence; LiteLLM keeps of the codes no more than the text."""

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
_UNKNOWN_PROVIDER = "LLM Provider NOT provided"
"""LiteLLM's words, in a BadRequestError, for a prefix that it doesn't know: no call can ever work."""
_PREFIX = re.compile(r"^\s*litellm\.\w+:\s*((Timeout )?\w*Error:\s*)?(\w*(Exception|Error)( Timeout)? - )?")
_SUFFIX = re.compile(r"\. Handle with `litellm\.\w+`\.$")


def of_exception(error: BaseException, failures: EndpointFailures) -> ModelError:
    """The error for what LiteLLM raised. It keeps nothing of `error`, which may hold the key."""
    chain = list(_chain(error))
    response = next((e.response for e in chain if "HTTPStatusError" in _names(e)), None)  # type: ignore[attr-defined]
    if response is not None:
        return _of_status(response.status_code, response.headers, chain, failures)
    kind, may_have_run = _kind_without_response(chain)
    if kind == "connection":
        said = _said(chain[-1], failures)  # LiteLLM says: Connection error.
        return failures.broken(said) if may_have_run else failures.not_connected(said)
    said = _said(error, failures)
    if kind == "malformed":
        said = f"an answer that can't be read: {said}"
    return failures.of_kind(kind, said, may_have_run=may_have_run, hint=_hint(chain))


# -- with a response ----------------------------------------------------------------------------------------


def _of_status(
    status: int, headers: Mapping[str, str], chain: list[BaseException], failures: EndpointFailures
) -> ModelError:
    says_so = any(word in str(error) for error in chain for word in _OUT_OF_MONEY)
    return failures.of_status(
        status,
        headers,
        _said(chain[0], failures),
        is_out_of_money=says_so and status in (400, 429),
        hint=_hint(chain),
    )


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
    if any(_UNKNOWN_PROVIDER in str(error) for error in chain):
        return "not_found", False
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


def _hint(chain: list[BaseException]) -> str | None:
    is_too_long = "ContextWindowExceededError" in _all_names(chain)
    return "shorten the prompt or lower max_tokens" if is_too_long else None


def _said(error: BaseException, failures: EndpointFailures) -> str:
    """What a provider said, in one line, without LiteLLM's prefixes, its traceback and any key."""
    text = blotted(str(error), *failures.key_variables)
    text = text.partition("Traceback (most recent call last)")[0].strip()
    text = _SUFFIX.sub("", _PREFIX.sub("", text)) or type(error).__name__
    return one_line(_sentence(text) or text)


def _sentence(text: str) -> str:
    """The message in a JSON body within the text; nothing where there is none."""
    start = text.find("{")
    try:
        return sentence_in(json.JSONDecoder().raw_decode(text[start:])[0]) if start >= 0 else ""
    except (ValueError, RecursionError):
        return ""
