"""The rules validator: runs the checks that are switched on and reports the first reason of a fixed order."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core.context import Context
from datagen_core.errors import InputError
from datagen_core.inputs import Inputs
from datagen_core.sample import Sample, Verdict
from datagen_core.suggestion import Suggestion
from datagen_core.validator import Validator
from datagen_plugin_rules.checks import Failure, LabelIn, text_checks
from datagen_plugin_rules.config import RulesConfig
from datagen_plugin_rules.suggesting import suggestion

_PASSED = Verdict(passed=True, score=1.0)


class Rules(Validator[RulesConfig]):
    """A row passes when every check passes; its score is the share of checks passed.

    When several checks fail, `reason`, `measured` and `threshold` are those of the first in this order, and
    `evidence` lists all codes: `missing_field`, `too_short_chars`/`too_long_chars`,
    `too_few_words`/`too_many_words`, `too_few_sentences`/`too_many_sentences`, `bad_format`, `wrong_charset`,
    `too_long_for_pattern`/`pattern_mismatch`/`forbidden_pattern`, `repetitive`, `character_run`,
    `missing_label`/`unknown_label`. The codes joined by a slash belong to one check.

    Raises:
        InputError: no check is switched on, or `labels: true` without labels; at the first call, when none of
            the rows has the field.
    """

    def __init__(self, config: RulesConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._checks = text_checks(config)
        self._label_check = _label_check(config, inputs)
        self._count = len(self._checks) + (self._label_check is not None)
        self._field_seen = False
        if not self._count:
            raise InputError(
                "rules without a check",
                where="rules",
                expected="at least one of min_chars, max_words, pattern, forbid, format, charset, labels …",
                hint="switch one on, e.g. `with: {min_words: 3, max_chars: 500}`",
            )

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """Limits that the recipe states, lengths like those of its seeds, and its labels."""
        return suggestion(inputs, context)

    def validate(self, samples: Sequence[Sample]) -> Sequence[Verdict]:
        """One verdict per row, in order."""
        if samples and not self._field_seen:
            self._require_field(samples)
        return [self._judge(sample) for sample in samples]

    def _judge(self, sample: Sample) -> Verdict:
        failures: list[Failure] = []
        if self._checks:
            text = sample.text_of(self.config.field)
            if text is None:
                return Verdict(
                    passed=False,
                    score=0.0,
                    reason="missing_field",
                    threshold=self.config.field,
                    evidence=f"the row has: {', '.join(sample.field_names())}",
                )
            failures = [failure for check in self._checks if (failure := check(text)) is not None]
        if self._label_check is not None:
            failure = self._label_check(sample.label)
            if failure is not None:
                failures.append(failure)
        return self._verdict(failures) if failures else _PASSED

    def _verdict(self, failures: Sequence[Failure]) -> Verdict:
        first = failures[0]
        several = len(failures) > 1
        return Verdict(
            passed=False,
            score=1 - len(failures) / self._count,
            reason=first.reason,
            measured=first.measured,
            threshold=first.threshold,
            evidence=", ".join(f.reason for f in failures) if several else first.evidence,
        )

    def _require_field(self, samples: Sequence[Sample]) -> None:
        name = self.config.field
        if self._checks and all(sample.text_of(name) is None for sample in samples):
            raise InputError(
                f"no row has a field {name!r}",
                where="rules",
                expected=f"one of {', '.join(samples[0].field_names())}",
                hint="correct `field:` of the rules validator",
            )
        self._field_seen = True


def _label_check(config: RulesConfig, inputs: Inputs) -> LabelIn | None:
    if config.labels is False:
        return None
    if config.labels is not True:
        return LabelIn.of(config.labels)
    if not inputs.labels:
        raise InputError(
            "labels: true, but the recipe has no labels",
            where="rules",
            expected="labels in the recipe or in its seeds",
            hint="list them here: `labels: [positive, negative]`",
        )
    return LabelIn.of(inputs.labels)
