"""The local model: which of its labels mean toxic, and the verdict of the worst window."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from datagen_core.errors import InputError
from datagen_core.inputs import Inputs
from datagen_core.local_model import LocalModel
from datagen_core.remembered import Remembered
from datagen_core.sample import Sample, Verdict
from datagen_core.validator import Validator
from datagen_plugin_toxicity.classifier import Classifier, load
from datagen_plugin_toxicity.config import ToxicityModelConfig
from datagen_plugin_toxicity.labels import counting
from datagen_plugin_toxicity.verdicts import Scored, notices, verdict
from datagen_plugin_toxicity.windows import Window, of_row

Probabilities: TypeAlias = Mapping[str, float]
"""Label of the model → probability."""
Scorer: TypeAlias = Callable[[list[str]], Awaitable[Sequence[Probabilities]]]


class ToxicityModel(Validator[ToxicityModelConfig]):
    """A row passes when no label that counts reaches the threshold in any of its windows.

    Reasons: `toxic` (measured: the highest probability, threshold; evidence: its label and window), and without a score
    `toxicity_undefined` (a part in another script, with `undefined: reject`). The score is 1 − the highest probability;
    None for rows with nothing to judge.

    Raises:
        InputError: at the first call, labels that the model doesn't have, or that don't say what they mean.
        PluginError: at the first call, the model's weights aren't on this machine.

    Args:
        scorer: What gives the probabilities of texts; by default the model.
    """

    def __init__(self, config: ToxicityModelConfig, inputs: Inputs, scorer: Scorer | None = None) -> None:
        super().__init__(config, inputs)
        self._score = scorer or _Local(config)
        self._known: Remembered[str, Probabilities] = Remembered()

    async def validate(self, samples: Sequence[Sample]) -> Sequence[Verdict]:
        """One verdict per row, in order; a text that was judged before isn't judged again."""
        rows = [of_row(sample, self.config.languages, self.config.max_chars) for sample in samples]
        texts = list(dict.fromkeys(window.text for found, _ in rows for window in found))
        of = dict(zip(texts, await self._known.of(texts, self._score), strict=True))
        return [
            verdict([self._worst(window, of[window.text]) for window in found], foreign, self.config)
            for found, foreign in rows
        ]

    def notices(self) -> Sequence[str]:
        """Which of the recipe's languages the model isn't made for."""
        return notices(self.config.languages, self.config, self.inputs)

    def _worst(self, window: Window, found: Probabilities) -> Scored:
        labels = counting(found, self.config.labels)
        if not labels:
            raise InputError(
                f"which labels of {self.config.model} mean toxic isn't clear",
                where="toxicity-model.labels",
                expected=f"some of {', '.join(found)}",
                hint="name them, e.g. `with: {labels: [toxic]}`",
            )
        label = max(labels, key=lambda name: found[name])
        return window, found[label], label


class _Local:
    """The model of the options as a scorer; pickles, and loads nothing before it is asked."""

    def __init__(self, config: ToxicityModelConfig) -> None:
        self._config = config

    async def __call__(self, texts: list[str]) -> Sequence[Probabilities]:
        config = self._config
        key = ("toxicity-model", config.model, config.revision, config.device)
        model: LocalModel[Classifier] = LocalModel(key, lambda: load(config))
        return await model.run(lambda loaded: loaded.probabilities(texts, config.batch_size))
