"""Stretches of a text that are judged by themselves: a slur doesn't drown in a long answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datagen_core.languages import scripts, scripts_of
from datagen_core.quoting import quoted
from datagen_core.said import parts
from datagen_core.sample import Sample
from datagen_core.sentences import sentences


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch `[start:end]` of a part of a row."""

    name: str
    whole: str
    start: int
    end: int

    @property
    def text(self) -> str:
        """The stretch."""
        return self.whole[self.start : self.end]

    def evidence(self) -> str:
        """Which part, where in it, and the beginning of the stretch."""
        return f"{self.name}: {quoted(self.whole, self.start, self.end)}"


def windows(name: str, text: str, max_chars: int) -> Iterator[Window]:
    """The text whole where it fits, else as many whole sentences as fit; a longer sentence is cut.

    Nothing for a text without a letter or digit.
    """
    spans = [cut for span in sentences(text) for cut in _cut(text, *span, max_chars)]
    at = 0
    while at < len(spans):
        start, end = spans[at]
        at += 1
        while at < len(spans) and spans[at][1] - start <= max_chars:
            end = spans[at][1]
            at += 1
        yield Window(name, text, start, end)


def of_row(sample: Sample, languages: Sequence[str], max_chars: int) -> tuple[list[Window], list[str]]:
    """The windows of a row's parts, and the names of the parts in other scripts than those of the languages."""
    known = {script for language in languages for script in scripts_of(language)}
    found: list[Window] = []
    foreign = []
    for name, text in parts(sample):
        shares = scripts(text)
        if shares and sum(shares.get(script, 0.0) for script in known) < 0.5:
            foreign.append(name)
        else:
            found += windows(name, text, max_chars)
    return found, foreign


def _cut(text: str, start: int, end: int, max_chars: int) -> Iterator[tuple[int, int]]:
    """The span in pieces that fit, cut at the last space in the second half of each, if there is one."""
    while end - start > max_chars:
        space = text.rfind(" ", start + max_chars // 2, start + max_chars + 1)
        stop = space if space > start else start + max_chars
        yield start, stop
        start = stop + (space > start)
    yield start, end
