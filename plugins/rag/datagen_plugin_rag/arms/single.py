"""A question about one chunk, answered from what is retrieved for it, with citations."""

from __future__ import annotations

from datagen_core.llm.bound_model import BoundModel
from datagen_core.refusal import Refusal
from datagen_plugin_rag.arms.drafts import Draft
from datagen_plugin_rag.arms.evidence import cited, with_marks
from datagen_plugin_rag.arms.mode import Answered, Mode


class Single(Mode):
    """The question goes back to one chunk; the answer may rest on others, as retrieval found them."""

    async def answered(self, model: BoundModel, judge: BoundModel, draft: Draft) -> Answered | Refusal:
        """The answer from the retrieved passages, in the order in which they were found."""
        shown = [hit.chunk for hit in draft.hits]
        if not shown:
            return Refusal(
                "nothing_retrieved", "a question must find a passage", threshold=1, text=draft.question
            )
        found = await self.statements(model, draft, shown)
        if isinstance(found, Refusal):
            return found
        statements, answer = found
        numbers = {passage.id: n for n, passage in enumerate(shown, 1)}
        return Answered(
            response=with_marks(statements, {} if self.config.context == "none" else numbers),
            shown=shown,
            cited=cited(statements),
            evidence=[s.evidence for s in statements if s.evidence],
            method={"answerable": True},
            params=answer.params,
        )
