"""The label-agreement validator: how probable is a row's label, by a classifier that knows the seeds only?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from datagen_core.errors import InputError
from datagen_core.inputs import Inputs
from datagen_core.sample import Sample, Verdict
from datagen_core.text_classifier import TextClassifier, has_words
from datagen_core.validator import Validator
from datagen_plugin_label_agreement.config import LabelAgreementConfig

_DIGITS = 6
"""Probabilities are rounded to so many decimals, so that the last bits of a floating-point sum decide nothing."""


class LabelAgreement(Validator[LabelAgreementConfig]):
    """Scores a row by P(its label | its text), rounded to 6 decimals.

    With a threshold, a row passes when score ≥ threshold. Reasons: `label_disagrees` (evidence: the most probable
    label), `missing_label`, and `label_not_in_seeds`. The last two have no score: of a label it never saw the
    classifier knows nothing. Without a threshold no row is rejected, whatever its label.

    The classifier is fitted once, on the labelled seeds in their order, when the first row comes.

    Raises:
        InputError: the seeds have fewer than two labels, or no words.
    """

    def __init__(self, config: LabelAgreementConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        pairs = [(seed.text, seed.label) for seed in inputs.seeds if seed.label is not None]
        self._texts = [text for text, _ in pairs]
        self._labels = [label for _, label in pairs]
        self._known = sorted(set(self._labels))
        if len(self._known) < 2:
            raise InputError(
                f"the seeds have {len(self._known)} of the 2 labels or more that agreement needs",
                where="label-agreement",
                expected="labelled seeds of at least two classes",
                hint="add labelled seeds, name their column with label:, or remove this validator",
            )
        if not any(map(has_words, self._texts)):
            raise InputError(
                "the labelled seeds hold no word of two letters or more",
                where="label-agreement",
                expected="seeds with words to learn from",
                hint="check the text column of the seeds",
            )

    def validate(self, samples: Sequence[Sample]) -> Sequence[Verdict]:
        """One verdict per row, in order."""
        if not samples:
            return []
        texts = [sample.response for sample in samples]
        rows = self._model.probabilities(texts).round(_DIGITS).tolist()
        return [self._judge(sample.label, row) for sample, row in zip(samples, rows, strict=True)]

    def notices(self) -> Sequence[str]:
        """A sentence when the job wants labels that no seed has."""
        unseen = [label for label in self.inputs.labels if label not in self._known]
        if not unseen:
            return ()
        fate = "aren't scored" if self.config.threshold is None else "are rejected"
        return (f"no seed is labelled {', '.join(unseen)}; rows of such labels {fate}",)

    @cached_property
    def _model(self) -> TextClassifier:
        return TextClassifier(c=self.config.c).fit(self._texts, self._labels)

    def _judge(self, label: str | None, probabilities: Sequence[float]) -> Verdict:
        threshold = self.config.threshold
        if label is None or label not in self._known:
            return Verdict(
                passed=threshold is None,
                reason=None
                if threshold is None
                else "missing_label"
                if label is None
                else "label_not_in_seeds",
                measured=label,
                threshold=threshold,
                evidence=f"labels of the seeds: {', '.join(self._known)}"[:200],
            )
        score = probabilities[self._known.index(label)]
        if threshold is None or score >= threshold:
            return Verdict(passed=True, score=score, measured=score, threshold=threshold)
        best = max(probabilities)
        return Verdict(
            passed=False,
            score=score,
            reason="label_disagrees",
            measured=score,
            threshold=threshold,
            evidence=f"most probable: {self._known[probabilities.index(best)]} ({best})",
        )
