"""Why a row isn't made: what a strategy's own rules hand about until the row's place in the batch comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datagen_core.model import ModelError
from datagen_core.nothing import EMPTY

MAX_KEPT_CHARS = 2000
"""Of the text that a rejection made of a refusal shows."""

AS_ASKED = "an answer as it was asked for"
CALL_FAILED = "the model call failed"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule that was broken; `GenerateRequest.refuse` makes it a rejection.

    Attributes:
        reason: A stable code: snake_case.
        rule: What should hold, in words.
        measured, threshold: What was found instead, and the limit; None where there is nothing to tell.
        text: What was refused, of any length.
        params: What was asked, as `BoundModel.mark` has it.
    """

    reason: str
    rule: str
    measured: float | str | None = None
    threshold: float | str | None = None
    text: str = ""
    params: Mapping[str, Any] = EMPTY

    @classmethod
    def failed(cls, error: ModelError, params: Mapping[str, Any] = EMPTY) -> Refusal:
        """That of a call that failed for good: `model_timeout`, `model_bad_request` …"""
        return Refusal(f"model_{error.kind}", CALL_FAILED, text=error.message, params=params)
