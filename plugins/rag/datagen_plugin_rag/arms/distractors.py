"""RAFT: a question with the passage that answers it among passages that don't, or among these alone.

Zhang et al. 2024, "RAFT: Adapting Language Model to Domain Specific RAG", arXiv 2403.10131.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from datagen_core.inputs import Seed
from datagen_core.llm.asking import Answer, asked_for
from datagen_core.llm.bound_model import BoundModel
from datagen_core.quoting import find_quote
from datagen_core.refusal import Refusal
from datagen_core.words import words
from datagen_plugin_rag.arms.asking import REASONED
from datagen_plugin_rag.arms.drafts import Draft
from datagen_plugin_rag.arms.evidence import Evidence, Statement
from datagen_plugin_rag.arms.mode import Answered, Mode, proved, too_long

BEGIN, END, FINAL = "##begin_quote##", "##end_quote##", "<ANSWER>:"
CANDIDATES = 4
"""Times as many are retrieved as are shown: those that hold the answer are left out."""
OTHERS = 200
"""Further chunks drawn at random, where retrieval finds too few."""


class Distractors(Mode):
    """The source's rows: k documents, with probability p the oracle among them, and an answer that quotes the oracle.

    The answer is made from the oracle alone and is the same whether the row shows it, as there. What differs:
    distractors are retrieved for the question (its code draws them at random, as here where retrieval finds too few),
    and none holds the answer or a quote of it; each quote must stand in the oracle literally; an oracle that is shown
    is cited by its number; questions are asked one at a time, of a wanted type.
    """

    @property
    def depth(self) -> int:
        """Enough to leave some out."""
        return CANDIDATES * self.config.k + 1

    async def answered(self, model: BoundModel, judge: BoundModel, draft: Draft) -> Answered | Refusal:
        """The answer, and the documents around it, in random order."""
        has_oracle, others = self._drawn(draft)
        found = await self._reasoned(model, draft)
        if isinstance(found, Refusal):
            return found
        steps, answer = found
        final, quotes = answer.value["answer"].strip(), [s.evidence for s in steps if s.evidence]
        wanted = min(self.config.k - has_oracle, len(self.inputs.chunks) - 1)
        kept = [one for one in others if not _holds(one, draft.chunk, final, quotes)][:wanted]
        if len(kept) < wanted or not kept:
            rule = "passages that don't hold the answer must be at hand"
            return replace(
                answer.refused("too_few_distractors", str(len(kept)), rule), threshold=max(wanted, 1)
            )
        if self.config.check_distractors and (why := await self._answer_it(judge, draft, kept)):
            return why
        shown = kept + [draft.chunk] * has_oracle
        draft.rng.shuffle(shown)
        return self._row(draft, shown, steps, answer)

    def _drawn(self, draft: Draft) -> tuple[bool, list[Seed]]:
        """Whether the row shows its oracle, and the passages that may stand around it, the best first."""
        has_oracle = draft.rng.random() < self.config.p_oracle
        chunks = self.inputs.chunks
        more = draft.rng.sample(chunks, min(OTHERS, len(chunks)))
        found = {chunk.id: chunk for chunk in (*(hit.chunk for hit in draft.hits), *more)}
        found.pop(draft.chunk.id, None)
        return has_oracle, list(found.values())

    async def _reasoned(self, model: BoundModel, draft: Draft) -> tuple[list[Statement], Answer] | Refusal:
        if why := too_long([draft.chunk]):
            return why
        asked = self.asking.answer("answer_reasoned", draft.question, [draft.chunk], draft.language)
        answer = await asked_for(model.at(row=draft.row, attempt=1), asked, REASONED)
        if isinstance(answer, Refusal):
            return answer
        steps = proved(answer, answer.value["steps"], "thought", [draft.chunk])
        if isinstance(steps, Refusal):
            return steps
        if not any(step.evidence for step in steps):
            return answer.refused("no_quote", "0", "the reasoning must quote the passage")
        return steps, answer

    async def _answer_it(self, judge: BoundModel, draft: Draft, kept: Sequence[Seed]) -> Refusal | None:
        found = await self.checked(judge, draft, kept, 2)
        if isinstance(found, Refusal):
            return found
        if found.degree == "no":
            return None
        rule = "distractors must not answer the question"
        return Refusal("distractors_answer", rule, found.degree, "no", draft.question, found.params)

    def _row(
        self, draft: Draft, shown: Sequence[Seed], steps: Sequence[Statement], answer: Answer
    ) -> Answered:
        at = next((n for n, one in enumerate(shown, 1) if one.id == draft.chunk.id), None)
        mark = f" [{at}]" if at and self.config.context != "none" else ""
        final, is_raft = answer.value["answer"].strip(), self.config.answer_form == "raft"
        reasons = "\n".join(_step(step, mark, is_raft) for step in steps)
        return Answered(
            response=f"{reasons}\n{FINAL} {final}" if is_raft else f"{final}{mark}",
            reasoning=None if is_raft else reasons,
            shown=shown,
            cited=[draft.chunk],
            evidence=[s.evidence for s in steps if s.evidence],
            method={
                "final_answer": final,
                "oracle_at": at,
                "p_oracle": self.config.p_oracle,
                "distractor_ids": [one.id for one in shown if one.id != draft.chunk.id],
            },
            params=answer.params,
        )


def _step(step: Statement, mark: str, is_raft: bool) -> str:
    if step.evidence is None:
        return step.text.strip()
    quote = step.evidence.text
    shown = f"{BEGIN}{quote}{END}" if is_raft else f"“{quote}”"
    return f"{step.text.strip()} {shown}{mark}"


def _holds(chunk: Seed, oracle: Seed, final: str, quotes: Sequence[Evidence]) -> bool:
    """Whether a passage has the answer, or words that prove it: it is the oracle's copy, or as good."""
    if chunk.text == oracle.text or any(find_quote(quote.text, chunk.text) for quote in quotes):
        return True
    wanted = words(final)
    return bool(wanted) and f" {' '.join(wanted)} " in f" {' '.join(words(chunk.text))} "
