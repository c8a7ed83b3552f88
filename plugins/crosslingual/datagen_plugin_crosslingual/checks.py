"""What a text in the wrong language, a copy, and a translation that lost something are refused for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from datagen_core.languages import (
    Identified,
    base,
    identify,
    prose,
    scripts_of,
    share_in_script,
)
from datagen_core.protected_spans import normalised
from datagen_plugin_crosslingual.asking import Fault
from datagen_plugin_crosslingual.chrf import chrf, corpus_chrf
from datagen_plugin_crosslingual.config import CrosslingualConfig, LanguageConfig
from datagen_plugin_crosslingual.kept import Kept

DENSE = frozenset({"HAN", "HIRAGANA", "KATAKANA", "HANGUL"})
"""Scripts that say in one sign what takes alphabets two or three letters."""
BANDS: Mapping[tuple[bool, bool], tuple[float, float]] = {
    (False, False): (0.4, 2.5),
    (False, True): (0.15, 1.0),
    (True, False): (1.0, 6.5),
    (True, True): (0.35, 3.0),
}
"""Characters of prose per character of the source's, by whether source and target are dense.

Between 11 languages of MGSM (125 questions translated by people) ratios lie in 0.50–1.99, 0.19–0.86, 1.17–5.39 and
0.43–2.32.
"""
LEAST_ROUND_TRIP = {False: 40.0, True: 20.0}
"""By whether the source is dense: n-grams of its signs seldom recur."""
LONG = {False: 40, True: 16}
"""Letters, by whether the language is dense. Shorter parts are often names, which stay as they are: of 632 answers of
XQuAD, 127 are the same words in German.
"""
ALIKE = ({"no", "nb", "nn", "da"}, {"hr", "bs", "sr", "sh"}, {"id", "ms"})
"""Languages that identification doesn't tell apart in a few sentences."""
UNSURE = "unsure"
MAX_SHOWN_CHARS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """Texts in a language and the texts that they were made from, by name."""

    source_language: str
    language: str
    sources: Mapping[str, str]
    texts: Mapping[str, str]

    @property
    def whole(self) -> tuple[str, str]:
        """All sources, all texts."""
        return "\n".join(self.sources.values()), "\n".join(self.texts.values())

    def views(self) -> Iterator[tuple[str, str]]:
        """Source and text of each part that is long enough to be judged by itself, then of the whole row."""
        if len(self.sources) > 1:
            for name, source in self.sources.items():
                if is_long(source, self.source_language):
                    yield source, self.texts[name]
        yield self.whole


def is_dense(language: str) -> bool:
    """Whether a language is written in signs that are worth several letters."""
    return scripts_of(language)[0] in DENSE


def is_long(text: str, language: str) -> bool:
    """Whether there is more prose than a name: enough to compare lengths, and to judge a part by itself."""
    return sum(map(str.isalpha, prose(text))) >= LONG[is_dense(language)]


class LanguageChecks:
    """Whether a text is in its language, and no copy of another."""

    def __init__(self, config: LanguageConfig) -> None:
        self._limits = config

    def copied(self, source: str, text: str) -> Fault | None:
        """A prose that equals the source's but for case, space and punctuation, or has `max_copy_chrf` to it."""
        old, new = normalised(prose(source)), normalised(prose(text))
        limit = self._limits.max_copy_chrf
        found = 100.0 if old == new else chrf(new, old)
        if found < limit:
            return None
        rule = "the text is no copy of the original: chrF below"
        return Fault(reason="untranslated", rule=rule, measured=round(found, 2), threshold=limit)

    def wrong_script(self, text: str, language: str) -> Fault | None:
        """Too few letters in a script of the language."""
        share, least = share_in_script(text, language), self._limits.min_script_share
        if share is None or share >= least:
            return None
        rule = f"the least share of letters in a script of {language}"
        return Fault(reason="wrong_script", rule=rule, measured=round(share, 4), threshold=least)

    def wrong_language(self, text: str, language: str) -> Fault | None:
        """Another language, for sure."""
        found = identify(text)
        if self.told(found, language) in (UNSURE, language):
            return None
        measured = f"{found.language} ({found.confidence:.2f})"
        rule = "the language identified is the one wanted"
        return Fault(reason="wrong_language", rule=rule, measured=measured, threshold=language)

    def told(self, found: Identified, language: str) -> str:
        """The language as it is recorded: the one wanted, another, or `unsure`."""
        if found.language is None:
            return UNSURE
        if found.language == base(language):
            return language
        least = self._limits.min_lid_confidence
        is_sure = least is not None and found.confidence >= least
        is_alike = any({found.language, base(language)} <= alike for alike in ALIKE)
        return found.language if is_sure and not is_alike else UNSURE

    def measured(self, text: str, language: str) -> dict[str, Any]:
        """What is recorded of any text."""
        found, share = identify(text), share_in_script(text, language)
        return {
            "lid": self.told(found, language),
            "lid_confidence": round(found.confidence, 4),
            "script_share": None if share is None else round(share, 4),
        }


