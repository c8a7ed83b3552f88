"""One original on its way through the rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, TypeVar

from datagen_core.inputs import Seed
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_core.sample import Sample
from datagen_plugin_evol_instruct.rules import word_count


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What came of a round. Which one it was, of which operation on which text, the lineage fills in.

    Attributes:
        text: The evolved text; of a round that failed what broke the rule.
        params: What was asked.
        number: From 1.
    """

    text: str
    params: Mapping[str, Any] = EMPTY
    number: int = 0
    operation: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolved(Round):
    """A success; where an instruction was evolved, with the response to it."""

    response: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eliminated(Round):
    """A failure, and the rule that was broken.

    Attributes:
        is_unread: Whether a call failed or its answer can't be used: it says nothing of the text.
    """

    broken: Refusal
    is_unread: bool = False


RoundT = TypeVar("RoundT", bound=Round)


@dataclass(slots=True, kw_only=True)
class Lineage:
    """An original and its rounds so far.

    Attributes:
        row: Its first row's place in the batch, for the accounts of calls.
        parents: The original as rows name it.
        start: The text that the first round evolves.
        draws: The operation of each round, drawn before any call.
        rounds_wanted: How many of them the batch asks for.
        ids: Round → the id of the row that its success became.
    """

    row: int
    original: Sample
    parents: tuple[Sample | Seed, ...]
    start: str
    draws: Sequence[str]
    rounds_wanted: int = 0
    rounds: list[Round] = field(default_factory=list)
    ids: dict[int, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What stands: the last success; the original's text before there is one. A failed round leaves it."""
        successes = of_kind(Evolved, self.rounds)
        return successes[-1].text if successes else self.start

    def add(self, outcome: Round) -> None:
        """Takes what came of the next round."""
        at = len(self.rounds)
        self.rounds.append(replace(outcome, number=at + 1, operation=self.draws[at], parent=self.text))

    def parent_id(self, of: int) -> str | None:
        """The id of what a round evolved: the row of an earlier success where there is one, else the original."""
        earlier = [identity for number, identity in self.ids.items() if number < of]
        return earlier[-1] if earlier else next((parent.id for parent in self.parents), None)


def of_kind(kind: type[RoundT], rounds: Sequence[Round]) -> list[RoundT]:
    """The successes, or the failures, among rounds."""
    return [one for one in rounds if isinstance(one, kind)]


def history(rounds: Sequence[Round]) -> list[dict[str, Any]]:
    """The successes: number, operation, growth in words, and the text's hash (16 hex characters)."""
    return [
        {
            "round": one.number,
            "operation": one.operation,
            "growth_in_words": word_count(one.text) - word_count(one.parent),
            "text_hash": blake2b(one.text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest(),
        }
        for one in of_kind(Evolved, rounds)
    ]


def eliminations(rounds: Sequence[Round]) -> list[dict[str, Any]]:
    """The failures: number, operation and rule."""
    return [
        {"round": one.number, "operation": one.operation, "rule": one.broken.reason}
        for one in of_kind(Eliminated, rounds)
    ]


def words(start: str, end: str) -> dict[str, int]:
    """Words before and after, and the growth."""
    before, after = word_count(start), word_count(end)
    return {"before": before, "after": after, "growth": after - before}
