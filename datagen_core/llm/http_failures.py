"""What goes wrong at an HTTP endpoint as a ModelError that says whether to try again, and how long to wait.

| what | kind | may have run |
| --- | --- | --- |
| no connection | `connection` | no |
| a connection that breaks | `connection` | yes |
| no answer in time, 408 | `timeout` | yes |
| 429 | `rate_limit` | no |
| 401, 403, 402 and whatever says that there is no credit, no key | `auth` | no |
| 404, 405, 3xx | `not_found` | no |
| other 4xx | `bad_request` | no |
| 5xx | `server` | 502, 504 and a gateway's time-outs |
| an answer that can't be read | `malformed` | yes |
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from datagen_core.model import ModelError

MAX_MESSAGE_CHARS = 300
MAY_HAVE_RUN = frozenset({408, 502, 504, 520, 522, 524})
"""A gateway gave up waiting: what stands behind it may have done the work. Other statuses are its refusal."""
OUT_OF_MONEY = ("insufficient_quota", "billing_hard_limit_reached", "insufficient_balance")
"""Codes by which a 429 means that no waiting helps."""

_EXPECTED = {
    "auth": "a valid key with access to this model",
    "malformed": "an answer with at least one choice",
    "not_found": "a model and an address that exist",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointFailures:
    """The errors of one model at one endpoint. What an endpoint says comes without keys: blot them out before.

    Attributes:
        where: The model, as recipes name it.
        address: What it is asked at.
        key_variables: Environment variables that may hold its key, the first that is set counts.
    """

    where: str
    address: str
    key_variables: tuple[str, ...] = ()

    def of_status(
        self,
        status: int,
        headers: Mapping[str, str],
        said: str,
        *,
        is_out_of_money: bool = False,
        hint: str | None = None,
    ) -> ModelError:
        """The error for a status that isn't an answer. `headers` are looked up in lower case."""
        kind, expected = kind_of_status(status, is_out_of_money=is_out_of_money), None
        if kind == "auth" and status not in (401, 403):
            expected, hint = "an account with credit", "look at the plan and the billing of your account"
        elif 300 <= status < 400:
            expected = "an address that answers by itself"
            hint = f"it redirects: correct base_url {self.address}"
        return self.of_kind(
            kind,
            f"status {status}: {one_line(said)}".removesuffix(": "),
            may_have_run=status in MAY_HAVE_RUN,
            retry_after_s=retry_after_s(headers) if kind in ModelError.RETRYABLE else None,
            expected=expected,
            hint=hint,
        )

    def not_connected(self, said: str) -> ModelError:
        """Nothing was sent."""
        message = f"can't connect to {self.address}: {one_line(said)}"
        return self.of_kind("connection", message, hint="see that it runs and can be reached")

    def broken(self, said: str) -> ModelError:
        """The connection ended after the request was sent, or within the answer."""
        return self.of_kind("connection", f"the connection broke: {one_line(said)}", may_have_run=True)

    def too_late(self, timeout_s: float) -> ModelError:
        """No answer came in time."""
        return self.of_kind("timeout", f"no answer within {timeout_s:g} s", may_have_run=True)

    def unreadable(self, answer: str, problem: Exception) -> ModelError:
        """An answer came, and is none."""
        start, cause = one_line(answer, 120) or "nothing", type(problem).__name__
        return self.of_kind(
            "malformed", f"an answer that can't be read ({cause}): {start}", may_have_run=True
        )

    def no_key(self) -> ModelError:
        """None of the variables is set."""
        names, verb = " and ".join(self.key_variables), "is" if len(self.key_variables) == 1 else "are"
        return self._key_needed(f"no key: {names} {verb} not set")

    def not_a_key(self, variable: str) -> ModelError:
        """A variable holds what can't be sent as a key; its value isn't shown."""
        return self._key_needed(f"the value of {variable} can't be a key")

    def of_kind(
        self,
        kind: str,
        message: str,
        *,
        may_have_run: bool = False,
        retry_after_s: float | None = None,
        expected: str | None = None,
        hint: str | None = None,
    ) -> ModelError:
        """An error with what is usually expected and done about its kind."""
        hints = {
            "auth": self._key_hint(),
            "timeout": "give it more time, or lower the number of calls in flight",
            "not_found": f"look at the model's name and at {self.address}",
            "capability": "leave the parameter out, or take another model",
        }
        return ModelError(
            message,
            kind=kind,
            may_have_run=may_have_run,
            retry_after_s=retry_after_s,
            where=self.where,
            expected=expected or _EXPECTED.get(kind),
            hint=hint or hints.get(kind),
        )

    def _key_needed(self, message: str) -> ModelError:
        return self.of_kind("auth", message, expected=f"a key for {self.address} in the environment")

    def _key_hint(self) -> str:
        if self.key_variables:
            return f"export {self.key_variables[0]}=…"
        return "name the environment variable that holds its key: api_key_env"


def kind_of_status(status: int, *, is_out_of_money: bool = False) -> str:
    """The kind of error that a status from 300 on means."""
    if status in (401, 402, 403) or is_out_of_money:
        return "auth"
    if status in (404, 405) or 300 <= status < 400:
        return "not_found"
    own = {408: "timeout", 429: "rate_limit"}
    return own.get(status, "server" if status >= 500 else "bad_request")


def retry_after_s(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """How long the endpoint asks to wait: `retry-after-ms`, or `retry-after` in seconds or as an HTTP date.

    Args:
        headers: Found by lower-case names: in any case by a client's own mapping, in lower case in a dictionary.
        now: Seconds since the epoch, for a date; by default the clock's.
    """
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


def sentence_in(data: Any) -> str:
    """The sentence of an error body, whatever its shape: {error: {message}}, {error}, {message}, {detail}, [ … ]."""
    if isinstance(data, list):
        data = data[0] if data else None
    for _ in range(3):
        if isinstance(data, Mapping):
            data = next((data[key] for key in ("error", "message", "detail") if data.get(key)), None)
    return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False) if data else ""


def one_line(text: str, most_chars: int = MAX_MESSAGE_CHARS) -> str:
    """The start of a text, without line breaks."""
    return " ".join(text.split())[:most_chars]


def _until(text: str, now: float) -> float:
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return math.nan
