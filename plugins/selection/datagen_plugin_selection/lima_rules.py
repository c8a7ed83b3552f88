"""LIMA's rules for one row: the first that it breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from datagen_core.quoting import quoted
from datagen_core.sample import Sample, Verdict
from datagen_core.words import words
from datagen_plugin_selection.config import LimaConfig
from datagen_plugin_selection.row_values import column_of, number_of

_CODE = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]+`|<(code|pre)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
"""What the rules of wording and markup don't look into."""
_NO_LETTER_BEFORE, _NO_LETTER_AFTER = r"(?<!\w)(?<!\w[./-])", r"(?![./-]?\w)"
"""Nor a part of what is joined by a sign: `I/O`, `G.I.`, `I-Bond`."""
_TAG_NAMES = """
a abbr address article aside audio b big blockquote body br button center cite dd del details div dl dt em font footer
form h1 h2 h3 h4 h5 h6 head header hr html i iframe input ins kbd label link main mark meta nav object p q s samp script
section select small span strike strong style sub summary sup svg table tbody td textarea tfoot th thead title tr tt u
var video
"""
"""Lists (`<ul>`, `<ol>`, `<li>`) and code stay, as in LIMA."""
_TAGS = frozenset(_TAG_NAMES.split())
_TAG = re.compile(r"</?([a-z][a-z0-9]{0,19})(?:\s[^<>]{0,2000})?/?>", re.IGNORECASE)
_MARKUP = (
    ("has_image", re.compile(r"!\[[^\[\]\n]{0,500}\]\s?[(\[]|<img\b[^<>]{0,2000}>", re.IGNORECASE)),
    (
        "has_link",
        re.compile(
            r"https?://\S|\bwww\.\w|(?<!!)\[[^\[\]\n]{1,500}\]\([^()\s]{1,2000}[\s)]|<a\s[^<>]{0,2000}>",
            re.IGNORECASE,
        ),
    ),
)
MARKUP = frozenset({"has_image", "has_link", "has_html"})


class LimaRules:
    """Judges rows one by one, without the quota of their sources.

    Reasons, in the order in which they are tried: `missing_field`, `too_short`, `too_long`, `unscored` and
    `below_threshold` (with `score`), `title_and_body`, `has_image`, `has_link`, `has_html`, `first_person`,
    `refers_to_other_answers`.
    """

    def __init__(self, config: LimaConfig) -> None:
        self._config = config
        self._first_person = _any_of(config.first_person, has_case=True)
        self._other_answers = _any_of(config.other_answers, has_case=False)

    def broken(self, row: Sample) -> Iterator[Verdict]:
        """What a row breaks, the first rule first; markup too where it is only counted."""
        text = row.text_of(self._config.field)
        if text is None:
            yield _failed("missing_field", f"no field {self._config.field!r}")
            return
        yield from self._length(len(text))
        yield from self._score(row)
        yield from self._question(row)
        if len(text) > self._config.max_chars:
            return
        prose = _CODE.sub(lambda code: " " * len(code[0]), text)
        for reason, pattern in _MARKUP:
            yield from _matched(reason, pattern, prose)
        tag = next((found for found in _TAG.finditer(prose) if found[1].lower() in _TAGS), None)
        if tag:
            yield _found("has_html", tag, prose)
        yield from _matched("first_person", self._first_person, prose)
        yield from _matched("refers_to_other_answers", self._other_answers, prose)

    def _length(self, chars: int) -> Iterator[Verdict]:
        if chars < self._config.min_chars:
            yield _failed("too_short", chars, self._config.min_chars)
        if chars > self._config.max_chars:
            yield _failed("too_long", chars, self._config.max_chars)

    def _score(self, row: Sample) -> Iterator[Verdict]:
        key = self._config.score
        if key is None:
            return
        score = number_of(row, key)
        if score is None:
            yield _failed("unscored", evidence=f"no number in {key!r}")
        elif score < self._config.min_score:
            yield _failed("below_threshold", score, self._config.min_score)

    def _question(self, row: Sample) -> Iterator[Verdict]:
        """The question is the title or the body; rows without either column have nothing to break."""
        title, body, asked = (
            " ".join(str(part or "").split())
            for part in (column_of(row, self._config.title), column_of(row, self._config.body), row.input)
        )
        if title and body and asked not in (title, body) and title in asked and body in asked:
            yield _failed("title_and_body", evidence="the question holds its title and its body")


def _any_of(phrases: Sequence[str], *, has_case: bool) -> re.Pattern[str] | None:
    """Finds whole phrases; with `has_case` those with a capital only as written. None for no phrases."""
    as_written = [phrase for phrase in phrases if has_case and phrase != phrase.lower()]
    in_any_case = [phrase for phrase in phrases if phrase not in as_written]
    parts = [_whole(as_written), *(f"(?i:{part})" for part in [_whole(in_any_case)] if part)]
    return re.compile("|".join(filter(None, parts))) if phrases else None


def _whole(phrases: Sequence[str]) -> str:
    """A pattern for them: any white space between words, and no letters around where the script has spaces."""
    by_ends: dict[tuple[bool, bool], list[str]] = {}
    for phrase in phrases:
        ends = _is_spaced(phrase[0]), _is_spaced(phrase[-1])
        by_ends.setdefault(ends, []).append(r"\s{1,20}".join(map(re.escape, phrase.split())))
    return "|".join(
        f"{_NO_LETTER_BEFORE * before}(?:{'|'.join(bodies)}){_NO_LETTER_AFTER * after}"
        for (before, after), bodies in by_ends.items()
    )


def _is_spaced(char: str) -> bool:
    """Whether letters of this script are joined to words."""
    return len(words(char * 2)) == 1


def _matched(reason: str, pattern: re.Pattern[str] | None, prose: str) -> Iterator[Verdict]:
    if pattern is not None and (found := pattern.search(prose)):
        yield _found(reason, found, prose)


def _found(reason: str, found: re.Match[str], prose: str) -> Verdict:
    return _failed(reason, found[0][:100], evidence=quoted(prose, *found.span()))


def _failed(reason: str, measured: Any = None, threshold: Any = None, evidence: str | None = None) -> Verdict:
    return Verdict(passed=False, reason=reason, measured=measured, threshold=threshold, evidence=evidence)
