"""The checks: each is called with a text and returns a failure or None; each pickles."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from datagen_plugin_rules.config import RulesConfig
from datagen_plugin_rules.formats import PREDICATES
from datagen_plugin_rules.scripts import charset_share
from datagen_plugin_rules.words import count_sentences, count_words, longest_run, repetition_rate

_SNIPPET_CHARS = 80


@dataclass(frozen=True, slots=True)
class Failure:
    """What a check found wrong: the reason code, the value measured and the limit it broke."""

    reason: str
    measured: float | str | None = None
    threshold: float | str | None = None
    evidence: str | None = None


Check: TypeAlias = Callable[[str], Failure | None]


@dataclass(frozen=True, slots=True)
class Within:
    """Passes when low ≤ measure(text) ≤ high."""

    measure: Callable[[str], float]
    low: float = -math.inf
    high: float = math.inf
    below: str = ""
    above: str = ""

    def __call__(self, text: str) -> Failure | None:
        """The failure, or None."""
        value = self.measure(text)
        if value < self.low:
            return Failure(self.below, value, self.low)
        if value > self.high:
            return Failure(self.above, value, self.high)
        return None


@dataclass(frozen=True, slots=True)
class IsFormat:
    """Passes when the whole text is of the format."""

    name: str

    def __call__(self, text: str) -> Failure | None:
        """The failure, or None."""
        if PREDICATES[self.name](text):
            return None
        return Failure("bad_format", _snippet(text), self.name)


@dataclass(frozen=True, slots=True)
class Patterns:
    """Passes when `wanted` matches and no pattern of `forbidden` occurs; longer texts are refused unmatched."""

    wanted: re.Pattern[str] | None
    whole: bool
    forbidden: tuple[re.Pattern[str], ...]
    max_chars: int

    def __call__(self, text: str) -> Failure | None:
        """The failure, or None."""
        if len(text) > self.max_chars:
            return Failure("too_long_for_pattern", len(text), self.max_chars)
        if self.wanted is not None:
            match = self.wanted.fullmatch if self.whole else self.wanted.search
            if match(text) is None:
                return Failure("pattern_mismatch", _snippet(text), self.wanted.pattern)
        for pattern in self.forbidden:
            found = pattern.search(text)
            if found is not None:
                return Failure("forbidden_pattern", _snippet(found[0]), pattern.pattern)
        return None


@dataclass(frozen=True, slots=True)
class LabelIn:
    """Passes when a row's label is one of `allowed`."""

    allowed: frozenset[str]
    listed: str

    @classmethod
    def of(cls, labels: Sequence[str]) -> LabelIn:
        """The check for these labels."""
        return cls(frozenset(labels), _snippet(", ".join(labels)))

    def __call__(self, label: str | None) -> Failure | None:
        """The failure, or None."""
        if label in self.allowed:
            return None
        if label is None:
            return Failure("missing_label", None, self.listed)
        return Failure("unknown_label", _snippet(label), self.listed)


def text_checks(config: RulesConfig) -> tuple[Check, ...]:
    """The checks of the text that are switched on, in the order in which their reasons take precedence."""
    checks: list[Check] = []
    for unit, measure, below, above in (
        ("chars", len, "too_short_chars", "too_long_chars"),
        ("words", count_words, "too_few_words", "too_many_words"),
        ("sentences", count_sentences, "too_few_sentences", "too_many_sentences"),
    ):
        low, high = getattr(config, f"min_{unit}"), getattr(config, f"max_{unit}")
        if low is not None or high is not None:
            low, high = -math.inf if low is None else low, math.inf if high is None else high
            checks.append(Within(measure, low, high, below, above))
    if config.format is not None:
        checks.append(IsFormat(config.format))
    if config.charset is not None:
        share = partial(charset_share, charset=config.charset)
        checks.append(Within(share, low=config.min_charset_share, below="wrong_charset"))
    if config.pattern is not None or config.forbid:
        checks.append(_patterns(config))
    if config.max_repetition_rate is not None:
        rate = partial(repetition_rate, n=config.repetition_ngram)
        checks.append(Within(rate, high=config.max_repetition_rate, above="repetitive"))
    if config.max_run is not None:
        checks.append(Within(longest_run, high=config.max_run, above="character_run"))
    return tuple(checks)


def _patterns(config: RulesConfig) -> Patterns:
    return Patterns(
        wanted=None if config.pattern is None else re.compile(config.pattern),
        whole=config.pattern_mode == "fullmatch",
        forbidden=tuple(map(re.compile, config.forbid)),
        max_chars=config.max_pattern_chars,
    )


def _snippet(text: str) -> str:
    return text if len(text) <= _SNIPPET_CHARS else text[: _SNIPPET_CHARS - 1] + "…"
