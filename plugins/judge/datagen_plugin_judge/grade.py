"""One value of a judge, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from datagen_core.model import ModelError
from datagen_core.sample import Verdict
from datagen_plugin_judge.scale import Scale

MAX_EVIDENCE_CHARS = 500
MAX_NUMBER = 1e15


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """A value on the scale, or None with the reason code.

    Attributes:
        value: Never cut to fit, never invented.
        said: The judge's reason, or what is wrong with its answer.
        fault: "" or `judge_failed`, `judge_unparsed`, `judge_out_of_range`.
        measured: Of a fault: the kind of failure, or the number off the scale.
    """

    value: float | None = None
    said: str = ""
    fault: str = ""
    measured: float | str | None = None


def graded(value: float, said: str, scale: Scale) -> Grade:
    """A number that was read, unless it lies off the scale."""
    if scale.has(value):
        return Grade(value=value, said=said)
    return Grade(said=said, fault="judge_out_of_range", measured=_storable(value))


def unread(why: str) -> Grade:
    """No grade: the answer can't be read."""
    return Grade(said=why, fault="judge_unparsed")


def failed(error: ModelError) -> Grade:
    """No grade: the call failed for good."""
    return Grade(said=error.message, fault="judge_failed", measured=error.kind)


def too_long(chars: int, most: int) -> Verdict:
    """The verdict on a row that no model could read."""
    return Verdict(passed=False, reason="judge_row_too_long", measured=chars, threshold=most)


def cut(text: str, most: int = MAX_EVIDENCE_CHARS) -> str:
    """At most so many characters, with an ellipsis where something is left out."""
    return text if len(text) <= most else text[: max(0, most - 1)] + "…"


def _storable(value: float) -> float | str:
    """A number as it is; what is too large for a database's column, in digits."""
    return value if abs(value) < MAX_NUMBER else str(value)[:40]
