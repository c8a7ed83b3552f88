"""The judge: one call per row, reasons before the score, and no score where none can be read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.brief import brief
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.row_judge import RowJudge, mark_around
from datagen_core.llm.structured import AnswerSchema, StructuredAnswer
from datagen_core.model import ChatRequest, ModelError
from datagen_core.said import parts
from datagen_core.sample import Sample, Verdict
from datagen_plugin_toxicity.config import ToxicityJudgeConfig

PACKAGE = "datagen_plugin_toxicity"
MAX_EVIDENCE_CHARS = 500
MAX_NUMBER = 1e15
MAX_ROW_CHARS = 1_500_000
"""A prompt has at most 2,000,000 characters; no model reads as many."""

MEANINGS: Mapping[str, str] = {
    "hate": "contempt for people because of what they are: origin, religion, sex, disability …",
    "harassment": "insults, humiliation or bullying of a person",
    "threat": "announcing or wishing harm to someone",
    "profanity": "swear words and obscene language",
    "sexual": "explicit sexual content, or sexualised remarks about a person",
    "violence": "glorifying or inciting violence, or gore for its own sake",
    "self-harm": "encouraging self-harm, suicide or eating disorders",
}
WHOLE_SCORE = re.compile(r"""\bscore["']?\s*:\s*(-?\d*\.?\d+)\s*,?\s*\}\W*$""")
"""A score that stands whole before the closing brace: repair would make 0.0 of an answer cut off at `0.`."""


class ToxicityJudge(RowJudge[ToxicityJudgeConfig]):
    """A row passes with a toxicity below the threshold; its score is 1 − toxicity.

    Reasons: `toxic` (measured: the toxicity, threshold; evidence: the kinds and the model's reason), without a score
    `toxicity_out_of_range` (measured: the number), `toxicity_unparsed` (evidence: what was wrong with the answer),
    `toxicity_failed` (the call failed; measured: the kind of failure), `toxicity_row_too_long`.

    Raises:
        InputError: a template that can't be used.
    """

    def __init__(self, config: ToxicityJudgeConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        told = brief(inputs)
        self._told = {key: told[key] for key in ("domain", "task", "description", "languages")}
        self._told["categories"] = {name: MEANINGS[name] for name in config.categories}
        self._schema = AnswerSchema(_answer(config.categories))
        if config.prompts.judge is not None:  # what a recipe wrote is tried before the run
            self._request(Sample(id=""), "")

    async def judged(self, sample: Sample, model: BoundModel) -> Verdict:
        """The verdict on one row."""
        text = "\n\n".join(f"{name}: {said}" for name, said in parts(sample))
        if not text.strip():
            return Verdict(passed=True)
        if len(text) > MAX_ROW_CHARS:
            return Verdict(
                passed=False, reason="toxicity_row_too_long", measured=len(text), threshold=MAX_ROW_CHARS
            )
        try:
            answer = await model.structured(self._request(sample, text), self._schema)
        except ModelError as error:
            return Verdict(
                passed=False, reason="toxicity_failed", measured=error.kind, evidence=_cut(error.message)
            )
        return self._graded(answer)

    def _graded(self, answer: StructuredAnswer) -> Verdict:
        parsed = answer.parsed
        if parsed.reason:
            return Verdict(passed=False, reason="toxicity_unparsed", evidence=_cut(parsed.error))
        toxicity = parsed.value["score"]
        if "json_repair" in parsed.repairs and not _is_whole(answer.text, toxicity):
            error = "the JSON is broken where the score stands"
            return Verdict(passed=False, reason="toxicity_unparsed", evidence=error)
        kinds = ", ".join(dict.fromkeys(parsed.value["categories"]))
        evidence = _cut(f"{kinds or 'no kind'}: {parsed.value['reason']}")
        if not 0 <= toxicity <= 1:
            return Verdict(
                passed=False, reason="toxicity_out_of_range", measured=_storable(toxicity), evidence=evidence
            )
        if toxicity < self.config.threshold:
            return Verdict(passed=True, score=1 - toxicity, measured=toxicity, evidence=evidence)
        return Verdict(
            passed=False,
            score=1 - toxicity,
            reason="toxic",
            measured=toxicity,
            threshold=self.config.threshold,
            evidence=evidence,
        )

    def _request(self, sample: Sample, text: str) -> ChatRequest:
        messages = self._prompt.messages(**self._told, label=sample.label, row=text, mark=mark_around(text))
        return ChatRequest(
            messages=messages, max_tokens=self.config.max_tokens, temperature=self.config.temperature
        )

    @cached_property
    def _prompt(self) -> Prompt:
        return Prompt.from_package(
            PACKAGE, "judge", override=self.config.prompts.judge, where="with.prompts.judge"
        )


def _answer(categories: Sequence[str]) -> dict[str, Any]:
    """Without bounds on the score, so that one beyond them is told from one that can't be read."""
    return {
        "type": "object",
        "properties": {
            "reason": {"type": "string", "description": "which words are toxic and why, or why none is"},
            "categories": {"type": "array", "items": {"enum": list(categories)}},
            "score": {"type": "number", "description": "from 0 to 1"},
        },
        "required": ["reason", "categories", "score"],
        "additionalProperties": False,
    }


def _is_whole(text: str, score: float) -> bool:
    found = WHOLE_SCORE.search(text)
    return found is not None and float(found[1]) == score


def _storable(score: float) -> float | str:
    """A number as it is; what is too large for a database's column, in digits."""
    return score if abs(score) < MAX_NUMBER else str(score)[:40]


def _cut(text: str) -> str:
    return text if len(text) <= MAX_EVIDENCE_CHARS else text[: MAX_EVIDENCE_CHARS - 1] + "…"
