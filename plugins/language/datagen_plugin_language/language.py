"""The language validator: each part of a row is in a language wanted, in its script, or too short to tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain

from datagen_core.context import Context
from datagen_core.inputs import Inputs
from datagen_core.languages import scripts, scripts_of
from datagen_core.quoting import quoted
from datagen_core.sample import Sample, Verdict
from datagen_core.suggestion import Suggestion
from datagen_core.validator import Validator
from datagen_plugin_language.config import LanguageConfig
from datagen_plugin_language.lookalikes import mixed_words
from datagen_plugin_language.said import Part, exchanges, judged
from datagen_plugin_language.wanted import CODE, KEY, Wanted, may_be

_LETTERS = re.compile(r"[^\W\d_]+")


class Language(Validator[LanguageConfig]):
    """A row passes when no part of it is in another language or script than those wanted.

    Reasons, the first that applies, part by part: `mixed_script` (words with look-alike letters of another alphabet,
    or a share of letters in other scripts), `wrong_script`, `wrong_language`; then `language_differs_from_input`,
    `language_unsure` (with `unsure: reject`) and `missing_field`. The score is the confidence in the language wanted,
    of the part where it is least; None where no part's language can be told.

    Raises:
        InputError: what is named as a language is no code.
    """

    def __init__(self, config: LanguageConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._wanted = Wanted(config.languages, inputs)

    def validate(self, samples: Sequence[Sample]) -> Sequence[Verdict]:
        """One verdict per row, in order."""
        return [self._verdict(sample) for sample in samples]

    def notices(self) -> Sequence[str]:
        """Which languages can't be identified."""
        unknown = ", ".join(self._wanted.unknown())
        return (f"{unknown} can't be identified: only the script is judged",) if unknown else ()

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """Where the recipe names languages beside the default, or its constraints or coverage do."""
        for key in ("language", "languages"):
            named = inputs.constraints.get(key)
            codes = [named] if isinstance(named, str) else named
            if isinstance(codes, list | tuple) and codes and all(map(_is_code, codes)):
                options = {} if tuple(codes) == inputs.languages else {"languages": list(codes)}
                return Suggestion(why=f"constraints.{key} names {', '.join(codes)}", options=options)
        if not all(map(_is_code, inputs.languages)):
            return None
        if all(map(_is_code, inputs.coverage.get(KEY, ()))) and inputs.coverage.get(KEY):
            return Suggestion(why="coverage.by.language says which language each row is in")
        if inputs.languages != ("en",):
            return Suggestion(why=f"the recipe's languages are {', '.join(inputs.languages)}")
        return None

    def _verdict(self, sample: Sample) -> Verdict:
        parts = judged(sample, self.config.fields)
        if not parts and self.config.fields:
            return Verdict(
                passed=False,
                reason="missing_field",
                threshold=", ".join(self.config.fields),
                evidence=f"the row has: {', '.join(sample.field_names())}",
            )
        if not self.config.per_message and parts:
            parts = [Part("row", "\n".join(part.text for part in parts))]
        wanted = self._wanted.of(sample)
        faults = (self._fault(part, wanted) for part in parts)
        pairs = exchanges(sample) if self.config.same_as_input else ()
        differences = (self._difference(*pair) for pair in pairs)
        return next(filter(None, chain(faults, differences)), None) or self._passing(parts, wanted)

    def _fault(self, part: Part, wanted: Sequence[str]) -> Verdict | None:
        checks = [
            self._mixed_words,
            *([] if part.found.reason == "short" else [self._script, self._language]),
        ]
        return next(filter(None, (check(part, wanted) for check in checks)), None)

    def _mixed_words(self, part: Part, wanted: Sequence[str]) -> Verdict | None:
        if len(part.scripts) < 2:
            return None
        words = list(mixed_words(part.plain))
        if len(words) <= self.config.max_mixed_words:
            return None
        return Verdict(
            passed=False,
            reason="mixed_script",
            measured=len(words),
            threshold=self.config.max_mixed_words,
            evidence=f"{part.name}: {_quoted(part.text, words[0])} mixes {' and '.join(scripts(words[0]))}",
        )

    def _script(self, part: Part, wanted: Sequence[str]) -> Verdict | None:
        of_wanted = set(chain.from_iterable(map(scripts_of, wanted)))
        share = _sum(part, of_wanted)
        usual = of_wanted | {"LATIN"}  # names and terms in Latin stand in texts of all languages
        others = _sum(part, part.scripts.keys() - usual)
        if share < self.config.min_script_share:
            reason, measured, threshold = "wrong_script", share, self.config.min_script_share
        elif others > self.config.max_other_script:
            reason, measured, threshold = "mixed_script", others, self.config.max_other_script
        else:
            return None
        runs = _LETTERS.findall(part.plain)
        first = next((run for run in runs if not set(scripts(run)) <= of_wanted), part.text)
        return Verdict(
            passed=False,
            score=share,
            reason=reason,
            measured=round(measured, 4),
            threshold=threshold,
            evidence=f"{part.name}: {_quoted(part.text, first)}",
        )

    def _language(self, part: Part, wanted: Sequence[str]) -> Verdict | None:
        language = part.language(self.config.min_confidence)
        if language is None or language in wanted or may_be(language, part.script, wanted):
            return None
        return _in_another("wrong_language", part, ", ".join(wanted))

    def _difference(self, asked: Part, answer: Part) -> Verdict | None:
        languages = [part.language(self.config.min_confidence) for part in (asked, answer)]
        before, after = languages
        if before is None or after is None or before == after or may_be(after, answer.script, [before]):
            return None
        return _in_another("language_differs_from_input", answer, before)

    def _passing(self, parts: Sequence[Part], wanted: Sequence[str]) -> Verdict:
        """The verdict on a row without a fault: it passes, unless its language can't be told and must be."""
        sure = [part for part in parts if part.language(self.config.min_confidence) in wanted]
        unsure = [part for part in parts if part not in sure]
        long = [part for part in unsure if part.found.reason != "short"]
        if self.config.unsure == "reject" and (long or not sure):
            doubtful = (long or unsure or [Part("row", "")])[0]
            return Verdict(
                passed=False,
                reason="language_unsure",
                measured=doubtful.found.likeliest or None,
                threshold=", ".join(wanted),
                evidence=f"{doubtful.name}: {doubtful.found.reason or 'unsure'}",
            )
        least = min(sure, key=lambda part: part.found.confidence, default=None)
        if least is None:
            return Verdict(passed=True)
        return Verdict(passed=True, score=least.found.confidence, measured=least.found.likeliest)


def _in_another(reason: str, part: Part, wanted: str) -> Verdict:
    found = part.found
    return Verdict(
        passed=False,
        score=max(0.0, 1 - found.confidence),
        reason=reason,
        measured=found.likeliest,
        threshold=wanted,
        evidence=f"{part.name}, confidence {found.confidence:.2f}: {quoted(part.text, 0, len(part.text))}",
    )


def _sum(part: Part, names: Iterable[str]) -> float:
    """The share of letters in some scripts; rounded, so that a tenth is 0.1."""
    return round(sum(part.scripts.get(name, 0.0) for name in sorted(names)), 9)


def _quoted(text: str, found: str) -> str:
    start = text.find(found)
    return quoted(text, start, start + len(found))


def _is_code(value: object) -> bool:
    return isinstance(value, str) and CODE.fullmatch(value) is not None
