"""Answers rewritten for form and completeness alone; where that fails the row stays as it was."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from datagen_core.generator import GenerateRequest, Generator
from datagen_core.inputs import Inputs
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import digest_of
from datagen_core.originals import Original, originals
from datagen_core.refusal import Refusal
from datagen_core.sample import Rejection, Sample
from datagen_core.sources import Sources
from datagen_plugin_backtranslation.asking import PACKAGE
from datagen_plugin_backtranslation.config import EnrichConfig
from datagen_plugin_backtranslation.rewriting import Rewriting, Rewritten
from datagen_plugin_backtranslation.support import Sourced

MAX_CHARS = 1_500_000
"""Of source and answer together: a prompt has at most 2,000,000."""
CASELESS = frozenset("zh ja ko th lo km my ar fa ur ps he yi ka am hi mr ne bn ta te kn ml gu pa si".split())  # noqa: SIM905
"""Languages whose scripts have no capitals, so that names can't be told."""


class Enrich(Generator[EnrichConfig]):
    """Rewrites answers: form and completeness, no fact that the source doesn't have.

    The rewriting of answers is a later idea than instruction backtranslation, which keeps the text. A rewriting that is
    refused is a rejection; beside it the row stays as it was (`keep_original`).

    Raises:
        InputError: a template that can't be used.
    """

    def __init__(self, config: EnrichConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._sources = Sources(inputs, config.column)
        if config.prompts.model_fields_set:  # what a recipe wrote is tried before the run
            self._rewriting.try_all()

    def __reduce__(self) -> tuple[Any, ...]:
        """Compiled templates don't travel: they are made anew."""
        return type(self), (self.config, self.inputs)

    def models(self) -> Mapping[str, Sequence[str]]:
        """Who writes and who judges."""
        judges: dict[str, Sequence[str]] = {self.config.judge: ()} if self.config.entailment else {}
        return {self.config.model: (), **judges}

    def digest(self) -> str:
        """Of the packaged prompts."""
        return digest_of(PACKAGE, ("enrich", "support"))

    def notices(self) -> Sequence[str]:
        """Languages in which names can't be told."""
        if "names" not in self.config.check:
            return ()
        codes = {code.partition("-")[0] for code in self.inputs.languages}
        caseless = ", ".join(sorted(codes & CASELESS))
        told = [f"{caseless} has no capitals, so names aren't checked there"] if caseless else []
        if "de" in codes:
            told.append("German writes all nouns with capitals; leave names out of check:")
        return told

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """For each row wanted a row, a rejection, or both: the refused rewriting and the row as it was."""
        drawn = originals(request)
        work = [self._rewritten(request, row, one) for row, one in enumerate(drawn)]
        done = [one async for one in in_order(work)]
        for original, rewritten in zip(drawn, done, strict=True):
            for row in self._rows(request, original, rewritten):
                yield row

    async def _rewritten(self, request: GenerateRequest, row: int, original: Original) -> Rewritten:
        sourced = self._sourced(original)
        if isinstance(sourced, Refusal):
            return Rewritten(refusal=sourced)
        return await self._rewriting.rewritten(request, row, sourced)

    def _sourced(self, original: Original) -> Sourced | Refusal:
        sample = original.sample
        if sample is None:
            return Refusal("no_original", "a row with the label and values wanted", original.cell.label)
        source = self._sources.of(sample) or ""
        if not source.strip():
            return Refusal("no_source", "the source of an answer is known", text=sample.response)
        if not sample.response.strip():
            return Refusal("no_answer", "a row with an answer", text=sample.input)
        if (chars := len(source) + len(sample.response)) > MAX_CHARS:
            return Refusal("source_too_long", "source and answer can be shown", chars, MAX_CHARS)
        return Sourced(sample.response, source, sample.input)

    def _rows(
        self, request: GenerateRequest, original: Original, rewritten: Rewritten
    ) -> Iterator[Sample | Rejection]:
        refusal = rewritten.refusal
        if refusal is not None:
            text = rewritten.text or refusal.text
            params = {**refusal.params, **rewritten.params}
            yield request.refuse(replace(refusal, text=text, params=params), parents=original.parents)
        if original.sample is not None and (refusal is None or self.config.keep_original):
            yield self._row(request, original, original.sample, rewritten)

    def _row(
        self, request: GenerateRequest, original: Original, sample: Sample, rewritten: Rewritten
    ) -> Sample:
        refusal = rewritten.refusal
        method = {
            "answer_original": sample.response,
            **self._sources.cited(sample),
            "enriched": refusal is None,
            **({} if refusal is None else {"not_enriched": refusal.reason}),
        }
        return request.sample(
            **answered(sample, rewritten.text if refusal is None else sample.response),
            parents=original.parents,
            params=rewritten.params,
            method=method,
        )

    @cached_property
    def _rewriting(self) -> Rewriting:
        return Rewriting(self.config)


def answered(sample: Sample, response: str) -> dict[str, Any]:
    """What `GenerateRequest.sample` takes for a row with this response; all else is as it was."""
    kept: dict[str, Any] = {
        "label": sample.label,
        "fields": sample.fields,
        "reasoning": sample.reasoning,
        "tools": sample.tools,
    }
    if not sample.messages:
        return {**kept, "input": sample.input, "response": response}
    messages = list(sample.messages)
    last = max((at for at, one in enumerate(messages) if one.role == "assistant"), default=None)
    if last is not None:
        messages[last] = replace(messages[last], content=response)
    return {**kept, "messages": tuple(messages)}
