"""Strings for a schema: by pattern, by format, else a text that fits its place."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from datagen_core.json_examples.merging import NoInstance, Schema, patterns
from datagen_core.json_examples.patterns import USUAL_REPEATS, matching

MAX_DRAWS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a text goes: the property's name, what the schema says of it, and its length in characters."""

    name: str = ""
    title: str = ""
    description: str = ""
    min_chars: int = 0
    max_chars: int | None = None


class TextFor(Protocol):
    """Gives a text for a place. One that is too long or too short is cut or lengthened afterwards."""

    def __call__(self, place: Place, rng: random.Random, /) -> str:
        """See the class."""
        ...


def plain_text(place: Place, rng: random.Random) -> str:
    """`text` and a number."""
    return f"text {rng.randrange(10**6)}"


def string_for(schema: Schema, name: str, rng: random.Random, text_for: TextFor) -> str:
    """A string that satisfies pattern, format and length; raises NoInstance where none was found."""
    least, most = int(schema.get("minLength", 0)), schema.get("maxLength")
    most = None if most is None else int(most)
    if most is not None and most < least:
        raise NoInstance(f"a length of {least} to {most}")
    if "pattern" in schema:
        return _by_pattern(patterns(schema["pattern"]), rng, least, most)
    made = FORMATS.get(schema.get("format", ""))
    if made is not None:
        text = made(rng)
        if least <= len(text) and (most is None or len(text) <= most):
            return text
    place = Place(
        name=name,
        title=str(schema.get("title", "")),
        description=str(schema.get("description", "")),
        min_chars=least,
        max_chars=most,
    )
    return _fitted(text_for(place, rng), least, most)


def _by_pattern(wanted: tuple[str, ...], rng: random.Random, least: int, most: int | None) -> str:
    """Draws along one of the patterns, with ever longer repetitions where texts come out too short."""
    repeats = USUAL_REPEATS
    for _ in range(MAX_DRAWS):
        try:
            text = matching(rng.choice(wanted), rng, repeats=repeats)
        except NoInstance:
            repeats += 1
            continue
        if len(text) < least:
            repeats += max(1, least - len(text))
        elif most is not None and len(text) > most:
            repeats = max(0, repeats - 1)
        else:
            return text
    raise NoInstance(f"no text found for {wanted}")


def _fitted(text: str, least: int, most: int | None) -> str:
    while len(text) < least:
        text += " " + (text or "text")
    return text if most is None else text[:most]


def _moment(rng: random.Random) -> datetime:
    return datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(2 * 365 * 86_400))


def _word(rng: random.Random) -> str:
    return rng.choice(("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbour"))


FORMATS: Mapping[str, Callable[[random.Random], str]] = {
    "date": lambda rng: _moment(rng).strftime("%Y-%m-%d"),
    "time": lambda rng: _moment(rng).strftime("%H:%M:%SZ"),
    "date-time": lambda rng: _moment(rng).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "duration": lambda rng: f"P{rng.randint(1, 90)}D",
    "uuid": lambda rng: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    "ipv4": lambda rng: f"192.0.2.{rng.randint(1, 254)}",
    "ipv6": lambda rng: f"2001:db8::{rng.randint(1, 0xFFFF):x}",
    "json-pointer": lambda rng: f"/{_word(rng)}/{rng.randrange(10)}",
    "regex": lambda rng: f"^{_word(rng)}$",
    **dict.fromkeys(("hostname", "idn-hostname"), lambda rng: f"{_word(rng)}.example.org"),
    **dict.fromkeys(("email", "idn-email"), lambda rng: f"{_word(rng)}.{_word(rng)}@example.org"),
    **dict.fromkeys(
        ("uri", "iri", "url", "uri-reference", "iri-reference"),
        lambda rng: f"https://example.org/{_word(rng)}/{rng.randrange(1000)}",
    ),
}
"""Documentation domains and addresses alone (RFC 2606, 3849, 5737): nothing drawn names anyone's host."""
