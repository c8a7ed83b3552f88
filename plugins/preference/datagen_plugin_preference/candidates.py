"""Candidates: how each is asked for, what came of it, and which ones say the same."""

from __future__ import annotations

import hashlib
import random
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.spoken import spoken
from datagen_core.model import ChatRequest, ModelError
from datagen_core.nothing import EMPTY
from datagen_core.sample import Message
from datagen_core.words import words
from datagen_plugin_preference.asked import Asked
from datagen_plugin_preference.config import PreferenceConfig
from datagen_plugin_preference.principles import variants
from datagen_plugin_preference.refusals import is_refusal

ORIGINAL = "original"
"""The model named for a candidate that no model drew."""

_ENDS = " .!。！…*_`\"'“”"


@dataclass(frozen=True, slots=True)
class Slot:
    """How one candidate is asked for; `told` is the principle's wording."""

    alias: str
    temperature: float | None
    principle: str = ""
    told: str = ""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One answer to the prompt.

    Attributes:
        model: The model's name; `original` where it is the original's own.
        fault: "", or why it isn't judged: `empty_answer`, `truncated_answer`, `refused` (by the provider), `duplicate`,
            `model_<kind>`.
        params: What its call was told.
    """

    model: str
    text: str = ""
    slot: Slot | None = None
    fault: str = ""
    params: Mapping[str, Any] = EMPTY
    error: ModelError | None = None

    @cached_property
    def refuses(self) -> bool:
        """Whether it declines to answer."""
        return is_refusal(self.text)

    @cached_property
    def words(self) -> int:
        """How long it is; a character is a word in scripts without spaces."""
        return len(words(self.text))

    def to_json(self) -> dict[str, Any]:
        """How it came about, and a hash in place of its text."""
        out: dict[str, Any] = {"model": self.model, "words": self.words}
        if self.slot is not None:
            out["temperature"] = self.slot.temperature
            out |= {"principle": self.slot.principle} if self.slot.principle else {}
        out |= {"hash": hashed(self.text)} if self.text else {}
        out |= {"fault": self.fault} if self.fault else {}
        return out | ({"refuses": True} if self.refuses else {})


def slots(config: PreferenceConfig, rng: random.Random) -> tuple[Slot, ...]:
    """One for each candidate: models in turn from a drawn one on, the next temperature after each round of them."""
    n = len(config.models)
    start = rng.randrange(n * len(config.temperatures))
    out = []
    for turn in range(start, start + config.candidates):
        principle = rng.choice(names) if (names := config.principle_names()) else ""
        out.append(
            Slot(
                alias=config.models[turn % n],
                temperature=config.temperatures[turn // n % len(config.temperatures)],
                principle=principle,
                told=rng.choice(variants(principle)) if principle else "",
            )
        )
    return tuple(out)


async def drawn(model: BoundModel, slot: Slot, asked: Asked, max_tokens: int) -> Candidate:
    """A model's answer, or the fault that it has."""
    request = ChatRequest(
        messages=_told(asked.turns, slot.told), max_tokens=max_tokens, temperature=slot.temperature
    )
    told = Candidate(model=model.name, slot=slot, params=model.mark(request))
    try:
        choice = (await model.chat(request)).choices[0]
    except ModelError as error:
        return replace(told, fault=f"model_{error.kind}", error=error)
    text = spoken(choice.text)
    faults = {"content_filter": "refused", "length": "truncated_answer"}
    return replace(told, text=text, fault=faults.get(choice.finish_reason, "" if text else "empty_answer"))


def distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The same, those marked as duplicates that say what one before them says."""
    seen: set[str] = set()
    out = []
    for one in candidates:
        key = _normalised(one.text)
        out.append(replace(one, fault="duplicate") if not one.fault and key in seen else one)
        if not one.fault:
            seen.add(key)
    return out


def hashed(text: str) -> str:
    """16 hex characters."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _told(turns: tuple[Message, ...], told: str) -> tuple[Message, ...]:
    """The turns with a principle: after the system message where there is one."""
    if not told:
        return turns
    if turns[0].role != "system":
        return (Message(role="system", content=told), *turns)
    return (replace(turns[0], content=f"{turns[0].content}\n\n{told}"), *turns[1:])


def _normalised(text: str) -> str:
    """Equal for texts that differ in case, white space, compatibility forms or how they end; signs inside stay."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).strip(_ENDS)
