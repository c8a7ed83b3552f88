"""What a model is to answer of a family's variants, and what is read of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from string import ascii_uppercase

from datagen_core.llm.structured import AnswerSchema, StructuredAnswer
from datagen_core.model import Choice
from datagen_plugin_selection.deita_scores import Scored
from datagen_plugin_selection.digit_scores import DIGITS


@dataclass(frozen=True, slots=True)
class Answer:
    """One score for each variant, in order; and whether the ranking contradicts them (the scores count)."""

    scores: Sequence[Scored]
    is_contradictory: bool = False

    @classmethod
    def none(cls, count: int, why: str) -> Answer:
        """No score for any of them."""
        return cls([Scored(why=why)] * count)


@cache
def schema(count: int, *, is_bounded: bool = True) -> AnswerSchema:
    """A ranking of so many letters, and a number for each."""
    letters = list(ascii_uppercase[:count])
    ends = {"minimum": DIGITS[0], "maximum": DIGITS[-1]} if is_bounded else {}
    number = {"type": "number", "description": f"from {DIGITS[0]} to {DIGITS[-1]}", **ends}
    return AnswerSchema(
        {
            "type": "object",
            "properties": {
                "ranking": {"type": "array", "items": {"type": "string", "enum": letters}},
                "scores": {
                    "type": "object",
                    "properties": dict.fromkeys(letters, number),
                    "required": letters,
                    "additionalProperties": False,
                },
            },
            "required": ["ranking", "scores"],
            "additionalProperties": False,
        }
    )


def read(answer: StructuredAnswer, count: int) -> Answer:
    """The scores; a repaired answer is unread, for repair makes a number of one that was cut off."""
    parsed = answer.parsed
    if parsed.reason == "schema_violation":  # a score off the scale is told from one that can't be read
        parsed = schema(count, is_bounded=False).parse(Choice(text=answer.text))
    if parsed.reason or "json_repair" in parsed.repairs:
        return Answer.none(count, "judge_unparsed")
    given: Mapping[str, float] = parsed.value["scores"]
    ranked = [given[letter] for letter in parsed.value["ranking"]]
    return Answer([_in_range(given[letter]) for letter in ascii_uppercase[:count]], ranked != sorted(ranked))


def _in_range(score: float) -> Scored:
    if DIGITS[0] <= score <= DIGITS[-1]:
        return Scored(float(score))
    return Scored(why="judge_out_of_range")
