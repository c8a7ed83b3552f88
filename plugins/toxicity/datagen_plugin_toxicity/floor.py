"""The offline floor: a linear model on single words and characters, in the wheel of alt-profanity-check."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from datagen_core.context import Context
from datagen_core.inputs import Inputs
from datagen_core.remembered import Remembered
from datagen_core.sample import Sample, Verdict
from datagen_core.suggestion import Suggestion
from datagen_core.validator import Validator
from datagen_plugin_toxicity import asked
from datagen_plugin_toxicity.config import ToxicityConfig
from datagen_plugin_toxicity.verdicts import notices, verdict
from datagen_plugin_toxicity.windows import of_row

LANGUAGES = ("en",)
DIGITS = 6


class Toxicity(Validator[ToxicityConfig]):
    """A row passes when each of its windows has a probability below the threshold.

    Reasons: `toxic` (measured: the highest probability, threshold; evidence: the window), and without a score
    `toxicity_undefined` (a part in another script, with `undefined: reject`). The score is 1 − the highest probability;
    None for rows with nothing to judge.
    """

    def __init__(self, config: ToxicityConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._known: Remembered[str, float] = Remembered()

    def validate(self, samples: Sequence[Sample]) -> Sequence[Verdict]:
        """One verdict per row, in order."""
        rows = [of_row(sample, LANGUAGES, self.config.max_chars) for sample in samples]
        texts = list(dict.fromkeys(window.text for found, _ in rows for window in found))
        of = dict(zip(texts, self._known.of_now(texts, _probabilities), strict=True))
        return [
            verdict([(window, of[window.text], "") for window in found], foreign, self.config)
            for found, foreign in rows
        ]

    def notices(self) -> Sequence[str]:
        """Which of the recipe's languages it isn't made for."""
        return notices(LANGUAGES, self.config, self.inputs)

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """Where the constraints ask for harmless rows, or the readers are children."""
        return asked.suggestion(inputs)


def _probabilities(texts: Sequence[str]) -> list[float]:
    model = importlib.import_module("profanity_check")
    return [round(float(found), DIGITS) for found in model.predict_prob(texts)]
