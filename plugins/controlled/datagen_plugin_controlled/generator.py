"""Rows that satisfy constraints, each checked; what fails is repaired, or refused with the list."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from datagen_core.generator import GenerateRequest, Generator
from datagen_core.inputs import Inputs
from datagen_core.jsontext import dumps
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.brief import brief
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.label_scores import digest_part
from datagen_core.llm.prompts import digest_of
from datagen_core.refusal import Refusal
from datagen_core.sample import Rejection, Sample
from datagen_plugin_controlled.config import ControlledConfig
from datagen_plugin_controlled.drafts import Draft, record
from datagen_plugin_controlled.judged import BUILT_IN
from datagen_plugin_controlled.loop import PACKAGE, Loop
from datagen_plugin_controlled.orders import KEYS, Order, Orders
from datagen_plugin_controlled.sizes import BANDS

PROMPTS = ("write", "repair")


class Controlled(Generator[ControlledConfig]):
    """Texts that satisfy constraints, each checked.

    Raises:
        InputError: nothing to control, constraints that no text satisfies, a template that can't be used.
    """

    def __init__(self, config: ControlledConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._orders = Orders(config, inputs)
        if config.prompts.write or config.prompts.repair:  # what a recipe wrote is tried before the run
            self._loop.check_prompts(self._orders.sample())

    def __reduce__(self) -> tuple[Any, ...]:
        """Compiled templates don't travel: they are made anew."""
        return type(self), (self.config, self.inputs)

    def models(self) -> Mapping[str, Sequence[str]]:
        """Who writes and who judges; any will do."""
        return {self.config.model: (), self.config.judge: ()}

    def steers(self) -> frozenset[str]:
        """Domain, style, tone, complexity, length and language, where the recipe's coverage has them."""
        return frozenset(self._orders.steered)

    def enforces(self) -> frozenset[str]:
        """The keys of the recipe's section `constraints:` that it took; none where it has its own."""
        return frozenset(f"constraints.{key}" for key in self._orders.taken)

    def labels(self) -> frozenset[str] | None:
        """The recipe's labels; None where it has none."""
        return frozenset(self.inputs.labels) or None

    def digest(self) -> str:
        """Of the prompts, the judge's among them, and of what the built-in names stand for."""
        bands = {name: band.model_dump(exclude_none=True) for name, band in BANDS.items()}
        return digest_of(PACKAGE, PROMPTS, digest_part(), dumps(BUILT_IN).encode(), dumps(bands).encode())

    def notices(self) -> Sequence[str]:
        """What isn't checked, or not as it could be."""
        return list(self._orders.notices())

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """One row or rejection for each row wanted, in order."""
        orders = self._orders.of(request)
        writer, judge = request.model(self.config.model), request.model(self.config.judge)
        temperature = request.params.get("temperature", self.config.temperature)
        work = [
            self._made(order, writer.at(row=row), judge.at(row=row), temperature)
            for row, order in enumerate(orders)
        ]
        drafts = [draft async for draft in in_order(work)]
        for order, draft in zip(orders, drafts, strict=True):
            yield self._row(request, order, draft)

    @cached_property
    def _loop(self) -> Loop:
        told = brief(self.inputs)
        told["more"] = {key: value for key, value in told.pop("constraints").items() if key not in KEYS}
        del told["languages"]
        return Loop(self.config, {**told, "output": self.config.output})

    async def _made(
        self, order: Order, writer: BoundModel, judge: BoundModel, temperature: float | None
    ) -> Draft:
        return Draft() if order.refusal else await self._loop.run(order, writer, judge, temperature)

    def _row(self, request: GenerateRequest, order: Order, draft: Draft) -> Sample | Rejection:
        checks, parents = record(order, draft.rounds), order.parents
        params = {**draft.params, **checks}
        refusal = order.refusal or draft.refusal or self._unmet(order, draft)
        if refusal is not None:
            shown = replace(refusal, text=refusal.text or draft.text)
            return request.refuse(shown, parents=parents, params=params)
        return request.sample(
            input=draft.parts.get("input", ""),
            response=draft.text,
            label=order.label,
            parents=parents,
            params=draft.params,
            method={**order.values, **checks},
        )

    def _unmet(self, order: Order, draft: Draft) -> Refusal | None:
        """The constraints that don't pass, where there are any."""
        pairs = zip(order.constraints, draft.rounds[-1], strict=True)
        failed = [(one, finding) for one, finding in pairs if not finding.passes]
        if not failed:
            return None
        return Refusal(
            reason="constraints_unmet",
            rule=f"every constraint satisfied within {self.config.repairs} repairs",
            measured="; ".join(f"{one.name}: {finding.said}" for one, finding in failed),
            threshold="; ".join(f"{one.name}: {dumps(one.wanted)}" for one, _ in failed),
        )
