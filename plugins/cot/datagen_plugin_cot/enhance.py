"""`cot-enhance`: steps that lead from a row's question to its answer, which both stay as they are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from datagen_core.generator import GenerateRequest
from datagen_core.inputs import Inputs
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.row_judge import mark_around
from datagen_core.nothing import EMPTY
from datagen_core.originals import Original, originals
from datagen_core.refusal import Refusal
from datagen_core.row_forms import as_sample
from datagen_core.sample import Rejection, Sample
from datagen_core.sources import Sources
from datagen_plugin_cot.answer_forms import ENHANCE, ENHANCE_WITH_PASSAGE
from datagen_plugin_cot.calls import Calls
from datagen_plugin_cot.cases import case_of, reasoning_of, with_reasoning
from datagen_plugin_cot.chain import Case, Chain, chain_of
from datagen_plugin_cot.config import CotEnhanceConfig
from datagen_plugin_cot.faults import Fault
from datagen_plugin_cot.reasoning import Reasoned, Reasoning, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTask(Task):
    """The same for a row whose case is known."""

    case: Case


class CotEnhance(Reasoning[CotEnhanceConfig]):
    """Adds reasoning to rows with a question and an answer, or a text and its class; all else stays, byte for byte.

    Raises:
        InputError: a template that can't be used.
    """

    writes: ClassVar[tuple[str, ...]] = ("enhance",)

    def __init__(self, config: CotEnhanceConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._sources = Sources(inputs, config.passage)
        self._seeds = {seed.id: seed for seed in inputs.seeds}
        fit = tuple(seed for seed in inputs.seeds if isinstance(self._case(as_sample(seed)), Case))
        self._usable = fit or inputs.seeds  # where none is fit, each row says why

    def labels(self) -> frozenset[str] | None:
        """The labels of the seeds that it can be done for; None where these have none."""
        return frozenset(seed.label for seed in self._usable if seed.label is not None) or None

    def steers(self) -> frozenset[str]:
        """The keys of the recipe's coverage that are columns of all seeds: a row is what its original is."""
        keys = self.inputs.coverage if self._usable else ()
        return frozenset(key for key in keys if all(seed.row.get(key) is not None for seed in self._usable))

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """One row or rejection for each row wanted, in order."""
        known = {seed.id for seed in self._usable}
        drawn = originals(request, seeds=[seed for seed in request.seeds if seed.id in known])
        work = [self._found(Calls(request, row), original.sample) for row, original in enumerate(drawn)]
        place = 0
        async for found in in_order(work):
            yield self._row(request, drawn[place], found)
            place += 1

    async def _found(self, calls: Calls, sample: Sample | None) -> Reasoned | Refusal | None:
        """The reasoning of a row; None where it keeps what it has."""
        if sample is None:
            return Refusal("no_original", "an original with the label and values of the row wanted")
        if reasoning_of(sample) and not self.config.overwrite:
            return None
        case = self._case(sample)
        return case if isinstance(case, Refusal) else await self._reasoned(self._task(calls, case))

    def _case(self, sample: Sample) -> Case | Refusal:
        return case_of(sample, self._passage(sample), self.inputs.labels)

    def _passage(self, sample: Sample) -> str:
        """The text that a row is to be grounded in; the text of the seed that it was made of is none."""
        found = self._sources.of(sample) or ""
        seeds = [self._seeds[one].text for one in sample.trace.parents if one in self._seeds]
        return "" if found == "\n\n".join(seeds) else found

    def _task(self, calls: Calls, case: Case) -> RowTask:
        told = {
            "question": case.question,
            "answer": case.answer,
            "classes": list(case.classes),
            "passage": case.passage,
            "mark": mark_around(case.passage),
        }
        schema = ENHANCE_WITH_PASSAGE if case.passage else ENHANCE
        return RowTask(prompt="enhance", told=told, schema=schema, calls=calls, case=case)

    def _read(self, task: Task, value: Mapping[str, Any]) -> tuple[Case, Chain] | Fault:
        assert isinstance(task, RowTask)  # noqa: S101 (made above)
        return task.case, chain_of([(step["step"], step.get("quote", "")) for step in value["steps"]])

    def _row(
        self, request: GenerateRequest, original: Original, found: Reasoned | Refusal | None
    ) -> Sample | Rejection:
        sample = original.sample
        if sample is None or isinstance(found, Refusal):
            refusal = found if isinstance(found, Refusal) else Refusal("no_original", "an original")
            measured = refusal.measured if sample else original.cell.label
            return request.refuse(replace(refusal, measured=measured), parents=original.parents)
        cited = self._sources.cited(sample)
        return request.sample(
            **with_reasoning(sample, found.chain.text if found else None),
            parents=original.parents,
            params=found.params if found else EMPTY,
            method={**cited, **(found.method if found else {"kept": True})},
        )
