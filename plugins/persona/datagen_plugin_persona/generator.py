"""Personas from texts and from each other, without duplicates, and a row from the view of each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from datagen_core.errors import InputError
from datagen_core.generator import GenerateRequest, Generator
from datagen_core.inputs import Inputs, Seed
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import digest_of
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_core.sample import Rejection, Sample
from datagen_plugin_persona.config import PersonaConfig
from datagen_plugin_persona.describing import PACKAGE, Describing
from datagen_plugin_persona.drafts import Draft, Drawing
from datagen_plugin_persona.families import READERS, planned
from datagen_plugin_persona.known import Known
from datagen_plugin_persona.personas import Made, Persona, Place
from datagen_plugin_persona.starts import Accepted, Starts
from datagen_plugin_persona.writing import Writing, Written

PROMPTS = ("from_text", "from_persona", "row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row on its way: what it is to be, where its persona stands in the plan, and what came of both."""

    draft: Draft
    place: Place | None = None
    made: Made | None = None
    written: Written | None = None

    @property
    def persona(self) -> Persona | None:
        """Whose view it is written from."""
        return self.made.found if self.made and isinstance(self.made.found, Persona) else None

    @property
    def refusal(self) -> Refusal | None:
        """Why there is no row: the first that went wrong."""
        steps = [self.draft.refusal, self.made and self.made.found, self.written and self.written.found]
        return next((found for found in steps if isinstance(found, Refusal)), None)

    @property
    def params(self) -> dict[str, Any]:
        """What was asked: for the row, and which prompt made its persona; else for the persona."""
        of_persona = self.made.params if self.made else EMPTY
        if self.written is None:
            return dict(of_persona)
        return {**self.written.params, **({"persona_prompt": of_persona["prompt"]} if of_persona else {})}


