"""Translations of rows into the languages wanted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from datagen_core.errors import InputError
from datagen_core.generator import GenerateRequest, Generator
from datagen_core.inputs import Inputs
from datagen_core.languages import base, prose
from datagen_core.llm.concurrently import in_order
from datagen_core.originals import Original, originals
from datagen_core.refusal import Refusal
from datagen_core.row_forms import as_sample
from datagen_core.sample import Rejection, Sample
from datagen_plugin_crosslingual import templates
from datagen_plugin_crosslingual.asking import Fault
from datagen_plugin_crosslingual.config import CrosslingualConfig
from datagen_plugin_crosslingual.languages import KEY, language_of, language_of_all, targets_but
from datagen_plugin_crosslingual.nearness import Nearness, with_margins
from datagen_plugin_crosslingual.parts import parts_of, with_parts
from datagen_plugin_crosslingual.translator import Made, Task, Translator


class Crosslingual(Generator[CrosslingualConfig]):
    """Rows translated into the languages wanted; label, reasoning, tools and other columns stay.

    Raises:
        InputError: no target beside the originals' own language, or one that is no code; seeds without text; a template
            that can't be used.
    """

    def __init__(self, config: CrosslingualConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        if inputs.seeds and not any(parts_of(as_sample(seed), config.fields) for seed in inputs.seeds):
            raise InputError("no seed has a text to translate", where="seeds", expected="rows with text")
        self._targets = targets_but(self._source, config, inputs)
        self._translator = Translator(config, inputs.domain)

    def __reduce__(self) -> tuple[Any, ...]:
        """Templates don't travel: they are made anew."""
        return type(self), (self.config, self.inputs)

    def models(self) -> Mapping[str, Sequence[str]]:
        """The translator; who translates back, and who embeds, where wanted."""
        back = {self._translator.back_model: ()} if self.config.round_trip else {}
        embedder = {self.config.embedder: ("embeddings",)} if self.config.embedder else {}
        return {self.config.model: (), **back, **embedder}

    def steers(self) -> frozenset[str]:
        """The language, and the keys of the recipe's coverage that are columns of all seeds."""
        keys, seeds = self.inputs.coverage, self.inputs.seeds
        columns = {key for key in keys if seeds and all(seed.row.get(key) is not None for seed in seeds)}
        return frozenset(keys) & (columns | {KEY})

    def labels(self) -> frozenset[str] | None:
        """Those of the seeds; None where these have none."""
        return frozenset(seed.label for seed in self.inputs.seeds if seed.label is not None) or None

    def fan_out(self) -> int:
        """A row for each target, unless the coverage asks for languages."""
        return 1 if KEY in self.inputs.coverage else len(self._targets)

    def digest(self) -> str:
        """Of the packaged prompts."""
        return templates.digest("translate", "back")

    def notices(self) -> Sequence[str]:
        """Languages wanted that are the originals' own."""
        wanted, source = self.inputs.coverage.get(KEY, ()), self._source
        own = [code for code in wanted if source and base(code) == base(source)]
        told = f"crosslingual can't make rows in {', '.join(own)}: it is the originals' language"
        return (told,) if own else ()

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """One row or rejection for each row wanted, in order."""
        found = originals(request, each=self.fan_out(), changed=frozenset({KEY}))
        tasks = [self._task(row, original) for row, original in enumerate(found)]
        work = [self._made(request, row, task) for row, task in enumerate(tasks)]
        made = [one async for one in in_order(work)]
        if self.config.embedder:
            made = await self._measured(request, self.config.embedder, made)
        for original, one in zip(found, made, strict=True):
            yield self._row(request, original, one)

    @cached_property
    def _source(self) -> str | None:
        """The language of originals that don't tell theirs: the option's, else that of the seeds taken together."""
        return self.config.from_ or language_of_all(self.inputs.seeds)

    def _task(self, row: int, original: Original) -> Task | Refusal:
        """What is to be translated into which language, or why nothing is."""
        if original.sample is None:
            wanted = ", ".join(filter(None, [original.cell.label, *map("=".join, original.cell.values)]))
            return Refusal(reason="no_original", rule="a row of the label and values wanted", measured=wanted)
        texts = parts_of(original.sample, self.config.fields)
        shown = "\n".join(texts.values())
        if not any(any(map(str.isalpha, prose(text))) for text in texts.values()):
            rule = "an original with words beside code, URLs, placeholders and numbers"
            return Refusal(reason="nothing_to_translate", rule=rule, text=shown)
        turn = original.variation if self.fan_out() > 1 else row
        language = dict(original.cell.values).get(KEY) or self._targets[turn % len(self._targets)]
        source = self.config.from_ or language_of(original, shown, self._source)
        if source is None:
            rule = "a language that is told (from:, a column language) or identified"
            return Refusal(reason="unknown_source_language", rule=rule, text=shown)
        if base(source) == base(language):
            rule = "another language than the original's"
            return Refusal(reason="same_language", rule=rule, measured=source, threshold=language, text=shown)
        return Task(sample=original.sample, source_language=source, language=language, texts=texts)

    async def _made(self, request: GenerateRequest, row: int, task: Task | Refusal) -> Made | Refusal:
        return task if isinstance(task, Refusal) else await self._translator.made(request, row, task)

    async def _measured(
        self, request: GenerateRequest, embedder: str, made: Sequence[Made | Refusal]
    ) -> list[Made | Refusal]:
        """With the cosines and margins of all that passed."""
        model = request.model(embedder).at(row=-1)
        pairs = [one.translation for one in made if isinstance(one, Made)]
        measured = iter(await with_margins(model, pairs, self.config.neighbours))
        return [self._near(one, next(measured)) if isinstance(one, Made) else one for one in made]

    def _near(self, made: Made, measured: Nearness) -> Made | Refusal:
        if isinstance(measured, Refusal):
            return measured
        margin, least = measured["margin"], self.config.min_margin
        if margin is not None and least is not None and margin < least:
            rule = "the least similarity of the pair, relative to the nearest other texts"
            fault = Fault(reason="margin_low", rule=rule, measured=round(margin, 4), threshold=least)
            return fault.of(made.answer)
        rounded = {name: value and round(value, 4) for name, value in measured.items()}
        return replace(made, quality={**made.quality, **rounded})

    def _row(self, request: GenerateRequest, original: Original, made: Made | Refusal) -> Sample | Rejection:
        if isinstance(made, Refusal):
            return request.refuse(made, parents=original.parents)
        sources, texts = made.translation.sources, made.translation.texts
        method: dict[str, Any] = {
            "written": "translated",
            "language": made.translation.language,
            "source_language": made.translation.source_language,
            "translation_of": original.parents[0].id,
            "translation_quality": dict(made.quality),
            "attempts": made.attempts,
        }
        if made.back:
            trip = [{"part": name, "source": sources[name], "back": made.back[name]} for name in sources]
            method["round_trip"] = trip
        parts = with_parts(made.sample, texts, self.config.fields)
        return request.sample(**parts, parents=original.parents, params=made.answer.params, method=method)
