"""The readability validator: one formula, one band, and no figure where the formula isn't made for the text."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core.context import Context
from datagen_core.errors import InputError
from datagen_core.inputs import Inputs
from datagen_core.languages import base, identify, scripts, scripts_of
from datagen_core.said import parts
from datagen_core.sample import Sample, Verdict
from datagen_core.suggestion import Suggestion
from datagen_core.validator import Validator
from datagen_plugin_readability import asked
from datagen_plugin_readability.config import ReadabilityConfig
from datagen_plugin_readability.counting import Counts, count, plain
from datagen_plugin_readability.formulas import BANDS, METRICS, SMOG_SENTENCES, Band

SURE = 0.9
"""The confidence from which a text is taken to be in another language than the formula's."""
IDENTIFIED_CHARS = 5_000
UNSPACED = frozenset({"HAN", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"})
"""Scripts without spaces between words."""
KEY = "language"


class Readability(Validator[ReadabilityConfig]):
    """A text passes when low <= value <= high.

    Reasons: `readability_too_hard`, `readability_too_easy` (measured: the value, threshold: the bound), and without a
    score `readability_unsure` (too few words, or sentences for SMOG), `readability_undefined` (another language or
    script than the formula's), `missing_field`. The score is 1 in the band and falls in a straight line to 0 at a
    distance of 5 grades, 30 points of reading ease, 20 of LIX or 3 of RIX.

    Raises:
        InputError: no band is named.
    """

    def __init__(self, config: ReadabilityConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._metric = METRICS[config.metric]
        self._low, self._high = _band(config)

    def validate(self, samples: Sequence[Sample]) -> Sequence[Verdict]:
        """One verdict per row, in order."""
        return [self._verdict(sample) for sample in samples]

    def notices(self) -> Sequence[str]:
        """Which of the recipe's languages the formula isn't made for."""
        others = [code for code in self.inputs.languages if not self._is_made_for(code)]
        if not others:
            return ()
        made_for = ", ".join(self._metric.languages) or "languages with spaces between words"
        fate = "pass unjudged" if self.config.undefined == "pass" else "are rejected"
        return (f"{self.config.metric} is made for {made_for}; rows in {', '.join(others)} {fate}",)

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """Where the constraints or the task name an audience, a reading level or a grade."""
        return asked.suggestion(inputs)

    def _verdict(self, sample: Sample) -> Verdict:
        said = read(sample, self.config.field)
        if said is None:
            return Verdict(
                passed=False,
                reason="missing_field",
                threshold=self.config.field,
                evidence=f"the row has: {', '.join(sample.field_names())}",
            )
        text = plain(said)
        counts = count(text, self._metric.syllables)
        other = self._undefined(sample, text)
        if other:
            evidence = f"{self.config.metric} isn't made for {other}"
            return self._untold("readability_undefined", self.config.undefined, evidence=evidence)
        if counts.words < self.config.min_words:
            return self._untold("readability_unsure", self.config.unsure, counts.words, self.config.min_words)
        if self.config.metric == "smog" and counts.sentences < SMOG_SENTENCES:
            evidence = "sentences; SMOG is made for 30 and more"
            return self._untold(
                "readability_unsure", self.config.unsure, counts.sentences, SMOG_SENTENCES, evidence
            )
        return self._judged(round(self._metric.value(counts), 4), counts)

    def _judged(self, value: float, counts: Counts) -> Verdict:
        distance, bound = 0.0, None
        if self._low is not None and value < self._low:
            distance, bound = self._low - value, self._low
        elif self._high is not None and value > self._high:
            distance, bound = value - self._high, self._high
        if bound is None:
            return Verdict(passed=True, score=1.0, measured=value)
        is_hard = (bound == self._low and value < bound) is self._metric.is_ease
        return Verdict(
            passed=False,
            score=max(0.0, 1 - distance / self._metric.falloff),
            reason="readability_too_hard" if is_hard else "readability_too_easy",
            measured=value,
            threshold=bound,
            evidence=_counted(counts),
        )

    def _untold(
        self,
        reason: str,
        fate: str,
        measured: float | None = None,
        threshold: float | None = None,
        evidence: str | None = None,
    ) -> Verdict:
        """A text without a figure: it passes or fails without a score."""
        if fate == "pass":
            return Verdict(passed=True, evidence=evidence)
        return Verdict(passed=False, reason=reason, measured=measured, threshold=threshold, evidence=evidence)

    def _undefined(self, sample: Sample, text: str) -> str:
        """The language or script that the formula isn't made for; "" where it may be applied."""
        found = scripts(text)
        script = next(iter(found), "")
        if not self._metric.languages:
            return script if sum(found.get(name, 0.0) for name in UNSPACED) > 0.5 else ""
        if script and not any(script in scripts_of(code) for code in self._metric.languages):
            return script
        told = identify(text[:IDENTIFIED_CHARS])
        if told.language is not None and told.confidence >= SURE:
            return "" if told.language in self._metric.languages else told.language
        own = sample.value_of(KEY) if KEY in self.inputs.coverage else None
        codes = (own,) if own else self.inputs.languages
        return "" if any(map(self._is_made_for, codes)) else ", ".join(codes)

    def _is_made_for(self, code: str) -> bool:
        if not self._metric.languages:
            return not UNSPACED & set(scripts_of(code))
        return base(code) in self._metric.languages


def read(sample: Sample, field: str) -> str | None:
    """The text that is judged; None where the row has no such part."""
    role = {"response": "assistant", "text": "assistant", "content": "assistant", "input": "user"}.get(field)
    if sample.messages and role is not None:
        return "\n\n".join(message.content for message in sample.messages if message.role == role)
    if role == "assistant" and not sample.response and sample.fields and field not in sample.fields:
        return "\n\n".join(text for name, text in parts(sample) if name.startswith("fields."))
    return sample.text_of(field)


def _band(config: ReadabilityConfig) -> Band:
    if config.audience is not None:
        return BANDS[config.audience][METRICS[config.metric].scale]
    low, high = config.grade or (config.min, config.max)
    if low is None and high is None:
        raise InputError(
            "readability without a band",
            where="readability",
            expected="min or max, grade, or audience",
            hint="name one, e.g. `with: {audience: general}`",
        )
    return low, high


def _counted(counts: Counts) -> str:
    per_sentence, per_word = counts.words / counts.sentences, counts.letters / counts.words
    return (
        f"{counts.words} words, {per_sentence:.1f} a sentence, {per_word:.1f} letters a word, "
        f"{100 * counts.long_words / counts.words:.0f} % of more than six letters"
    )