class PersonaRows(Generator[PersonaConfig]):
    """Rows written from the view of personas that are inferred from texts (Ge et al. 2024, arXiv 2406.20094).

    Raises:
        InputError: nothing to infer personas from, nothing to write about, no seeds to show, a JSON Schema, a template
            that can't be used.
    """

    def __init__(self, config: PersonaConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._starts = Starts(config, inputs)
        self._drawing = Drawing(config, inputs)
        if config.emit == "rows":
            self._check_rows()
        if config.prompts.model_fields_set:  # what a recipe wrote is tried before the run
            self._describing.check_prompts()
            self._writing.check_prompt()

    def __reduce__(self) -> tuple[Any, ...]:
        """Compiled schemas and templates don't travel: they are made anew."""
        return type(self), (self.config, self.inputs)

    def models(self) -> Mapping[str, Sequence[str]]:
        """Who writes, who describes personas (any will do), and who embeds them."""
        config = self.config
        found: dict[str, Sequence[str]] = {config.model: ()} if config.emit == "rows" else {}
        if config.with_personas:
            found[config.describer] = ()
            if config.embedder is not None:
                found[config.embedder] = (*found.get(config.embedder, ()), "embeddings")
        return found

    def labels(self) -> frozenset[str] | None:
        """The recipe's, None where it has none; personas as rows have no class."""
        return frozenset() if self.config.emit == "personas" else frozenset(self.inputs.labels) or None

    def steers(self) -> frozenset[str]:
        """All keys of the recipe's coverage; where the rows are personas, the language."""
        keys = frozenset(self.inputs.coverage)
        return keys & {"language"} if self.config.emit == "personas" else keys

    def digest(self) -> str:
        """Of the packaged prompts, and of the words for who reads a text."""
        return digest_of(PACKAGE, PROMPTS, *map(str.encode, READERS))

    def notices(self) -> Sequence[str]:
        """How many of the given personas are duplicates."""
        left_out = self._starts.left_out
        return (
            [f"{left_out} of the given personas are duplicates of others, and left out."] if left_out else []
        )

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """One row or rejection for each row wanted, in order."""
        rows = [Row(draft=draft) for draft in self._drawing.drafts(request)]
        if self.config.with_personas:
            rows = await self._with_personas(request, rows)
        if self.config.emit == "rows":
            rows = await self._written(request, rows)
        for row in rows:
            yield self._made(request, row)

    async def _with_personas(self, request: GenerateRequest, rows: Sequence[Row]) -> list[Row]:
        """The rows with their personas; nothing is drawn once the first call is under way."""
        config = self.config
        accepted = Accepted.of(request.pool, request.rng)
        due = [(at, row.draft.language) for at, row in enumerate(rows) if row.refusal is None]
        plan = planned(config, due, self._starts.turns(request, accepted), request.rng)
        describer = request.model(config.describer)
        made = await self._describing.personas(describer, plan, accepted.of_source)
        known = Known(config, [*(seed.text for seed in self._starts.given), *accepted.texts.values()])
        made = known.by_words(made)
        if config.embedder is not None:
            made = await known.by_meaning(request.model(config.embedder), made)
        out = list(rows)
        for place, one in zip(plan, made, strict=True):
            for at in place.rows:
                out[at] = replace(rows[at], place=place, made=one)
        return out

    async def _written(self, request: GenerateRequest, rows: Sequence[Row]) -> list[Row]:
        model, of_examples = request.model(self.config.model), await self._of_examples(request, rows)

        async def written(at: int, row: Row) -> Row:
            if row.refusal is not None:
                return row
            text = row.persona.text if row.persona else ""
            asked = self._writing.request(row.draft, text, of_examples, request.params)
            found = await self._writing.row(model.at(row=at, attempt=1), asked, row.persona)
            return replace(row, written=found)

        return [row async for row in in_order([written(at, row) for at, row in enumerate(rows)])]

    async def _of_examples(self, request: GenerateRequest, rows: Sequence[Row]) -> Mapping[str, str]:
        """Who would write each seed that is shown, by its id."""
        if self.config.shots != "persona-few" or not self.config.with_personas:
            return EMPTY
        seeds = {seed.id: seed for row in rows if row.refusal is None for seed in row.draft.examples}
        describer = request.model(self.config.describer)
        return await self._describing.of_examples(describer, list(seeds.values()), self.inputs.languages[0])

    def _made(self, request: GenerateRequest, row: Row) -> Sample | Rejection:
        parents = self._parents(row)
        if row.refusal is not None:
            return request.refuse(row.refusal, parents=parents, params=row.params)
        return request.sample(
            **self._parts(row),
            label=row.draft.label,
            parents=parents,
            params=row.params,
            method=self._method(row),
        )

    def _parents(self, row: Row) -> list[Seed]:
        """The text that its persona goes back to: turns count by it, so that examples are noted elsewhere."""
        return [row.place.start] if row.place and not self._starts.given else []

    def _parts(self, row: Row) -> dict[str, Any]:
        """By the names that `GenerateRequest.sample` takes."""
        if self.config.emit == "personas":
            text = row.persona.text if row.persona else ""
            return {"response": text, "fields": {"persona": text}}
        parts = row.written.parts if row.written else {}
        return {"input": parts.get("input", ""), "response": parts.get("response", parts.get("text", ""))}

    def _method(self, row: Row) -> dict[str, Any]:
        noted: dict[str, Any] = dict(row.draft.values)
        if len(self.inputs.languages) > 1:
            noted["language"] = row.draft.language
        if row.persona is not None:
            noted |= row.persona.noted()
        if row.draft.examples:
            noted["examples"] = [seed.id for seed in row.draft.examples]
        return noted

    @cached_property
    def _describing(self) -> Describing:
        return Describing(self.config)

    @cached_property
    def _writing(self) -> Writing:
        return Writing(self.config, self.inputs)

    def _check_rows(self) -> None:
        """Raises InputError where there is nothing to write about, or nothing to show."""
        shows = self.config.shots != "zero"
        if self.inputs.json_schema is not None:
            raise InputError(
                "persona writes texts and pairs, and rows are to satisfy a JSON Schema",
                where="json_schema",
                expected="no json_schema",
                hint="make personas first (emit: personas), then records about them with naive, as the README shows",
            )
        if shows and (not self.inputs.seeds or self.inputs.seeds_are_records):
            raise InputError(
                "there are no seeds to show as examples",
                where="with.shots",
                expected="seeds that are examples of rows",
                hint="add seeds: FILE without record:, or take shots: zero",
            )
        if not shows and not self._writing.has_subject:
            raise InputError(
                "nothing says what a row is",
                expected="domain:, task: or task_input: {description: …} in the recipe, or examples",
                hint="describe the wanted rows: task_input: {description: …}",
            )
