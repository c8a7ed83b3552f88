"""A question about a chunk's subject that no retrieved passage answers, and a refusal as its answer."""

from __future__ import annotations

from typing import ClassVar

from datagen_core.llm.bound_model import BoundModel
from datagen_core.refusal import Refusal
from datagen_plugin_rag.arms.drafts import Draft
from datagen_plugin_rag.arms.mode import Answered, Mode
from datagen_plugin_rag.arms.refusals import refusal_in


class Unanswerable(Mode):
    """A judge must find that neither the retrieved passages nor the chunk asked about answer it, not even partly."""

    prompt: ClassVar[str] = "question_unanswerable"

    async def answered(self, model: BoundModel, judge: BoundModel, draft: Draft) -> Answered | Refusal:
        """The refusal, before the passages that were found."""
        said = refusal_in(draft.language, self.config.refusal)
        if said is None:
            rule = "with.refusal must have a text in the row's language"
            return Refusal("no_refusal_text", rule, draft.language, text=draft.question)
        shown = [hit.chunk for hit in draft.hits]
        passages = list({one.id: one for one in (*shown, draft.chunk)}.values())
        found = await self.checked(judge, draft, passages, 1)
        if isinstance(found, Refusal):
            return found
        if found.degree != "no":
            rule = "no passage may answer the question, or a part of it"
            return Refusal("answerable_after_all", rule, found.degree, "no", draft.question, found.params)
        return Answered(
            response=said,
            shown=shown,
            cited=shown or [draft.chunk],
            method={"answerable": False},
            params=found.params,
        )
