"""A question that needs several chunks, related by retrieval; each is checked to be needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from datagen_core.inputs import Seed
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.concurrently import in_order
from datagen_core.refusal import Refusal
from datagen_core.retriever import Hit
from datagen_core.sentences import sentences
from datagen_plugin_rag.arms.context import place_of
from datagen_plugin_rag.arms.drafts import Draft
from datagen_plugin_rag.arms.evidence import cited, with_marks
from datagen_plugin_rag.arms.mode import Answered, Mode

QUERY_SENTENCES, QUERY_CHARS = 2, 500
RELATED = 12
"""Chunks that are looked for; the next of them are drawn from."""
DRAWN_FROM = 4


class MultiHop(Mode):
    """Chunks are related where one is found by the headings and first sentences of the other.

    Those of other documents come first, then those under other headings. A question passes where each of its chunks is
    quoted for the answer and, with `verify_hops`, where a judge finds it unanswerable with any one of them left out.
    """

    prompt: ClassVar[str] = "question_multi_hop"

    @staticmethod
    def query(chunk: Seed) -> str:
        """What the chunks related to one are looked for by."""
        text = chunk.text[: 4 * QUERY_CHARS]
        first = [text[start:end] for start, end in sentences(text)][:QUERY_SENTENCES]
        return f"{place_of(chunk)} {' '.join(first)}"[:QUERY_CHARS]

    def with_partners(self, draft: Draft, hits: Sequence[Hit]) -> Draft:
        """The draft with the chunks that its question is to need beside its own."""
        wanted = self.config.hops - 1
        others = _distinct([draft.chunk, *(hit.chunk for hit in hits)])[1:]
        others.sort(key=lambda other: _nearness(draft.chunk, other))  # stable: the best found first
        near = others[: max(DRAWN_FROM, wanted)]
        if len(near) < wanted:
            return draft.refused(
                Refusal(
                    "no_related_chunk",
                    "a chunk must have others that retrieval relates to it",
                    len(near),
                    wanted,
                )
            )
        return replace(draft, partners=tuple(draft.rng.sample(near, wanted)))

    async def answered(self, model: BoundModel, judge: BoundModel, draft: Draft) -> Answered | Refusal:
        """The answer from all its chunks, in random order."""
        shown = draft.rng.sample(draft.hops, len(draft.hops))
        found = await self.statements(model, draft, shown)
        if isinstance(found, Refusal):
            return found
        statements, answer = found
        used = cited(statements)
        if len(used) < len(shown):
            rule = "the answer must quote each passage"
            return replace(answer.refused("passage_unused", str(len(used)), rule), threshold=len(shown))
        if self.config.verify_hops and (why := await self._answered_by_fewer(judge, draft, shown)):
            return why
        numbers = {passage.id: n for n, passage in enumerate(shown, 1)}
        return Answered(
            response=with_marks(statements, {} if self.config.context == "none" else numbers),
            shown=shown,
            cited=draft.hops,
            evidence=[s.evidence for s in statements if s.evidence],
            method={"answerable": True, "hops": len(shown), "verified": self.config.verify_hops},
            params=answer.params,
        )

    async def _answered_by_fewer(
        self, judge: BoundModel, draft: Draft, shown: Sequence[Seed]
    ) -> Refusal | None:
        """Why not all passages are needed; all checks are made at once."""
        fewer = [[*shown[:left_out], *shown[left_out + 1 :]] for left_out in range(len(shown))]
        work = [self.checked(judge, draft, some, attempt) for attempt, some in enumerate(fewer, 2)]
        for some, found in zip(fewer, [found async for found in in_order(work)], strict=True):
            if isinstance(found, Refusal):
                return found
            if found.degree == "yes":
                rule = "with any passage left out the question must be unanswerable"
                ids = ", ".join(one.id for one in some)
                return Refusal("answerable_from_one", rule, ids, text=draft.question, params=found.params)
        return None


def _distinct(chunks: Sequence[Seed]) -> list[Seed]:
    """Those whose text none before them has."""
    return list({chunk.text: chunk for chunk in reversed(chunks)}.values())[::-1]


def _nearness(chunk: Seed, other: Seed) -> int:
    """0 in another document, 1 under other headings, 2 under the same."""
    if other.row.get("document") != chunk.row.get("document"):
        return 0
    return 1 if other.row.get("headings") != chunk.row.get("headings") else 2