class TranslationChecks(LanguageChecks):
    """The checks of translations, in order: those without a call first."""

    def __init__(self, config: CrosslingualConfig) -> None:
        super().__init__(config)
        self._config, self._kept = config, Kept(config.protect)

    def fault(self, made: Translation) -> Fault | None:
        """The first rule that a translation breaks."""
        return next(filter(None, self._faults(made)), None)

    def _faults(self, made: Translation) -> Iterator[Fault | None]:
        for source, text in made.views():
            yield self.copied(source, text)
        for _, text in made.views():
            yield self.wrong_script(text, made.language)
            yield self.wrong_language(text, made.language)
        for name, source in made.sources.items():
            yield self._changed(source, made.texts[name])
        for source, text in made.views():
            yield self._out_of_band(source, text, made)

    def _changed(self, source: str, text: str) -> Fault | None:
        found = self._kept.difference(source, text)
        if found is None:
            return None
        reason = f"{'lost' if found.found < found.expected else 'added'}_{found.kind}"
        rule = f"as often as in the original: {found.text[:MAX_SHOWN_CHARS]}"
        return Fault(reason=reason, rule=rule, measured=found.found, threshold=found.expected)

    def _out_of_band(self, source: str, text: str, made: Translation) -> Fault | None:
        if not is_long(source, made.source_language):
            return None
        low, high = self.band(made)
        ratio = length_ratio(source, text)
        if low <= ratio <= high:
            return None
        rule = "characters per character of the original's, both ends allowed"
        return Fault(
            reason="length_ratio", rule=rule, measured=round(ratio, 4), threshold=f"{low:g}–{high:g}"
        )

    def band(self, made: Translation) -> tuple[float, float]:
        """The ratios allowed."""
        pair = is_dense(made.source_language), is_dense(made.language)
        return self._config.length_ratio or BANDS[pair]

    def round_trip(self, made: Translation, back: Mapping[str, str]) -> tuple[float, Fault | None]:
        """chrF of the way back, over all parts at once, and the fault where it is too low."""
        own = self._config.min_round_trip_chrf
        least = LEAST_ROUND_TRIP[is_dense(made.source_language)] if own is None else own
        found = corpus_chrf(list(back.values()), [made.sources[name] for name in back])
        if found >= least:
            return round(found, 2), None
        rule = "the least chrF of the way back to the original"
        return found, Fault(reason="round_trip_low", rule=rule, measured=round(found, 2), threshold=least)

    def quality(self, made: Translation) -> dict[str, Any]:
        """What is recorded of a translation; what wasn't taken is None."""
        source, text = made.whole
        return {
            **self.measured(text, made.language),
            "length_ratio": round(length_ratio(source, text), 4),
            "protected_ok": True,
            "roundtrip_chrf": None,
            "xling_cosine": None,
            "margin": None,
        }


def length_ratio(source: str, text: str) -> float:
    """Characters of prose per character of the source's prose."""
    return len(prose(text)) / max(1, len(prose(source)))
