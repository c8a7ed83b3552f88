"""The validator `pii-judge`: a model names what identifies somebody; what doesn't stand in the row doesn't count."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.row_judge import RowJudge, mark_around
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest, ModelError
from datagen_core.sample import Sample, Verdict
from datagen_plugin_pii.config import PiiJudgeConfig
from datagen_plugin_pii.finding import is_mark, is_of_word
from datagen_plugin_pii.row_texts import changed

PACKAGE = "datagen_plugin_pii"
MAX_ROW_CHARS = 1_500_000
"""A prompt has at most 2,000,000 characters."""
_SPACED = re.compile(r"[A-Za-z\u00c0-\u024f\u0370-\u06ff]")
"""Letters of scripts that put spaces between words."""
KINDS = ("name", "address", "number", "date_of_birth", "health", "other")
ANSWER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "found": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string", "description": "exactly as it stands in the row"},
                    "kind": {"type": "string", "enum": list(KINDS)},
                },
                "required": ["text", "kind"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["found"],
    "additionalProperties": False,
}


class PiiJudge(RowJudge[PiiJudgeConfig]):
    """A row passes with at most `max_found` texts that the model names and that stand in the row, letter by letter.

    Equal texts count once. There is no score. Reasons: `pii_found_by_model` (measured: how many, threshold: max_found,
    evidence: kinds, never texts), `pii_judge_unparsed` (evidence: what was wrong with the answer), `pii_judge_failed`
    (measured: the kind of failure), `pii_judge_row_too_long`.

    Raises:
        InputError: a template that can't be used.
    """

    def __init__(self, config: PiiJudgeConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._schema = AnswerSchema(ANSWER)
        self._allowed = frozenset(text.casefold() for text in config.allow)
        if config.prompts.find is not None:  # what a recipe wrote is tried before the run
            self._request("")

    def notices(self) -> Sequence[str]:
        """Who sees the rows."""
        return (f"Each row is sent to the model {self.config.model}: take one that may see personal data.",)

    async def judged(self, sample: Sample, model: BoundModel) -> Verdict:
        """The verdict on one row."""
        text = whole_text(sample)
        if len(text) > MAX_ROW_CHARS:
            return _failed("pii_judge_row_too_long", measured=len(text), threshold=MAX_ROW_CHARS)
        if not text.strip():
            return Verdict(passed=True, measured=0)
        try:
            answer = await model.structured(self._request(text), self._schema)
        except ModelError as error:
            return _failed("pii_judge_failed", measured=error.kind)
        if answer.parsed.reason:
            return _failed("pii_judge_unparsed", evidence=answer.parsed.reason)
        return self._counted(text, answer.parsed.value["found"])

    def _counted(self, text: str, named: Sequence[Mapping[str, str]]) -> Verdict:
        distinct = {one["text"].strip(): one["kind"] for one in named}
        there = {said: kind for said, kind in distinct.items() if said and stands_in(said, text)}
        found = [kind for said, kind in there.items() if said.casefold() not in self._allowed]
        told = [f"{kind} ×{n}" for kind, n in sorted(Counter(found).items())]
        if len(there) < len(distinct):
            told.append(
                f"{len(distinct) - len(there)} named by the model don't stand in the row and don't count"
            )
        passed = len(found) <= self.config.max_found
        return Verdict(
            passed=passed,
            reason=None if passed else "pii_found_by_model",
            measured=len(found),
            threshold=self.config.max_found,
            evidence="; ".join(told) or None,
        )

    def _request(self, text: str) -> ChatRequest:
        messages = self._prompt.messages(
            looks_for=list(self.config.looks_for), row=text, mark=mark_around(text)
        )
        return ChatRequest(
            messages=messages, max_tokens=self.config.max_tokens, temperature=self.config.temperature
        )

    @cached_property
    def _prompt(self) -> Prompt:
        return Prompt.from_package(
            PACKAGE, "find", override=self.config.prompts.find, where="with.prompts.find"
        )


def whole_text(sample: Sample) -> str:
    """All parts of a row with their names, as the model reads them."""
    told: list[str] = []

    def tell(part: str, text: str) -> str:
        if text:
            told.append(f"{part}: {text}")
        return text

    changed(sample, tell)
    return "\n\n".join(told)


def stands_in(said: str, text: str) -> bool:
    """Whether a text stands in another letter by letter, and not within a word of it (of scripts that have words).

    Combining marks belong to the letter before them, in every script.
    """
    places = re.finditer(f"(?={re.escape(said)})", text)
    return any(_is_apart(text, place.start(), place.start() + len(said)) for place in places)


def _is_apart(text: str, start: int, end: int) -> bool:
    """Whether no word goes on before or behind `text[start:end]`."""
    behind = text[end : end + 1]
    if behind and is_of_word(text[end - 1]) and (is_mark(behind) or _SPACED.match(behind)):
        return False
    if not is_of_word(text[start]):
        return True
    base = start - 1
    while base >= 0 and is_mark(text[base]):
        base -= 1
    return base < 0 or _SPACED.match(text[base]) is None


def _failed(reason: str, **told: Any) -> Verdict:
    return Verdict(passed=False, reason=reason, **told)
