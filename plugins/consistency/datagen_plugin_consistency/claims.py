"""What a row claims: that this is the label of a text, or the answer to a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from datagen_core import Inputs, Sample, Seed
from datagen_core.row_forms import as_sample
from datagen_core.sample import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A question and its answer, as they stand in the row.

    Attributes:
        question: The text of a labelled row, the input of a pair, the last user turn of a conversation.
        answer: Its label, or what was answered.
        is_label: Whether the answer is a label.
        context: What the question must be seen in: the turns before it, the input of a labelled row.
    """

    question: str
    answer: str
    is_label: bool
    context: str = ""


class Claims:
    """Reads claims out of rows and seeds.

    Args:
        key: Part of the row that is the question, or several; None: as it is usual for the row's form.
        value: Part that is the answer; None: the label, where there is none the response.
    """

    def __init__(self, key: str | Sequence[str] | None = None, value: str | None = None) -> None:
        self._key = (key,) if isinstance(key, str) else tuple(key or ())
        self._value = value

    def of(self, sample: Sample) -> Claim | None:
        """The claim of a row; None where it has no question or no answer: nothing to disagree with."""
        answer, is_label = self._answer(sample)
        question, context = self._named(sample) if self._key else _usual(sample, is_label=is_label)
        if not question.strip() or not answer.strip():
            return None
        return Claim(question=question, answer=answer, is_label=is_label, context=context)

    def of_seed(self, seed: Seed) -> Claim | None:
        """The claim of a seed, read as a row of its form; a named part may be one of its columns."""
        return self.of(replace(as_sample(seed), fields=seed.row))

    def in_seeds(self, inputs: Inputs) -> list[tuple[Seed, Claim]]:
        """The seeds that claim something, in order; records to write about claim nothing."""
        seeds = () if inputs.seeds_are_records else inputs.seeds
        return [(seed, claim) for seed in seeds if (claim := self.of_seed(seed)) is not None]

    def _named(self, sample: Sample) -> tuple[str, str]:
        return "\n".join(part for name in self._key if (part := sample.text_of(name))), ""

    def _answer(self, sample: Sample) -> tuple[str, bool]:
        if self._value is None:
            return (sample.response, False) if sample.label is None else (sample.label, True)
        return sample.text_of(self._value) or "", self._value == "label"


def _usual(sample: Sample, *, is_label: bool) -> tuple[str, str]:
    """The question of a row of its form, and the context of that."""
    if is_label and sample.messages:
        return "\n".join(turn.content for turn in sample.messages), ""
    if is_label:
        return (sample.response, sample.input) if sample.response.strip() else (sample.input, "")
    return _last_turn(sample.messages) if sample.messages else (sample.input, "")


def _last_turn(messages: Sequence[Message]) -> tuple[str, str]:
    """The last user turn that is answered, and all turns before it with their roles."""
    answered = max((at for at, turn in enumerate(messages) if turn.role == "assistant"), default=-1)
    asked = max(
        (at for at, turn in enumerate(messages[: max(0, answered)]) if turn.role == "user"), default=-1
    )
    if asked < 0:
        return "", ""
    return messages[asked].content, "\n\n".join(f"{turn.role}: {turn.content}" for turn in messages[:asked])
