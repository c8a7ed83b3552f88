"""The validator `entailment-judge`: one call per row, a verdict and a quote for each sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from datagen_core.context import Context
from datagen_core.inputs import Inputs
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.brief import brief
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.row_judge import RowJudge, mark_around
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest, ModelError
from datagen_core.sample import Sample, Verdict
from datagen_core.sentences import sentences
from datagen_core.sources import Sources
from datagen_core.suggestion import Suggestion
from datagen_plugin_entailment.config import EntailmentJudgeConfig
from datagen_plugin_entailment.findings import both, findings, of_question, of_statements, schema

PACKAGE = "datagen_plugin_entailment"
MAX_ROW_CHARS = 1_500_000
"""A prompt has at most 2,000,000 characters; no model reads as many."""
MAX_STATEMENTS = 200
MAX_EVIDENCE_CHARS = 500


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked about a row: its source, its question ("" where it isn't asked about), and its sentences."""

    source: str
    question: str
    text: str
    spans: list[tuple[int, int]]


class EntailmentJudge(RowJudge[EntailmentJudgeConfig]):
    """A sentence is supported where the model says so and its quote stands in the source literally.

    Reasons: `contradicted`, `not_entailed`, `quote_not_in_source`, `not_answerable`; without a score `no_source`,
    `no_question`, `empty`, `no_claims`, `judge_unparsed`, `judge_failed`, `judge_row_too_long`.

    Raises:
        InputError: a template that can't be used.
    """

    def __init__(self, config: EntailmentJudgeConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._sources = Sources(inputs, config.column)
        self._told = brief(inputs)
        self._schemas = {
            (with_statements, with_question): AnswerSchema(
                schema(with_statements=with_statements, with_question=with_question)
            )
            for with_statements, with_question in ((True, False), (False, True), (True, True))
        }
        if config.prompts.judge is not None:  # what a recipe wrote is tried before the run
            self._request(Case("", "?", "", []))

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """For rows that are made from documents alone, where a model is there.

        Beside seeds, not: a row's lineage leads to those as well, and no row follows from an example.
        """
        if not (context.documents and context.model) or context.seeds or inputs.seeds:
            return None
        return Suggestion(why="rows are made from documents, and should say what these say; one call per row")

    async def judged(self, sample: Sample, model: BoundModel) -> Verdict:
        """The verdict on one row."""
        case = self._case(sample)
        if isinstance(case, Verdict):
            return case
        try:
            answer = await model.structured(
                self._request(case), self._schemas[bool(case.spans), bool(case.question)]
            )
        except ModelError as error:
            return Verdict(
                passed=False, reason="judge_failed", measured=error.kind, evidence=_cut(error.message)
            )
        if answer.parsed.reason:
            return Verdict(passed=False, reason="judge_unparsed", evidence=_cut(answer.parsed.error))
        return self._read(case, answer.parsed.value)

    def _case(self, sample: Sample) -> Case | Verdict:
        """What is asked, or why nothing can be."""
        source, wanted = self._sources.of(sample) or "", self.config.check
        question = "" if wanted == "grounded" else sample.input
        text = "" if wanted == "answerable" else sample.text_of(self.config.field) or ""
        case = Case(source, question, text, list(sentences(text)))
        chars = len(source) + len(sample.input) + len(text)
        if not source.strip():
            return Verdict(passed=False, reason="no_source")
        if wanted != "answerable" and not case.spans:
            return Verdict(passed=False, reason="empty")
        if wanted != "grounded" and not question.strip():
            return Verdict(passed=False, reason="no_question")
        for measured, most in ((chars, MAX_ROW_CHARS), (len(case.spans), MAX_STATEMENTS)):
            if measured > most:
                return Verdict(passed=False, reason="judge_row_too_long", measured=measured, threshold=most)
        return case

    def _read(self, case: Case, answer: Mapping[str, Any]) -> Verdict:
        verdicts = []
        if case.spans:
            found = findings(answer["statements"], case.text, case.spans, case.source)
            if found is None:
                error = f"the answer doesn't have each of {len(case.spans)} statements once"
                return Verdict(passed=False, reason="judge_unparsed", evidence=error)
            verdicts.append(of_statements(found, self.config))
        if case.question:
            verdicts.append(of_question(answer["question"], case.source, self.config))
        return verdicts[0] if len(verdicts) == 1 else both(*verdicts)

    def _request(self, case: Case) -> ChatRequest:
        statements = [" ".join(case.text[start:end].split()) for start, end in case.spans]
        mark = mark_around(repr((case.source, case.question, statements)))
        messages = self._prompt.messages(
            **self._told, source=case.source, question=case.question, statements=statements, mark=mark
        )
        return ChatRequest(
            messages=messages, max_tokens=self.config.max_tokens, temperature=self.config.temperature
        )

    @cached_property
    def _prompt(self) -> Prompt:
        return Prompt.from_package(
            PACKAGE, "judge", override=self.config.prompts.judge, where="with.prompts.judge"
        )


def _cut(text: str) -> str:
    return text if len(text) <= MAX_EVIDENCE_CHARS else text[: MAX_EVIDENCE_CHARS - 1] + "…"
