"""Reading a transcript with [Human] and [AI] marks, strictly."""

from __future__ import annotations

import re
from dataclasses import dataclass

from datagen_core.llm.spoken import unwrapped

GREETING = ("Hello!", "Hi! How can I help you?")
BEGINNING = f"[Human] {GREETING[0]}\n[AI] {GREETING[1]}\n[Human]"
"""Every transcript begins so; the open mark is the model's to go on from."""

MARK = re.compile(
    r"^[ \t>*_#\"“.)\d-]{0,12}\[(human|ai|end)\][*_]{0,2}[ \t]*[:：]?[*_]{0,2}", re.IGNORECASE | re.MULTILINE
)
ANYWHERE = re.compile(r"\[(?:human|ai|end)\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Transcript:
    """Pairs of human and AI statements. `stopped`: `ended`, `length`, `malformed` or `repeated`."""

    pairs: tuple[tuple[str, str], ...]
    stopped: str


def read(text: str, *, is_cut: bool = False) -> Transcript:
    """The pairs of what a model wrote after BEGINNING, up to the first that is malformed.

    Statements alternate, none is empty, no mark stands inside of one, no pair comes twice. The last human
    statement is dropped where it has no answer, the last pair where the reply was cut within its answer, the
    greeting where it is repeated, and what comes before the first mark or after [End].

    Args:
        is_cut: Whether the reply ended by its length.
    """
    statements, has_end = _statements(unwrapped(text.strip()))
    is_cut = is_cut and not has_end
    pairs: list[tuple[str, str]] = []
    stopped = "length" if is_cut else "ended" if statements else "malformed"
    for at in range(0, len(statements), 2):
        speakers = [speaker for speaker, _ in statements[at : at + 3]]
        if speakers == ["human"] or (is_cut and at + 2 == len(statements)):
            break  # unanswered, or cut within the answer
        pair = tuple(statement for _, statement in statements[at : at + 2])
        if speakers not in (["human", "ai"], ["human", "ai", "human"]) or not _is_whole(pair):
            stopped = "malformed"
            break
        if pair in pairs:
            stopped = "repeated"
            break
        pairs.append((pair[0], pair[1]))
    return Transcript(tuple(pairs[1:] if pairs and _is_greeting(pairs[0]) else pairs), stopped)


def _statements(text: str) -> tuple[list[tuple[str, str]], bool]:
    """(speaker, statement) in order, and whether [End] closes them."""
    marks = list(MARK.finditer(text))
    end = next((mark for mark in marks if mark[1].lower() == "end"), None)
    if end is not None:
        marks, text = marks[: marks.index(end)], text[: end.start()]
    if not marks:
        return [], end is not None
    found = []
    before = text[: marks[0].start()].strip()
    if marks[0][1].lower() == "ai":  # the model went on from the open mark
        found.append(("human", "" if before.endswith((":", "：")) else before))
    for mark, after in zip(marks, [*marks[1:], None], strict=True):
        found.append((mark[1].lower(), text[mark.end() : after.start() if after else None].strip()))
    return found, end is not None


def _is_whole(pair: tuple[str, ...]) -> bool:
    """Neither is empty, and no mark stands inside of one."""
    return all(pair) and not ANYWHERE.search(" ".join(pair))


def _is_greeting(pair: tuple[str, str]) -> bool:
    """Whether the human only says hello."""
    return pair[0].strip(" !.,").casefold() in ("hello", "hi", "hey")
