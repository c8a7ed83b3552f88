"""The validator `answerability`: one call per row, which must quote the passages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from datagen_core.context import Context
from datagen_core.inputs import Inputs
from datagen_core.llm.answerability import DEGREES, Answerability, answerability, asked, own_prompt
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.row_judge import RowJudge
from datagen_core.refusal import Refusal
from datagen_core.sample import Sample, Verdict
from datagen_core.sources import Sources
from datagen_core.suggestion import Suggestion
from datagen_plugin_answerability.config import AnswerabilityConfig

MAX_CHARS = 1_500_000
"""A prompt has at most 2,000,000 characters; no model reads as many."""
MAX_EVIDENCE_CHARS = 500
FALSE = frozenset({"false", "0", "no"})
QUESTIONS = re.compile(r"(?<![a-z])(?:qa|faqs?|questions?)(?![a-z])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Case:
    """A row's question, its passages as one text, and whether they should answer it."""

    question: str
    passage: str
    is_answerable: bool


class AnswerabilityJudge(RowJudge[AnswerabilityConfig]):
    """A row passes where its passages alone answer its question, and the judge quotes them literally.

    One that says of itself that they don't (`answerable: false` in its method or columns) passes where they don't.

    Reasons: `not_answerable`, `answerable_after_all`, `quote_not_literal`; without a score `no_source`, `no_question`,
    `judge_unparsed`, `judge_failed`, `judge_row_too_long`.

    Raises:
        InputError: a template that can't be used.
    """

    def __init__(self, config: AnswerabilityConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._sources = Sources(inputs, config.column)
        if config.prompts.answerable is not None:  # what a recipe wrote is tried before the run
            asked("?", ["…"], self._prompt)

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """Where the task speaks of questions, rows are made from documents alone, and a model is there."""
        told = f"{inputs.task} {inputs.task_input.get('description', '')}"
        if not (context.documents and context.model and QUESTIONS.search(told)) or inputs.seeds:
            return None
        return Suggestion(why="questions about documents should be answered by them alone; one call per row")

    async def judged(self, sample: Sample, model: BoundModel) -> Verdict:
        """The verdict on one row."""
        case = self._case(sample)
        if isinstance(case, Verdict):
            return case
        found = await answerability(
            model,
            question=case.question,
            passages=[case.passage],
            prompt=self._prompt,
            temperature=self.config.temperature,
            max_tokens=self.config.max_tokens,
        )
        return _unjudged(found) if isinstance(found, Refusal) else _verdict(found, case.is_answerable)

    def _case(self, sample: Sample) -> Case | Verdict:
        """What is asked, or why nothing can be."""
        passage = self._sources.of(sample) or ""
        question = self._question(sample)
        if not passage.strip():
            return Verdict(passed=False, reason="no_source")
        if not question.strip():
            return Verdict(passed=False, reason="no_question")
        chars = len(passage) + len(question)
        if chars > MAX_CHARS:
            return Verdict(passed=False, reason="judge_row_too_long", measured=chars, threshold=MAX_CHARS)
        told = self._sources.cited(sample).get("answerable", sample.value_of("answerable"))
        return Case(question, passage, str(told).lower() not in FALSE)

    def _question(self, sample: Sample) -> str:
        if self.config.question is not None:
            return sample.text_of(self.config.question) or ""
        return sample.value_of("question") or sample.input

    @cached_property
    def _prompt(self) -> Prompt:
        return own_prompt(self.config.prompts.answerable, where="with.prompts.answerable")


def _verdict(found: Answerability, is_answerable: bool) -> Verdict:
    """What the judge said, held against what the row should be; a claim without its quotes fails either way."""
    if found.degree != "no" and not found.is_proven:
        told = _cut(found.strange[0]) if found.strange else ""
        return Verdict(passed=False, score=0.0, reason="quote_not_literal", evidence=f"«{told}»")
    wanted = "yes" if is_answerable else "no"
    degree = DEGREES[found.degree]
    score = degree if is_answerable else 1.0 - degree
    evidence = f"«{_cut(found.quotes[0])}»" if found.degree != "no" else None
    if found.degree == wanted:
        return Verdict(passed=True, score=score, evidence=evidence)
    reason = "not_answerable" if is_answerable else "answerable_after_all"
    return Verdict(
        passed=False, score=score, reason=reason, measured=found.degree, threshold=wanted, evidence=evidence
    )


def _unjudged(why: Refusal) -> Verdict:
    if why.reason.startswith("model_"):
        kind = why.reason.removeprefix("model_")
        return Verdict(passed=False, reason="judge_failed", measured=kind, evidence=_cut(why.text))
    return Verdict(passed=False, reason="judge_unparsed", evidence=_cut(str(why.measured)))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_EVIDENCE_CHARS else text[: MAX_EVIDENCE_CHARS - 1] + "…"
