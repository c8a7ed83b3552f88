"""What evolving instructions and evolving responses share: rounds over an original, and the rows that come of them."""

from __future__ import annotations

import random
from abc import abstractmethod
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

from datagen_core.generator import GenerateRequest, Generator
from datagen_core.inputs import Inputs
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import Prompt, digest_of
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest, ModelError
from datagen_core.originals import Original, originals
from datagen_core.refusal import Refusal
from datagen_core.row_forms import as_sample
from datagen_core.sample import Rejection, Sample
from datagen_plugin_evol_instruct.calls import Calls
from datagen_plugin_evol_instruct.config import EvolutionConfig
from datagen_plugin_evol_instruct.lineage import (
    Eliminated,
    Evolved,
    Lineage,
    Round,
    eliminations,
    history,
    of_kind,
    words,
)
from datagen_plugin_evol_instruct.originals_text import response_of, whole

PACKAGE = "datagen_plugin_evol_instruct"
ConfigT = TypeVar("ConfigT", bound=EvolutionConfig)


class Evolution(Generator[ConfigT]):
    """Originals evolved for some rounds: a success takes its parent's place, a failure leaves the parent for the next.

    Raises:
        InputError: a template that can't be used.
    """

    trial: ClassVar[Mapping[str, Any]]
    """Values that a recipe's own templates are tried with."""

    def __init__(self, config: ConfigT, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        found = [(seed, self._start(as_sample(seed))) for seed in inputs.seeds]
        fit = tuple(seed for seed, start in found if isinstance(start, str))
        self._unfit = Counter(start.reason for _, start in found if isinstance(start, Refusal))
        self._seeds = fit or inputs.seeds  # where none is fit, each row says why
        own = config.prompts
        self._names = tuple(type(own).model_fields)
        self._prompts = {name: self._prompt(name, getattr(own, name)) for name in self._names}

    def __reduce__(self) -> tuple[Any, ...]:
        """Compiled templates don't travel: they are made anew."""
        return type(self), (self.config, self.inputs)

    # -- what the two differ in ---------------------------------------------------------------------------

    @abstractmethod
    def _start(self, original: Sample) -> str | Refusal:
        """The text that is evolved, or why there is none."""

    @abstractmethod
    async def _evolved(
        self, calls: Calls, original: Sample, text: str, operation: str
    ) -> Evolved | Eliminated:
        """One round; raises ModelError."""

    @abstractmethod
    def _parts(self, original: Sample, evolved: Evolved) -> Mapping[str, Any]:
        """The new row in parts."""

    def _every_round(self) -> bool:
        """Whether each success is a row."""
        return False

    # -- what it is to the core ---------------------------------------------------------------------------

    def models(self) -> Mapping[str, Sequence[str]]:
        """One model; any will do."""
        return {self.config.model: ()}

    def labels(self) -> frozenset[str] | None:
        """The labels of the seeds that can be evolved; None where these have none."""
        return frozenset(seed.label for seed in self._seeds if seed.label is not None) or None

    def steers(self) -> frozenset[str]:
        """The keys of the recipe's coverage that are columns of all seeds: a row is what its original is."""
        keys = self.inputs.coverage if self._seeds else ()
        return frozenset(key for key in keys if all(seed.row.get(key) is not None for seed in self._seeds))

    def fan_out(self) -> int:
        """The rounds where each success is a row, else 1."""
        return self.config.rounds if self._every_round() else 1

    def digest(self) -> str:
        """Of the packaged prompts."""
        return digest_of(PACKAGE, self._names)

    def notices(self) -> Sequence[str]:
        """How many seeds can't be evolved."""
        if not self._unfit:
            return ()
        reasons = ", ".join(f"{n} {reason}" for reason, n in self._unfit.most_common())
        left = "and are left out" if self._seeds != self.inputs.seeds else "- none is left"
        return (
            f"{self._unfit.total()} of {len(self.inputs.seeds)} seeds can't be evolved {left}: {reasons}",
        )

    # -- rounds -------------------------------------------------------------------------------------------

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """One row or rejection for each row wanted, in order."""
        drawn = originals(request, each=self.fan_out(), seeds=self._seeds)
        lineages = self._lineages(request, drawn)
        distinct = {id(one): one for one in lineages if isinstance(one, Lineage)}
        async for _ in in_order([self._run(request, one) for one in distinct.values()]):
            pass
        for original, lineage in zip(drawn, lineages, strict=True):
            if isinstance(lineage, Refusal):
                text = original.sample.input or original.sample.response if original.sample else ""
                yield request.refuse(replace(lineage, text=text), parents=original.parents)
            else:
                yield self._row(request, lineage, lineage.rounds[: self._last_round(original)])

    def _lineages(self, request: GenerateRequest, drawn: Sequence[Original]) -> list[Lineage | Refusal]:
        """The lineage of each row wanted, or why there is none: a new one with each original's first variation."""
        out: list[Lineage | Refusal] = []
        running: dict[Any, Lineage | Refusal] = {}
        for row, original in enumerate(drawn):
            parent = original.parent.id if original.parent else None
            key = (None if request.parents else original.cell, parent)
            if original.variation == 0 or key not in running:
                running[key] = self._lineage(request, row, original)
            found = running[key]
            if isinstance(found, Lineage):
                found.rounds_wanted = max(found.rounds_wanted, self._last_round(original))
            out.append(found)
        return out

    def _last_round(self, original: Original) -> int:
        """The last round that matters to a row."""
        return original.variation + 1 if self._every_round() else self.config.rounds

    def _lineage(self, request: GenerateRequest, row: int, original: Original) -> Lineage | Refusal:
        if original.sample is None:
            wanted = ", ".join(filter(None, [original.cell.label, *map("=".join, original.cell.values)]))
            return Refusal("no_original", "an original of the kind that is wanted", wanted or None)
        start = self._start(original.sample)
        if isinstance(start, Refusal):
            return start
        return Lineage(
            row=row,
            original=original.sample,
            parents=original.parents,
            start=start,
            draws=drawn_operations(request.rng, self.config.operations, self.config.rounds),
        )

    async def _run(self, request: GenerateRequest, lineage: Lineage) -> None:
        """The rounds of one original, one after the other."""
        for at in range(lineage.rounds_wanted):
            operation, text = lineage.draws[at], lineage.text
            calls = Calls(request, row=lineage.row, round_number=at + 1, operation=operation)
            try:
                outcome = await self._evolved(calls, lineage.original, text, operation)
            except ModelError as error:
                broken = Refusal.failed(error)
                outcome = Eliminated(broken=broken, text=broken.text, params=calls.params, is_unread=True)
            lineage.add(outcome)

    async def _asked_for(
        self, calls: Calls, operation: str, schema: AnswerSchema, values: Mapping[str, Any]
    ) -> str | Eliminated:
        """The evolved text, as the schema's one key has it; raises ModelError."""
        config = self.config
        asked = ChatRequest(
            messages=self._prompts[operation].messages(**values),
            max_tokens=config.max_tokens,
            **calls.sampling(config),
        )
        answer = await calls.structured("evolve", config.model, asked, schema)
        if broken := answer.refusal():
            return Eliminated(broken=broken, text=broken.text, params=calls.params, is_unread=True)
        (text,) = answer.parsed.value.values()
        return str(text).strip()

    # -- rows ---------------------------------------------------------------------------------------------

    def _row(self, request: GenerateRequest, lineage: Lineage, rounds: Sequence[Round]) -> Sample | Rejection:
        """What these rounds come to: the last success; where each round is a row the last round alone counts."""
        successes = of_kind(Evolved, rounds[-1:] if self._every_round() else rounds)
        if not successes:
            return self._unevolved(request, lineage, rounds, of_kind(Eliminated, rounds)[-1])
        found = successes[-1]
        row = request.sample(
            **self._parts(lineage.original, found),
            parents=lineage.parents,
            params=found.params,
            method=self._method(lineage, rounds, found),
        )
        lineage.ids[found.number] = row.id
        return row

    def _unevolved(
        self, request: GenerateRequest, lineage: Lineage, rounds: Sequence[Round], last: Eliminated
    ) -> Sample | Rejection:
        if not self._keeps(lineage, last):
            params = {**last.params, "eliminations": eliminations(rounds)}
            return request.refuse(
                replace(last.broken, text=last.text), parents=lineage.parents, params=params
            )
        return request.sample(
            **whole(lineage.original),
            parents=lineage.parents,
            params=last.params,
            method=self._method(lineage, rounds, last),
        )

    def _keeps(self, lineage: Lineage, last: Eliminated) -> bool:
        """Whether the original comes out as it was: a whole pair, of which a rule eliminated what was made."""
        is_pair = isinstance(response_of(lineage.original), str)
        return self.config.keep_unevolved and is_pair and not last.is_unread

    def _method(
        self, lineage: Lineage, rounds: Sequence[Round], found: Evolved | Eliminated
    ) -> dict[str, Any]:
        """Of a row that a success became, or that was kept after a failure."""
        is_new = isinstance(found, Evolved)
        return {
            "round": found.number if is_new else 0,
            "operation": found.operation if is_new else None,
            "operation_history": history(rounds),
            "parent_id": lineage.parent_id(found.number if is_new else 0),
            "eliminated_by": found.broken.reason if isinstance(found, Eliminated) else None,
            "eliminations": eliminations(rounds),
            "words": words(lineage.start, found.text if is_new else lineage.start),
        }

    def _prompt(self, name: str, override: str | None) -> Prompt:
        prompt = Prompt.from_package(PACKAGE, name, override=override, where=f"with.prompts.{name}")
        if override:  # what a recipe wrote is tried before the run
            prompt.messages(**{key: self.trial[key] for key in prompt.variables or ()})
        return prompt


def drawn_operations(rng: random.Random, operations: Sequence[str], rounds: int) -> tuple[str, ...]:
    """An operation for each round, each as likely as any other."""
    return tuple(rng.choice(operations) for _ in range(rounds))
