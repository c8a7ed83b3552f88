"""What a conversation begins with, its turns with who wrote them, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datagen_core.inputs import Seed
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal

FAULTS = frozenset(
    {"context_full", "empty_answer", "off_role", "refused", "template_leak", "truncated_answer"}
)
"""Reasons to stop that a rejection names, where they leave too few pairs; others are `too_few_turns`."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn. `by` says who wrote it: `by` (an alias, or `seed`), and for models `model` and `prompt`."""

    role: str
    content: str
    by: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a row begins with: all that chance has a part in, drawn before anything is awaited.

    Attributes:
        text: The topic of a self-chat, the first question of two models; nothing for Magpie.
        seed: Where the text comes from a seed.
        by: Who wrote it, where it is a turn.
        language: A code; "" leaves it to the text.
        rounds: Pairs to make.
        path: The place in the topic tree.
        temperature: Of sampled turns.
        about: What the row notes of its topic.
        refusal: Set where it can't be begun.
    """

    text: str = ""
    seed: Seed | None = None
    by: Mapping[str, Any] = EMPTY
    language: str = ""
    rounds: int = 1
    path: int = 0
    temperature: float | None = None
    about: Mapping[str, Any] = EMPTY
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """Whole pairs of user and assistant, why there are no more, and what was written, for a rejection."""

    turns: tuple[Turn, ...]
    stop_reason: str
    text: str = ""

    @property
    def pairs(self) -> int:
        """How many pairs there are."""
        return len(self.turns) // 2


def ended(turns: Sequence[Turn], stop_reason: str, unsaid: str = "") -> Talk:
    """A talk that ends here; a question without an answer isn't part of it. `unsaid`: what didn't become a turn."""
    text = "\n".join([*(turn.content for turn in turns), unsaid])
    return Talk(tuple(turns[: len(turns) // 2 * 2]), stop_reason, text)


def history_chars(turns: Sequence[Turn]) -> int:
    """Characters of all turns."""
    return sum(len(turn.content) for turn in turns)


def repeated(turns: Sequence[Turn], text: str) -> str:
    """`repeated` where a user's turn was there before, else ""."""
    return "repeated" if any(turn.role == "user" and turn.content == text for turn in turns) else ""
