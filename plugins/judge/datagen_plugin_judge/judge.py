"""The judge: one call per row, reasons before the score, and no score where none can be read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.jsontext import dumps
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.brief import brief
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.structured import AnswerSchema, StructuredAnswer
from datagen_core.model import ChatRequest, ModelError
from datagen_core.sample import Sample, Verdict
from datagen_core.validator import ModelValidator
from datagen_plugin_judge.config import JudgeConfig

PACKAGE = "datagen_plugin_judge"
MAX_EVIDENCE_CHARS = 500
MAX_NUMBER = 1e15
MAX_ROW_CHARS = 1_500_000
"""A prompt has at most 2,000,000 characters; no model reads as many."""

ANSWER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "reason": {"type": "string", "description": "the criteria, one after the other"},
        "score": {"type": "number", "description": "from 0 to 1"},
    },
    "required": ["reason", "score"],
    "additionalProperties": False,
}
"""Without bounds on the score, so that one beyond them is told from one that can't be read."""

WHOLE_SCORE = re.compile(r"""\bscore["']?\s*:\s*(-?\d*\.?\d+)\s*,?\s*\}\W*$""")
"""A score that stands whole before the closing brace: repair would make 0.0 of an answer cut off at `0.`."""


class Judge(ModelValidator[JudgeConfig]):
    """A row passes with a score at or above the threshold.

    Reasons: `judge_below_threshold` (measured: the score, threshold, evidence: the model's reason), and without a
    score `judge_out_of_range` (measured: the number), `judge_unparsed` (evidence: what was wrong with the answer),
    `judge_failed` (the call failed; measured: the kind of failure), `judge_row_too_long`.

    Raises:
        InputError: a template that can't be used.
    """

    def __init__(self, config: JudgeConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._told = {**brief(inputs), "rubric": config.rubric.strip()}
        self._schema = AnswerSchema(ANSWER)
        if config.prompts.judge is not None:  # what a recipe wrote is tried before the run
            self._request("", None)

    def __reduce__(self) -> tuple[Any, ...]:
        """The compiled template doesn't travel: it is made anew."""
        return type(self), (self.config, self.inputs)

    def models(self) -> Mapping[str, Sequence[str]]:
        """One model; any will do."""
        return {self.config.model: ()}

    async def validate(
        self, samples: Sequence[Sample], models: Mapping[str, BoundModel]
    ) -> Sequence[Verdict]:
        """One verdict per row, in order; all rows are asked about at once."""
        if not samples:
            return []
        model = models[self.config.model]
        work = [
            self._verdict(sample, model.at(row=row, subject=sample.id)) for row, sample in enumerate(samples)
        ]
        return [verdict async for verdict in in_order(work)]

    async def _verdict(self, sample: Sample, model: BoundModel) -> Verdict:
        text = row_text(sample)
        if len(text) > MAX_ROW_CHARS:
            return Verdict(
                passed=False, reason="judge_row_too_long", measured=len(text), threshold=MAX_ROW_CHARS
            )
        try:
            answer = await model.structured(self._request(text, sample.label), self._schema)
        except ModelError as error:
            return Verdict(
                passed=False, reason="judge_failed", measured=error.kind, evidence=_cut(error.message)
            )
        return self._graded(answer)

    def _graded(self, answer: StructuredAnswer) -> Verdict:
        parsed = answer.parsed
        if parsed.reason:
            return Verdict(passed=False, reason="judge_unparsed", evidence=_cut(parsed.error))
        score, reason = parsed.value["score"], _cut(parsed.value["reason"])
        if "json_repair" in parsed.repairs and not _is_whole(answer.text, score):
            error = "the JSON is broken where the score stands"
            return Verdict(passed=False, reason="judge_unparsed", evidence=error)
        if not 0 <= score <= 1:
            return Verdict(
                passed=False, reason="judge_out_of_range", measured=_storable(score), evidence=reason
            )
        if score >= self.config.threshold:
            return Verdict(passed=True, score=score, evidence=reason)
        return Verdict(
            passed=False,
            score=score,
            reason="judge_below_threshold",
            measured=score,
            threshold=self.config.threshold,
            evidence=reason,
        )

    def _request(self, text: str, label: str | None) -> ChatRequest:
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
        messages = self._prompt.messages(**self._told, label=label, row=text, mark=f"=== {digest} ===")
        return ChatRequest(
            messages=messages, max_tokens=self.config.max_tokens, temperature=self.config.temperature
        )

    @cached_property
    def _prompt(self) -> Prompt:
        return Prompt.from_package(
            PACKAGE, "judge", override=self.config.prompts.judge, where="with.prompts.judge"
        )


def row_text(sample: Sample) -> str:
    """A row as the judge reads it: a conversation, a record as JSON, or input and response."""
    if sample.messages:
        text = "\n\n".join(f"{message.role}: {message.content}" for message in sample.messages)
    elif sample.fields:
        text = dumps(dict(sample.fields))
    elif sample.input:
        text = f"input: {sample.input}\n\nresponse: {sample.response}"
    else:
        text = sample.response
    return text if sample.reasoning is None else f"{text}\n\nreasoning: {sample.reasoning}"


def _is_whole(text: str, score: float) -> bool:
    found = WHOLE_SCORE.search(text)
    return found is not None and float(found[1]) == score


def _storable(score: float) -> float | str:
    """A number as it is; what is too large for a database's column, in digits."""
    return score if abs(score) < MAX_NUMBER else str(score)[:40]


def _cut(text: str) -> str:
    return text if len(text) <= MAX_EVIDENCE_CHARS else text[: MAX_EVIDENCE_CHARS - 1] + "…"
