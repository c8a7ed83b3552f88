"""What the three operators share: originals in turn, a text asked for and checked, siblings, one more try, the row."""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

from datagen_core.errors import InputError
from datagen_core.generator import GenerateRequest, Generator
from datagen_core.inputs import Inputs
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import digest_of
from datagen_core.model import ChatRequest
from datagen_core.nothing import EMPTY
from datagen_core.originals import Original, originals
from datagen_core.refusal import Refusal
from datagen_core.row_forms import as_sample
from datagen_core.sample import Rejection, Sample
from datagen_plugin_augment.asking import Calls, Objection, texts_schema
from datagen_plugin_augment.attempts import Attempt, Draft
from datagen_plugin_augment.keeping import Check, Keeping
from datagen_plugin_augment.likeness import changed_share, duplicate, rouge_l, unchanged
from datagen_plugin_augment.parts import joined, parts_of, replaced
from datagen_plugin_augment.prompt_files import PACKAGE, Prompts
from datagen_plugin_augment.rewriting_config import RewritingConfig

C = TypeVar("C", bound=RewritingConfig)


class Rewriting(Generator[C]):
    """Base of the operators: see `generate` for the order of things.

    Class attributes: `operator` names it in rows, `key` what its targets are in rows and in the recipe's coverage,
    `packaged` the prompts, the first of which writes; `thinks_anew` says whether a row's reasoning no longer fits.
    """

    operator: ClassVar[str]
    key: ClassVar[str] = ""
    packaged: ClassVar[tuple[str, ...]]
    thinks_anew: ClassVar[bool] = False

    def __init__(self, config: C, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._keeping = self._keeps()
        usable = [seed for seed in inputs.seeds if not self._unfit(as_sample(seed))]
        if inputs.seeds and not usable and self._reads_seeds():
            raise InputError(
                f"{self.operator} can change none of the {len(inputs.seeds)} seeds: "
                f"{self._unfit(as_sample(inputs.seeds[0]))}",
                expected="seeds with a text to change",
                hint="name the parts that have one: fields: [input, response]",
            )
        self._usable = tuple(usable)
        self._prompts = Prompts(self.packaged, config.model_dump().get("prompts", {}))

    def __reduce__(self) -> tuple[Any, ...]:
        """Compiled templates don't travel: they are made anew."""
        return type(self), (self.config, self.inputs)

    # -- what an operator says of itself ----------------------------------------------------------------------

    @abstractmethod
    def targets(self) -> tuple[str, ...]:
        """The styles or domains, in order; none for an operator without."""

    @abstractmethod
    def per_target(self) -> int:
        """Rows for each target (or in all) made from one original."""

    @abstractmethod
    def _keeps(self) -> Keeping:
        """What must survive."""

    @abstractmethod
    async def _judged(self, draft: Draft, attempt: Attempt) -> Attempt:
        """The checks that take a model, and what comes after them."""

    def _told(self, draft: Draft) -> Mapping[str, Any]:
        """Further values for the prompt that writes."""
        return EMPTY

    def _parts(self, sample: Sample) -> dict[str, str]:
        """The parts that are changed."""
        return parts_of(sample)

    def _unfit(self, sample: Sample) -> str:
        """Why a row can't be changed; "" if it can."""
        return "" if self._parts(sample) else "there is no text to change"

    def _reads_seeds(self) -> bool:
        """Whether seeds could serve at all."""
        return True

    # -- what the core asks ----------------------------------------------------------------------------------

    def fan_out(self) -> int:
        """Rows made from one original."""
        return max(1, len(self.targets())) * self.per_target()

    def labels(self) -> frozenset[str] | None:
        """The labels of the seeds that can be changed; none of them has one: none; without seeds: any."""
        if not self._usable or not self.inputs.labels:
            return None
        return frozenset(seed.label for seed in self._usable if seed.label is not None)

    def steers(self) -> frozenset[str]:
        """Its own key of the recipe's coverage, and those that are columns of all seeds: a row is what its seed is."""
        keys = self.inputs.coverage
        columns = {
            key
            for key in keys
            if self._usable and all(seed.row.get(key) is not None for seed in self._usable)
        }
        return frozenset(columns) | self._own_keys

    def models(self) -> Mapping[str, Sequence[str]]:
        """Who writes and who judges."""
        return {self.config.model: (), self.config.judge: ()}

    def digest(self) -> str:
        """Of the packaged prompts, and what else decides rows."""
        return digest_of(PACKAGE, self.packaged, *self._digest_parts())

    def notices(self) -> Sequence[str]:
        """How many seeds can't be changed."""
        unfit = len(self.inputs.seeds) - len(self._usable)
        return (
            (f"{self.operator}: {unfit} of {len(self.inputs.seeds)} seeds can't be changed.",)
            if unfit
            else ()
        )

    def _digest_parts(self) -> Sequence[bytes]:
        """What else decides rows."""
        return ()

    # -- making rows -----------------------------------------------------------------------------------------

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """One row or rejection for each row wanted, in order.

        All rows are tried at once and then, in order, laid beside their siblings; what failed is tried again.
        """
        drafts = self._drafts(request)
        families: dict[str, list[Draft]] = defaultdict(list)
        for draft in drafts:
            families[draft.family].append(draft)
        for _ in range(self.config.repairs + 1):
            unmet = [draft for draft in drafts if draft.is_open]
            work = [self._attempt(request, draft, families[draft.family]) for draft in unmet]
            tries = [attempt async for attempt in in_order(work)]
            for draft, attempt in zip(unmet, tries, strict=True):
                draft.attempts.append(self._beside(attempt, families[draft.family]))
        for draft in drafts:
            yield self._row(request, draft)

    def _drafts(self, request: GenerateRequest) -> list[Draft]:
        known = {seed.id for seed in self._usable}
        seeds = [seed for seed in request.seeds if seed.id in known]
        drawn = originals(request, each=self.fan_out(), seeds=seeds, changed=self._own_keys)
        tried = request.pool.tried(request.origin.arm)
        return [self._draft(request, row, original, tried) for row, original in enumerate(drawn)]

    def _draft(
        self, request: GenerateRequest, row: int, original: Original, tried: Mapping[str, int]
    ) -> Draft:
        index = original.variation + (tried.get(original.parent.id, 0) if original.parent else 0)
        targets = self.targets()
        target = dict(original.cell.values).get(self.key) or (
            targets[index % len(targets)] if targets else ""
        )
        sample = original.sample
        parts = self._parts(sample) if sample else {}
        slots = [value for _, value in getattr(original.parent, "slots", ())]
        return Draft(
            original=original,
            target=target,
            index=index,
            parts=parts,
            kept={name: self._keeping.of(text, slots) for name, text in parts.items()},
            unfit=self._unfit(sample) if sample else "",
            calls=Calls(request, row),
        )

    async def _attempt(self, request: GenerateRequest, draft: Draft, family: Sequence[Draft]) -> Attempt:
        asked = self._writing(request, draft, family)
        answer = await draft.calls.write(self.config.model, asked, texts_schema(tuple(draft.parts)))
        if isinstance(answer, Refusal):
            return Attempt(params=answer.params, refusal=answer)
        texts = {name: text.strip() for name, text in answer.value.items()}
        attempt = self._compared(draft, Attempt(texts=texts, params=answer.params))
        return attempt if attempt.refusal else await self._judged(draft, attempt)

    def _writing(self, request: GenerateRequest, draft: Draft, family: Sequence[Draft]) -> ChatRequest:
        before = draft.attempts[-1] if draft.attempts else None
        messages = self._prompts.messages(
            self.packaged[0],
            parts=draft.parts,
            keep=list(dict.fromkeys(one for kept in draft.kept.values() for one in kept.shown)),
            label=draft.original.sample.label if draft.original.sample else None,
            others=[other.text for other in family if other.text is not None] if before else [],
            earlier=dict(before.texts) if before else {},
            complaint=before.complaint if before else "",
            **self._told(draft),
        )
        temperature = request.params.get("temperature", self.config.temperature)
        return ChatRequest(messages=messages, max_tokens=self.config.max_tokens, temperature=temperature)

    def _compared(self, draft: Draft, attempt: Attempt) -> Attempt:
        """The checks that take no model."""
        blank = next((name for name, text in attempt.texts.items() if not text), None)
        if blank is not None:
            return attempt.refused(
                Objection(reason="empty_text", rule="a text", measured=blank, told="It is empty.")
            )
        new, old = joined(attempt.texts), joined(draft.parts)
        alike = rouge_l(new, old)
        attempt = attempt.refused(unchanged(new, old, alike, self.config.max_rouge_l))
        if attempt.refusal:
            return attempt
        found: dict[str, Check] = {}
        for name, kept in draft.kept.items():
            for check in self._keeping.checks(kept, attempt.texts[name]):
                found[check.name] = _worse(found.get(check.name), check)
        return attempt.checked(*found.values(), rouge_l=round(float(alike), 4))

    def _beside(self, attempt: Attempt, family: Sequence[Draft]) -> Attempt:
        siblings = [sibling.text for sibling in family if sibling.text is not None]
        if attempt.refusal:
            return attempt
        return attempt.refused(duplicate(joined(attempt.texts), siblings, self.config.max_sibling_rouge_l))

    def _row(self, request: GenerateRequest, draft: Draft) -> Sample | Rejection:
        sample = draft.original.sample
        if sample is None:
            wanted = [draft.original.cell.label or "", *(f"{k}={v}" for k, v in draft.original.cell.values)]
            rule = "an original with the label and values of the row wanted"
            return request.reject("no_original", rule, measured=", ".join(filter(None, wanted)))
        if draft.unfit:
            rule = f"an original that {self.operator} can change"
            unfit = Refusal("unfit_original", rule, draft.unfit, text=sample.input or sample.response)
            return request.refuse(unfit, parents=draft.original.parents)
        last = draft.attempts[-1]
        if last.refusal:
            params = {**last.params, "variation_index": draft.index}
            shown = replace(last.refusal, text=joined(last.texts) or last.refusal.text, params=params)
            return request.refuse(shown, parents=draft.original.parents)
        method = {
            "operator": self.operator,
            "variation_index": draft.index,
            **({self.key: draft.target} if self.key else {}),
            "changed": [*last.texts, *last.more],
            "preserved_checks": {check.name: check.passed for check in last.checks},
            "change_score": changed_share(joined(last.texts), joined(draft.parts)),
            **last.measured,
            "attempts": len(draft.attempts),
        }
        return request.sample(
            **replaced(sample, {**last.texts, **last.more}, thought_anew=self.thinks_anew),
            parents=draft.original.parents,
            params=last.params,
            method=method,
        )

    @property
    def _own_keys(self) -> frozenset[str]:
        return frozenset({self.key} & self.inputs.coverage.keys())


def _worse(one: Check | None, other: Check) -> Check:
    """Of the same check on two parts: a failure before a success before nothing to check."""
    if one is None or one.passed is None or other.refusal:
        return one if one and one.refusal else other
    return one
