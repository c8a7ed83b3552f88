"""What the four kinds of rows have in common: from a question and what was found for it to a row's parts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from datagen_core.inputs import Inputs, Seed
from datagen_core.llm.answerability import Answerability, answerability
from datagen_core.llm.asking import Answer, asked_for
from datagen_core.llm.bound_model import BoundModel
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_plugin_rag.arms.asking import ANSWER, MAX_CHARS, Asking
from datagen_plugin_rag.arms.config import RagConfig
from datagen_plugin_rag.arms.drafts import Draft
from datagen_plugin_rag.arms.evidence import Evidence, Statement, located

MAX_SHOWN_CHARS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a row says.

    Attributes:
        response: The answer, or the refusal to give one.
        reasoning: What is kept apart from it; None where nothing is.
        shown: The passages that the row shows, in order: the first is [1].
        cited: Those that the answer rests on, shown or not.
        evidence: The quotes that prove it.
        method: What this kind of row notes beside what all do.
        params: What was asked, as `BoundModel.mark` has it.
    """

    response: str
    reasoning: str | None = None
    shown: Sequence[Seed] = ()
    cited: Sequence[Seed] = ()
    evidence: Sequence[Evidence] = ()
    method: Mapping[str, Any] = EMPTY
    params: Mapping[str, Any] = EMPTY


class Mode(ABC):
    """One kind of rows."""

    prompt: ClassVar[str] = "question"
    """The template that asks for its questions."""

    def __init__(self, config: RagConfig, inputs: Inputs, asking: Asking) -> None:
        self.config, self.inputs, self.asking = config, inputs, asking

    @property
    def depth(self) -> int:
        """Passages that are retrieved for a question."""
        return self.config.k

    @abstractmethod
    async def answered(self, model: BoundModel, judge: BoundModel, draft: Draft) -> Answered | Refusal:
        """The row's parts, or why there is no row. Both models are at the row; each call has an attempt of its own.

        The question's call was attempt 0, an answer's is 1, checks come after it.
        """

    async def statements(
        self, model: BoundModel, draft: Draft, passages: Sequence[Seed]
    ) -> tuple[list[Statement], Answer] | Refusal:
        """The answer from passages, each part with its proof."""
        if why := too_long(passages):
            return why
        asked = self.asking.answer("answer", draft.question, passages, draft.language)
        answer = await asked_for(model.at(row=draft.row, attempt=1), asked, ANSWER)
        if isinstance(answer, Refusal):
            return answer
        said = answer.value["statements"]
        if not said:
            return answer.refused("not_answerable", draft.question, "the passages must have the answer")
        return (
            found if isinstance(found := proved(answer, said, "text", passages), Refusal) else (found, answer)
        )

    async def checked(
        self, judge: BoundModel, draft: Draft, passages: Sequence[Seed], attempt: int
    ) -> Answerability | Refusal:
        """Whether passages answer the draft's question."""
        return too_long(passages) or await answerability(
            judge.at(row=draft.row, attempt=attempt),
            question=draft.question,
            passages=[passage.text for passage in passages],
            prompt=self.asking.check,
            temperature=self.config.answer_temperature,
            max_tokens=self.config.max_tokens,
        )


def proved(
    answer: Answer, said: Sequence[Mapping[str, str]], name: str, passages: Sequence[Seed]
) -> list[Statement] | Refusal:
    """Statements with the places of their quotes; `quote_not_literal` where one stands nowhere.

    Args:
        name: The key of a statement's text. Only a step of reasoning (`thought`) may have an empty quote.
    """
    out = []
    for one in said:
        evidence = located(one["quote"], passages)
        if evidence is None and (one["quote"].strip() or name != "thought"):
            shown = f"«{one['quote'][:MAX_SHOWN_CHARS]}»"
            return answer.refused(
                "quote_not_literal", shown, "a quote must stand in a passage, word for word"
            )
        out.append(Statement(one[name], evidence))
    return out


def too_long(passages: Sequence[Seed]) -> Refusal | None:
    """Why passages can't be shown to a model, if so."""
    chars = sum(len(passage.text) for passage in passages)
    if chars <= MAX_CHARS:
        return None
    return Refusal("passages_too_long", "a prompt must hold the passages", chars, MAX_CHARS)
