"""What a persona is and where it comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datagen_core.inputs import Seed
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """A description of one kind of person.

    Attributes:
        text: The description, on one line.
        derivation: What it comes from: `text` (a source's id) with `reader`, or `file`, or `from` (a persona's id)
            with `relation`; and `depth`, the rounds from persona to persona.
    """

    text: str
    derivation: Mapping[str, Any]

    @property
    def id(self) -> str:
        """16 hex characters of the text."""
        return persona_id(self.text)

    def noted(self) -> dict[str, Any]:
        """As `metadata.method` has it."""
        return {"persona_id": self.id, "persona": self.text, "derivation": dict(self.derivation)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A persona that is to be made.

    Attributes:
        rows: The rows of the batch that it is for.
        start: The text, or the given persona, that its family goes back to.
        is_given: Whether it is that persona itself.
        parent: Where in the batch's plan the persona stands that it is derived from; None for the first of a family.
        depth: Rounds from the first.
        tie: How it is tied to the text (`write`, `read` …) or to its parent.
        language: The code of the language that it is described in.
    """

    rows: tuple[int, ...]
    start: Seed
    is_given: bool = False
    parent: int | None = None
    depth: int = 0
    tie: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What came of a place; `params` tell what was asked."""

    found: Persona | Refusal
    params: Mapping[str, Any] = EMPTY


def persona_id(text: str) -> str:
    """16 hex characters: equal descriptions have equal ids, in all runs."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def one_line(text: str) -> str:
    """A description without line breaks or white space around it."""
    return " ".join(text.split())
