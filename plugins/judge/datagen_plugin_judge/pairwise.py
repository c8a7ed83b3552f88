"""The pairwise judge: two answers scored in both orders; a verdict that turns with the order is a tie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from datagen_core.context import Context
from datagen_core.errors import InputError
from datagen_core.inputs import Inputs
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.brief import brief
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.forms import prompt_hash
from datagen_core.llm.prompts import Prompt
from datagen_core.model import ChatRequest, ModelError
from datagen_core.sample import Sample, Verdict
from datagen_core.suggestion import Suggestion
from datagen_core.validator import ModelValidator
from datagen_plugin_judge.answers import Pair, References, preference
from datagen_plugin_judge.comparison import SCALE, Order, Scores, mean_margin, told, verdict_of
from datagen_plugin_judge.grade import failed, too_long
from datagen_plugin_judge.pairwise_config import PairwiseConfig
from datagen_plugin_judge.row_shown import MAX_ROW_CHARS, Shown

SCORES: Mapping[str, float] = {"won": 1.0, "tie": 0.5, "position_biased": 0.5, "lost": 0.0}


class JudgePairwise(ModelValidator[PairwiseConfig]):
    """A row passes where its answer wins in both orders (AlpaGasus, arXiv 2307.08701), or where ties pass.

    Reasons: `lost`, `tie`, `position_biased` (measured: the mean margin in points, threshold 0), and without a score
    `no_pair`, `no_reference`, `judge_unparsed`, `judge_out_of_range`, `judge_failed`, `judge_row_too_long`.

    Raises:
        InputError: no seeds to find references in; a template that can't be used.
    """

    def __init__(self, config: PairwiseConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        if config.against == "reference" and config.column is None and not inputs.seeds:
            raise InputError(
                "there are no seeds whose answers could be references",
                where="with.against",
                expected="seeds with a question and an answer, or a column",
                hint="column: the column of the rows that holds the reference",
            )
        if config.prompts.pairwise is not None:  # what a recipe wrote is tried before the run
            self._request({}, "", "")

    def __reduce__(self) -> tuple[Any, ...]:
        """The compiled template doesn't travel: it is made anew."""
        return type(self), (self.config, self.inputs)

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """For preference rows, where there is a model."""
        if not context.model or context.format != "preference":
            return None
        return Suggestion(
            why="a model can compare preference rows' answers in both orders; dear: two calls a row"
        )

    def models(self) -> Mapping[str, Sequence[str]]:
        """One model; any will do."""
        return {self.config.model: ()}

    def notices(self) -> Sequence[str]:
        """What a row costs."""
        return ["the pairwise judge makes 2 calls for each row that it sees"]

    async def validate(
        self, samples: Sequence[Sample], models: Mapping[str, BoundModel]
    ) -> Sequence[Verdict]:
        """One verdict per row, in order; all rows are asked about at once."""
        work = [self._verdict(sample, models[self.config.model], row) for row, sample in enumerate(samples)]
        return [verdict async for verdict in in_order(work)]

    async def _verdict(self, sample: Sample, model: BoundModel, row: int) -> Verdict:
        pair = self._pair(sample)
        if pair is None:
            return Verdict(passed=False, reason=self._missing, evidence=self._expected)
        chars = Shown({**pair.asked, "first": pair.wanted, "second": pair.other}).chars
        if chars > MAX_ROW_CHARS:
            return too_long(chars, MAX_ROW_CHARS)
        if pair.are_equal:
            return self._decided("tie", 0.0, "the two answers are equal")
        requests = [
            self._request(pair.asked, pair.wanted, pair.other),
            self._request(pair.asked, pair.other, pair.wanted),
        ]
        work = [
            self._order(model.at(row=row, attempt=at, subject=sample.id), request, is_wanted_first=at == 0)
            for at, request in enumerate(requests)
        ]
        orders = [order async for order in in_order(work)]
        evidence = told(
            orders, {"judge_model": model.name, "prompt_hash": [prompt_hash(r) for r in requests]}
        )
        fault = next((fault for order in orders if (fault := order.fault)), None)
        if fault:
            return Verdict(passed=False, reason=fault.fault, measured=fault.measured, evidence=evidence)
        return self._decided(verdict_of(orders), mean_margin(orders), evidence)

    async def _order(self, model: BoundModel, request: ChatRequest, *, is_wanted_first: bool) -> Order:
        try:
            answer = await model.structured(request, self._scores.schema)
        except ModelError as error:
            return Order(failed(error), failed(error))
        return self._scores.order(answer, is_wanted_first=is_wanted_first)

    def _decided(self, found: str, margin: float, evidence: str) -> Verdict:
        passed = found == "won" or (found != "lost" and self.config.ties_pass)
        reason = None if passed else found
        return Verdict(
            passed=passed,
            score=SCORES[found],
            reason=reason,
            measured=margin,
            threshold=0.0,
            evidence=evidence,
        )

    def _pair(self, sample: Sample) -> Pair | None:
        return preference(sample) if self.config.against == "rejected" else self._references.pair(sample)

    @property
    def _missing(self) -> str:
        return "no_pair" if self.config.against == "rejected" else "no_reference"

    @property
    def _expected(self) -> str:
        if self.config.against == "rejected":
            return "the row has no fields chosen and rejected that are text or turns"
        return "the row has no response, or there is no reference for it"

    def _request(self, asked: Mapping[str, str], first: str, second: str) -> ChatRequest:
        shown = Shown({**asked, "first answer": first, "second answer": second}).values()
        messages = self._prompt.messages(parts=shown["parts"], mark=shown["mark"])
        config = self.config
        return ChatRequest(
            messages=messages,
            max_tokens=config.max_tokens,
            temperature=config.temperature,
            top_p=config.top_p,
        )

    @cached_property
    def _prompt(self) -> Prompt:
        own = self.config.prompts.pairwise
        prompt = Prompt.from_package(
            "datagen_plugin_judge", "pairwise", override=own, where="with.prompts.pairwise"
        )
        ends = {"scale": SCALE.in_words(), "low": f"{SCALE.low:g}", "high": f"{SCALE.high:g}"}
        return prompt.given(**brief(self.inputs), **ends, criteria=self.config.criteria.strip())

    @cached_property
    def _scores(self) -> Scores:
        return Scores()

    @cached_property
    def _references(self) -> References:
        return References(self.inputs, self.config.column)
