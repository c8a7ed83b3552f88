"""What a changed text must still hold: protected spans, names, slot values, its script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from datagen_core.languages import scripts
from datagen_core.protected_spans import Protection, Span, normalised
from datagen_core.refusal import Refusal
from datagen_plugin_augment.asking import Objection

KINDS = ("number", "code", "url", "placeholder", "protected")
AFTER_A_URL = ".,;:!?)]}>'\"。，、！？"
SENTENCE_END = re.compile(r"(?:\A|[.!?:;…。！？\n])[\s\"'“”‘’(«]*\Z")
_WORD = re.compile(r"[^\W\d_](?:[\w'’.-]*\w)?")
_ONE_WRITING = {"HIRAGANA": "HAN", "KATAKANA": "HAN"}
"""Japanese mixes these: a paraphrase may have more of one and less of another."""
LEAST_SHARE_KEPT = 0.5


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at: `passed` is None where there was nothing to look at or nobody was asked."""

    name: str
    passed: bool | None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What one text must still hold."""

    source: str
    spans: tuple[Span, ...]
    names: tuple[str, ...]

    @property
    def shown(self) -> tuple[str, ...]:
        """As a prompt lists it, each once."""
        return tuple(dict.fromkeys((*(span.text for span in self.spans), *self.names)))


class Keeping:
    """Finds what must survive a change, and checks whether it did.

    Args:
        patterns: Regular expressions of spans, besides numbers, code, URLs and placeholders.
        kinds: The kinds of spans that count, out of KINDS.
        names: Whether names and slot values count.
    """

    def __init__(
        self, patterns: Sequence[str] = (), *, kinds: Sequence[str] = KINDS, names: bool = True
    ) -> None:
        self._protection, self._kinds, self._names = Protection(patterns), kinds, names

    def of(self, text: str, slots: Iterable[str] = ()) -> Kept:
        """What a text with these slot values must still hold once it is changed."""
        spans = tuple(span for span in self._protection.spans(text) if span.kind in self._kinds)
        if not self._names:
            return Kept(text, spans, ())
        there = normalised(text)
        values = [value for value in slots if (key := normalised(value)) and key in there]
        return Kept(text, spans, tuple(dict.fromkeys((*values, *names_in(text)))))

    def checks(self, kept: Kept, text: str) -> list[Check]:
        """One for each kind of span, for names (where they count) and for the script."""
        lost = self._lost(kept.spans, text)
        found = [
            _check(kind, lost if lost and lost.kind == kind else None, kind in {s.kind for s in kept.spans})
            for kind in self._kinds
        ]
        if self._names:
            found.append(_names_check(kept.names, text))
        return [*found, script_check(kept.source, text)]

    def _lost(self, spans: Sequence[Span], text: str) -> Span | None:
        """The first span that isn't there any more; a URL may lose the punctuation that touched it."""
        for span in spans:
            if span.kind == "url" and span.text.rstrip(AFTER_A_URL) not in text:
                return span
        return self._protection.lost([span for span in spans if span.kind != "url"], text)


def names_in(text: str) -> tuple[str, ...]:
    """Names of two or more capitalised words: `New York`, `Johnny Cash`.

    The first word of a sentence doesn't count, for it has a capital anyway; and where two thirds of the words have
    one (headings, shouting) there is nothing to tell names by.
    """
    words = list(_WORD.finditer(text))
    capitals = [word for word in words if word[0][0].isupper()]
    if len(words) > 3 and 3 * len(capitals) >= 2 * len(words):
        return ()
    runs: list[list[re.Match[str]]] = []
    for word in capitals:
        if SENTENCE_END.search(text[max(0, word.start() - 8) : word.start()]):
            continue
        if runs and text[runs[-1][-1].end() : word.start()] == " ":
            runs[-1].append(word)
        else:
            runs.append([word])
    return tuple(text[run[0].start() : run[-1].end()] for run in runs if len(run) > 1)


def script_check(source: str, text: str) -> Check:
    """The script that most of a text is in stays: its share is at least half of what it was."""
    before, after = _writings(source), _writings(text)
    if not before or not after:
        return Check("script", None)
    main = max(before, key=lambda writing: before[writing])
    share, least = after.get(main, 0.0), LEAST_SHARE_KEPT * before[main]
    if share >= least:
        return Check("script", True)
    told = f"It must be in the language of the original, written in {main.title()} letters."
    rule = f"the share of {main} letters is at least half of the original's"
    refusal = Objection(reason="script_changed", rule=rule, measured=share, threshold=least, told=told)
    return Check("script", False, refusal)


def _writings(text: str) -> dict[str, float]:
    out: dict[str, float] = {}
    for script, share in scripts(text).items():
        writing = _ONE_WRITING.get(script, script)
        out[writing] = out.get(writing, 0.0) + share
    return out


def _check(kind: str, lost: Span | None, is_there: bool) -> Check:
    if lost is None:
        return Check(kind, True if is_there else None)
    told = f"{lost.text} is missing; it must be there exactly so, as often as in the original."
    return Check(
        kind,
        False,
        Objection(reason=f"lost_{kind}", rule="protected spans survive", measured=lost.text, told=told),
    )


def _names_check(names: Sequence[str], text: str) -> Check:
    there = normalised(text)
    lost = next((name for name in names if normalised(name) not in there), None)
    if lost is None:
        return Check("name", True if names else None)
    told = f"{lost} is missing; it must be there as it is in the original."
    refusal = Objection(reason="lost_name", rule="names and slot values survive", measured=lost, told=told)
    return Check("name", False, refusal)
