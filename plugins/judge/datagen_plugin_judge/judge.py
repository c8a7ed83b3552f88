"""The judge: grades by a rubric, and no score where none can be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from datagen_core.context import Context
from datagen_core.inputs import Inputs
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.brief import brief
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.forms import prompt_hash
from datagen_core.llm.prompts import Prompt
from datagen_core.model import ChatRequest
from datagen_core.sample import Sample, Verdict
from datagen_core.suggestion import Suggestion
from datagen_core.validator import ModelValidator
from datagen_plugin_judge.config import JudgeConfig
from datagen_plugin_judge.deciding import Deciding
from datagen_plugin_judge.grade import too_long
from datagen_plugin_judge.opinion import Opinion
from datagen_plugin_judge.question import Question, questions
from datagen_plugin_judge.row_shown import MAX_LABEL_CHARS, MAX_ROW_CHARS

PACKAGE = "datagen_plugin_judge"
JUDGED = frozenset({"text", "pair", "chat"})
"""Forms of rows that rules say little about."""


class Judge(ModelValidator[JudgeConfig]):
    """A row passes with an aggregate at or above the threshold, and each dimension at or above its own.

    Reasons: `judge_below_threshold` (measured: the value, threshold), and without a score `judge_out_of_range`
    (measured: the number), `judge_unparsed` (evidence: what was wrong with the answer), `judge_failed` (measured: the
    kind of failure), `judges_disagree` (measured: how far apart they are), `judge_row_too_long`.

    Raises:
        InputError: a template that can't be used.
    """

    def __init__(self, config: JudgeConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        if config.own_prompt is not None:  # what a recipe wrote is tried before the run
            self._questions[0].request(Sample(id=""))

    def __reduce__(self) -> tuple[Any, ...]:
        """The compiled template doesn't travel: it is made anew."""
        return type(self), (self.config, self.inputs)

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """For texts, pairs and conversations, where there is a model."""
        if not context.model or context.format not in JUDGED:
            return None
        return Suggestion(
            why=f"a model can grade {context.format} rows, which rules can't; dear: a call for each row"
        )

    def models(self) -> Mapping[str, Sequence[str]]:
        """The judges; any model will do."""
        return dict.fromkeys(self.config.judges, ())

    def notices(self) -> Sequence[str]:
        """What a row costs, where it is more than a call."""
        n = len(self._questions) * len(self.config.judges)
        return [f"the judge makes {n} calls for each row that it sees"] if n > 1 else []

    async def validate(
        self, samples: Sequence[Sample], models: Mapping[str, BoundModel]
    ) -> Sequence[Verdict]:
        """One verdict per row, in order; all rows are asked about at once."""
        work = [self._verdict(row, sample, models) for row, sample in enumerate(samples)]
        return [verdict async for verdict in in_order(work)]

    async def _verdict(self, row: int, sample: Sample, models: Mapping[str, BoundModel]) -> Verdict:
        if len(sample.label or "") > MAX_LABEL_CHARS:
            return too_long(len(sample.label or ""), MAX_LABEL_CHARS)
        chars = self._questions[0].chars(sample)
        if chars > MAX_ROW_CHARS:
            return too_long(chars, MAX_ROW_CHARS)
        requests = [question.request(sample) for question in self._questions]
        work = [
            self._opinion(
                [
                    models[alias].at(row=row, attempt=judge * len(requests) + at, subject=sample.id)
                    for at in range(len(requests))
                ],
                requests,
            )
            for judge, alias in enumerate(self.config.judges)
        ]
        return self._deciding.verdict([opinion async for opinion in in_order(work)])

    async def _opinion(self, tries: Sequence[BoundModel], requests: Sequence[ChatRequest]) -> Opinion:
        """One judge's answers to all questions about a row."""
        asked = zip(self._questions, tries, requests, strict=True)
        work = [question.grades(model, request) for question, model, request in asked]
        found = [grades async for grades in in_order(work)]
        return Opinion(
            grades={name: grade for grades in found for name, grade in grades.items()},
            model=tries[0].name,
            prompts=tuple(prompt_hash(request) for request in requests),
        )

    @cached_property
    def _questions(self) -> list[Question]:
        config = self.config
        prompt = Prompt.from_package(
            PACKAGE,
            config.prompt_name,
            override=config.own_prompt,
            where=f"with.prompts.{config.prompt_name}",
        )
        told = {**brief(self.inputs), "rubric": config.rubric.strip()}
        return questions(config, prompt.given(**told))

    @cached_property
    def _deciding(self) -> Deciding:
        return Deciding(self.config)
