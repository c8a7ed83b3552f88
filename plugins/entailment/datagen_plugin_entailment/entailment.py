"""The validator `entailment`: every sentence of a row must follow from its source, says an NLI model."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from datagen_core.errors import PluginError
from datagen_core.inputs import Inputs
from datagen_core.local_model import LocalModel
from datagen_core.model_weights import description
from datagen_core.remembered import Remembered
from datagen_core.sample import Sample, Verdict
from datagen_core.sentences import sentences
from datagen_core.sources import Sources
from datagen_core.validator import Validator
from datagen_plugin_entailment.config import EntailmentConfig
from datagen_plugin_entailment.labels import Labels, read_labels
from datagen_plugin_entailment.nli import Nli, load
from datagen_plugin_entailment.odds import DIGITS, Odds, Task, judged
from datagen_plugin_entailment.questions import Question, question

MAX_UNKNOWN_SHARE = 0.3
"""Of tokens that the model's vocabulary lacks: beyond, it can't read the text."""


class Entailment(Validator[EntailmentConfig]):
    """Premise: windows of the source. Hypotheses: the sentences of the response. A sentence's best window counts.

    With `check: answerable` the input is the premise and the sentences of the source are the hypotheses, as QNLI has
    it; the best sentence counts. Reasons: `contradicted`, `not_entailed`, `not_answerable` (score: P(entailment)), and
    without a score `no_source`, `no_question`, `empty`, `too_long`, `not_in_vocabulary`. Aggregation as in SummaC-ZS
    (Laban et al. 2022), with the worst sentence in place of the mean.

    Args:
        model: In place of the one that the options name.

    Raises:
        PluginError: the model isn't on this machine, or it isn't clear what its labels mean.
    """

    def __init__(
        self, config: EntailmentConfig, inputs: Inputs, model: LocalModel[Nli] | None = None
    ) -> None:
        super().__init__(config, inputs)
        self._sources = Sources(inputs, config.column)
        self._remembered: Remembered[bytes, Odds] = Remembered()
        self._model = model or _local_model(config)

    def __reduce__(self) -> tuple[Any, ...]:
        """The model doesn't travel: it is loaded anew."""
        return type(self), (self.config, self.inputs)

    def notices(self) -> Sequence[str]:
        """That a model may not know the recipe's languages."""
        others = ", ".join(language for language in self.inputs.languages if language != "en")
        if not others:
            return ()
        return (
            f"entailment: {self.config.model} must know {others}; its files don't tell which languages it knows.",
        )

    async def validate(self, samples: Sequence[Sample]) -> Sequence[Verdict]:
        """One verdict per row, in order; all rows' pairs go to the model together, each distinct one once."""
        asked = [question(sample, self._sources.of(sample), self.config) for sample in samples]
        found = await self._tasks(asked)
        odds = iter(
            await self._odds([pair for one in found if isinstance(one, Task) for pair in one.pairs()])
        )
        return [
            judged(one, [next(odds) for _ in one.pairs()], self.config) if isinstance(one, Task) else one
            for one in found
        ]

    async def _tasks(self, asked: Sequence[Question | Verdict]) -> list[Task | Verdict]:
        if all(isinstance(one, Verdict) for one in asked):
            return [one for one in asked if isinstance(one, Verdict)]
        return await self._model.run(
            lambda nli: [one if isinstance(one, Verdict) else self._task(nli, one) for one in asked]
        )

    def _task(self, nli: Nli, asked: Question) -> Task | Verdict:
        unknown = max(nli.unknown_share(asked.premise), nli.unknown_share(asked.text))
        if unknown > MAX_UNKNOWN_SHARE:
            return _refused("not_in_vocabulary", round(unknown, DIGITS), MAX_UNKNOWN_SHARE, "share of tokens")
        spans = nli.pieces(asked.text, list(sentences(asked.text)))
        task = Task(nli.windows(asked.premise), asked.text, spans)
        pairs = len(task.windows) * len(task.spans)
        if not pairs:
            is_text_empty = not spans and self.config.check == "grounded"
            return Verdict(passed=False, reason="empty" if is_text_empty else "no_source")
        if pairs > self.config.max_pairs:
            return _refused("too_long", pairs, self.config.max_pairs, "windows of the source × sentences")
        return task

    async def _odds(self, pairs: Sequence[tuple[str, str]]) -> list[Odds]:
        by_key = {_key(pair): pair for pair in pairs}

        async def compute(keys: list[bytes]) -> list[Odds]:
            return await self._model.run(lambda nli: nli.odds([by_key[key] for key in keys]))

        return await self._remembered.of([_key(pair) for pair in pairs], compute)


def _local_model(config: EntailmentConfig) -> LocalModel[Nli]:
    labels = _labels(config)
    options = (config.revision, config.device, config.max_tokens, config.batch_size, labels)
    return LocalModel(("nli", config.model, repr(options)), lambda: load(config, labels))


def _labels(config: EntailmentConfig) -> Labels:
    told = description(config.model, config.revision, download=config.download)
    names = told.get("id2label") or {"0": "LABEL_0", "1": "LABEL_1"}
    if config.check == "answerable" and len(names) == 1:
        return Labels(0)
    if config.check == "answerable" and len(names) != 2:
        raise PluginError(
            f"{config.model} has the labels {', '.join(names.values())}: it is no QNLI model",
            where="entailment.check",
            expected="a model of question and sentence with two labels (entailment, not_entailment), or one output",
            hint="name a QNLI model, or use entailment-judge-answerable",
        )
    return read_labels(names, **config.labels.model_dump())


def _refused(reason: str, measured: float, threshold: float, unit: str) -> Verdict:
    return Verdict(passed=False, reason=reason, measured=measured, threshold=threshold, evidence=unit)


def _key(pair: tuple[str, str]) -> bytes:
    return hashlib.blake2b(repr(pair).encode(), digest_size=16).digest()
