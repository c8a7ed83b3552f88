"""The arm `rag`: questions about documents, with what a retriever finds for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from datagen_core import GenerateRequest, Generator, InputError, Inputs, Rejection, Sample
from datagen_core.documents import Spread, tokens_of
from datagen_core.llm.answerability import digest_part
from datagen_core.llm.asking import asked_for
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import digest_of
from datagen_core.passage_references import passage_reference
from datagen_core.refusal import Refusal
from datagen_core.retriever import Hit, Retriever
from datagen_core.words import words
from datagen_plugin_rag.arms.asking import PACKAGE, PROMPTS, QUESTION, Asking
from datagen_plugin_rag.arms.citing import noted
from datagen_plugin_rag.arms.config import RagConfig
from datagen_plugin_rag.arms.context import as_question, asked_in
from datagen_plugin_rag.arms.distractors import Distractors
from datagen_plugin_rag.arms.drafts import Draft, drafts
from datagen_plugin_rag.arms.mode import Answered, Mode, too_long
from datagen_plugin_rag.arms.multi_hop import RELATED, MultiHop
from datagen_plugin_rag.arms.refusals import refusal_in
from datagen_plugin_rag.arms.single import Single
from datagen_plugin_rag.arms.unanswerable import Unanswerable
from datagen_plugin_rag.config import HybridConfig
from datagen_plugin_rag.searching.hybrid import Hybrid

MODES: Mapping[str, type[Mode]] = {
    "single": Single,
    "multi-hop": MultiHop,
    "distractors": Distractors,
    "unanswerable": Unanswerable,
}
HOPELESS_TRIES = 10
"""A chunk that takes more than so many tries for a row is given up."""


class Rag(Generator[RagConfig]):
    """A question is asked about a chunk, passages are retrieved for it, and its answer rests on literal quotes.

    The run's target is spread over the chunks by their tokens (see `Spread`). Passages come from the recipe's
    `retriever:`, else from `hybrid` over the recipe's documents.

    Raises:
        InputError: no documents, too few chunks for the mode, no refusal in the recipe's language, a template that
            can't be used.
    """

    def __init__(self, config: RagConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._check_inputs()
        self._weights = [tokens_of(chunk) if config.weight == "tokens" else 1 for chunk in inputs.chunks]
        if config.prompts.model_fields_set:  # what a recipe wrote is tried before the run
            Asking(config, inputs)

    def __reduce__(self) -> tuple[Any, ...]:
        """Compiled templates and indexes don't travel: they are made anew."""
        return type(self), (self.config, self.inputs)

    def models(self) -> Mapping[str, Sequence[str]]:
        """Who writes, and who checks; any will do."""
        return {self.config.model: (), self.config.checker: ()}

    def labels(self) -> frozenset[str]:
        """None: questions and answers have no class."""
        return frozenset()

    def steers(self) -> frozenset[str]:
        """The language, and the type of question unless it takes several passages."""
        steered = {"language"} if self.config.mode == "multi-hop" else {"language", "question_type"}
        return frozenset(self.inputs.coverage) & steered

    def digest(self) -> str:
        """Of the packaged prompts."""
        return digest_of(PACKAGE, PROMPTS, digest_part())

    def notices(self) -> Sequence[str]:
        """Where there are fewer chunks than a row should show."""
        chunks = len(self.inputs.chunks)
        if self.config.mode == "multi-hop" or chunks >= self.config.k:
            return ()
        return [f"rows show {chunks} passages in place of {self.config.k}: the documents have no more chunks"]

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """A row or a rejection for each row wanted, in order."""
        cells = request.wanted_cells()
        for cell in cells:
            if cell.label is not None:
                yield request.reject("no_labels", "questions and answers have no class", measured=cell.label)
        cells = [cell for cell in cells if cell.label is None]
        spread = self._spread(request)
        chunks = [self.inputs.chunks[at] for at in spread.drawn(len(cells), request.origin)]
        rows = await self._with_partners(drafts(request, cells, chunks, self.config, self.inputs))
        rows = await self._with_questions(request, rows)
        rows = await self._with_hits(rows)
        for draft, found in zip(rows, await self._answered(request, rows), strict=True):
            yield self._row(request, draft, found)
        if len(rows) < len(cells):
            yield request.refuse(spread.refusal(len(rows), len(cells)))

    def _spread(self, request: GenerateRequest) -> Spread:
        """What each chunk still lacks. A row of several chunks counts for each of them."""
        each = self.config.hops if self.config.mode == "multi-hop" else 1
        accepted, tried = request.pool.sources(), request.pool.tried(request.origin.arm)
        ids = [chunk.id for chunk in self.inputs.chunks]
        have = [accepted.get(one, 0) for one in ids]
        most = self.config.max_per_chunk
        left = [
            most if tried.get(one, 0) < HOPELESS_TRIES * (1 + n) else 0
            for one, n in zip(ids, have, strict=True)
        ]
        return Spread.of(each * request.context.num_samples, self._weights, have, left, most=most)

    # -- the steps of a batch ------------------------------------------------------------------------------------

    async def _with_partners(self, rows: Sequence[Draft]) -> list[Draft]:
        mode = self._mode
        if not isinstance(mode, MultiHop):
            return list(rows)
        found = await self._searched([mode.query(draft.chunk) for draft in rows], RELATED)
        return [mode.with_partners(draft, hits) for draft, hits in zip(rows, found, strict=True)]

    async def _with_questions(self, request: GenerateRequest, rows: Sequence[Draft]) -> list[Draft]:
        model = request.model(self.config.model)
        temperature = request.params.get("temperature", self.config.temperature)
        work = [self._questioned(model, draft, temperature) for draft in rows]
        seen = {draft.chunk.id: {words(one) for one in draft.before} for draft in rows}
        out = []
        async for draft in in_order(work):
            own, asked = seen[draft.chunk.id], words(draft.question)
            if draft.refusal is None and asked in own:
                rule = "a question must be asked once about a chunk"
                draft = draft.refused(
                    Refusal("question_repeated", rule, text=draft.question, params=draft.params)
                )
            own.add(asked)
            out.append(draft)
        return out

    async def _questioned(self, model: BoundModel, draft: Draft, temperature: float | None) -> Draft:
        if draft.refusal is not None:
            return draft
        if why := too_long(draft.hops):
            return draft.refused(why)
        name = "question_code" if draft.is_code and self._mode.prompt == "question" else self._mode.prompt
        asked = self._asking.question(name, draft, temperature)
        answer = await asked_for(model.at(row=draft.row), asked, QUESTION)
        if isinstance(answer, Refusal):
            return draft.refused(answer)
        question = as_question(answer.value["question"])
        if not words(question):
            return draft.refused(answer.refused("empty_question", question, "a question must have words"))
        if said := passage_reference(question):
            rule = "a question must not point at a passage that its reader doesn't see"
            return draft.refused(answer.refused("refers_to_passage", said, rule))
        return replace(draft, question=question, params=answer.params)

    async def _with_hits(self, rows: Sequence[Draft]) -> list[Draft]:
        asking = [draft for draft in rows if draft.refusal is None]
        if isinstance(self._mode, MultiHop) or not asking:
            return list(rows)
        found = await self._searched([draft.question for draft in asking], self._mode.depth)
        hits = {draft.row: some for draft, some in zip(asking, found, strict=True)}
        return [replace(draft, hits=hits.get(draft.row, ())) for draft in rows]

    async def _searched(self, queries: Sequence[str], k: int) -> Sequence[Sequence[Hit]]:
        retriever = self._retriever
        if retriever.is_heavy:
            return await asyncio.to_thread(retriever.search, queries, k)
        return retriever.search(queries, k)

    async def _answered(self, request: GenerateRequest, rows: Sequence[Draft]) -> list[Answered | Refusal]:
        model, judge = request.model(self.config.model), request.model(self.config.checker)

        async def answered(draft: Draft) -> Answered | Refusal:
            return draft.refusal or await self._mode.answered(model, judge, draft)

        return [found async for found in in_order([answered(draft) for draft in rows])]

    def _row(self, request: GenerateRequest, draft: Draft, found: Answered | Refusal) -> Sample | Rejection:
        parents = list(draft.hops)
        params = {"question_prompt": draft.params["prompt"]} if draft.params else {}
        if isinstance(found, Refusal):
            return request.refuse(found, parents=parents, params=params)
        return request.sample(
            **asked_in(self.config, draft.question, found.shown, found.response),
            reasoning=found.reasoning,
            parents=parents,
            params={**found.params, **params},
            method=noted(draft, found, self.config),
        )

    # -- what it is made of --------------------------------------------------------------------------------------

    @cached_property
    def _asking(self) -> Asking:
        return Asking(self.config, self.inputs)

    @cached_property
    def _mode(self) -> Mode:
        return MODES[self.config.mode](self.config, self.inputs, self._asking)

    @cached_property
    def _retriever(self) -> Retriever[Any]:
        return self.inputs.retriever or Hybrid(HybridConfig(), self.inputs)

    def _check_inputs(self) -> None:
        chunks = len(self.inputs.chunks)
        least = {"multi-hop": self.config.hops, "distractors": 2}.get(self.config.mode, 1)
        if chunks < least:
            raise InputError(
                f"{self.config.mode} needs {least} chunks, and the documents have {chunks}",
                where="documents",
                expected=f"documents with at least {least} chunks",
                hint="name files, folders or a knowledge base under documents:, or cut smaller chunks",
            )
        if self.config.mode == "unanswerable":
            for language in (*self.inputs.languages, *self.inputs.coverage.get("language", ())):
                if refusal_in(language, self.config.refusal) is None:
                    raise InputError(
                        f"there is no refusal in the language {language!r}",
                        where="with.refusal",
                        expected=f"a text for {language}; there are {', '.join(sorted(self.config.refusal))}",
                    )
