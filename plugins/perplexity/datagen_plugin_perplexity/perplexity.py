"""The validator `perplexity`: neither too surprising to a language model nor too little so."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from typing import Any

from datagen_core.errors import InputError
from datagen_core.inputs import Inputs
from datagen_core.local_model import LocalModel
from datagen_core.model_weights import description
from datagen_core.remembered import Remembered
from datagen_core.sample import Sample, Verdict
from datagen_core.validator import Validator
from datagen_plugin_perplexity.bounds import Bound
from datagen_plugin_perplexity.config import MOST, MOST_IFD, PerplexityConfig
from datagen_plugin_perplexity.language_model import LanguageModel, Loss, load

SIGNIFICANT_DIGITS = 4
"""Values are rounded to so many; beyond, they depend on what else is in the batch."""
MAX_UNKNOWN_SHARE = 0.1
"""Of tokens that the model's vocabulary lacks: each of them hides what it stands for, so that the text seems easy."""
SURROGATE = re.compile("[\ud800-\udfff]")

Key = tuple[str, str]
"""What stands before a text ("" for nothing), and the text."""


class Perplexity(Validator[PerplexityConfig]):
    """Perplexity exp(loss per token), or bits per character or byte; and IFD, loss given the input / loss without it.

    IFD is that of Li et al. 2023 (arXiv 2308.12032), a ratio of mean losses per token, not of perplexities.
    Reasons: `perplexity_too_high`, `perplexity_too_low`, `ifd_too_high`, `ifd_too_low` (score: see `Bound`), and
    without a score `empty`, `no_input`, `too_long`, `not_in_vocabulary`, `not_finite`.

    Args:
        model: In place of the one that the options name.

    Raises:
        InputError: no bound is given.
        PluginError: the model isn't on this machine.
    """

    def __init__(
        self, config: PerplexityConfig, inputs: Inputs, model: LocalModel[LanguageModel] | None = None
    ) -> None:
        super().__init__(config, inputs)
        self._has_ifd = config.min_ifd is not None or config.max_ifd is not None
        if not self._has_ifd and config.min is None and config.max is None:
            raise InputError(
                "perplexity without a bound",
                where="perplexity",
                expected="min or max, or min_ifd or max_ifd",
                hint="measure texts that you like first: with `max: 1.0e+9` the evidence of each row tells its value",
            )
        self._remembered: Remembered[bytes, Loss] = Remembered()
        self._model = model or _local_model(config)

    def __reduce__(self) -> tuple[Any, ...]:
        """The model doesn't travel: it is loaded anew."""
        return type(self), (self.config, self.inputs)

    async def validate(self, samples: Sequence[Sample]) -> Sequence[Verdict]:
        """One verdict per row, in order; the texts of all rows go to the model together, each distinct one once."""
        asked = [self._asked(sample) for sample in samples]
        keys = [key for one in asked if not isinstance(one, Verdict) for key in one]
        losses = iter(await self._losses(keys))
        return [
            one if isinstance(one, Verdict) else self._judged(one[0][1], [next(losses) for _ in one])
            for one in asked
        ]

    def _asked(self, sample: Sample) -> list[Key] | Verdict:
        """The text as it is measured, then as IFD needs it: given the input, and alone."""
        text = sample.text_of(self.config.field) or ""
        needs_input = self.config.given_input or self._has_ifd
        if not text.strip():
            return Verdict(passed=False, reason="empty")
        if needs_input and not sample.input.strip():
            return Verdict(passed=False, reason="no_input")
        chars = len(text) + (len(sample.input) if needs_input else 0)
        if chars > self.config.max_chars:
            return Verdict(passed=False, reason="too_long", measured=chars, threshold=self.config.max_chars)
        alone = ("", _readable(text))
        given = (_readable(self.config.prompt.replace("{input}", sample.input)), alone[1])
        first = given if self.config.given_input else alone
        return [first, given, alone] if self._has_ifd else [first]

    async def _losses(self, keys: Sequence[Key]) -> list[Loss]:
        by_digest = {_digest(key): key for key in keys}

        async def compute(missing: list[bytes]) -> list[Loss]:
            wanted = [by_digest[one] for one in missing]
            return await self._model.run(lambda model: model.losses(wanted))

        return await self._remembered.of([_digest(key) for key in keys], compute)

    def _judged(self, text: str, losses: Sequence[Loss]) -> Verdict:
        first = losses[0]
        if not first.tokens:
            return Verdict(passed=False, reason="empty")
        unknown = _rounded(first.unknown / first.tokens)
        if unknown > MAX_UNKNOWN_SHARE:
            return Verdict(
                passed=False, reason="not_in_vocabulary", measured=unknown, threshold=MAX_UNKNOWN_SHARE
            )
        if not all(math.isfinite(loss.nats) for loss in losses):
            return Verdict(passed=False, reason="not_finite")
        bounds = [Bound("perplexity", self._value(text, first), self.config.min, self.config.max)]
        if self._has_ifd:
            bounds.append(Bound("ifd", _ifd(*losses[1:]), self.config.min_ifd, self.config.max_ifd))
        failure = next((found for bound in bounds if (found := bound.failure())), {})
        return Verdict(
            passed=not failure,
            score=min(bound.score() for bound in bounds),
            evidence="; ".join(_told(bound, self.config.per) for bound in bounds)
            + f"; {first.tokens} tokens",
            **failure,
        )

    def _value(self, text: str, loss: Loss) -> float:
        if self.config.per == "token":
            return _rounded(math.exp(min(loss.mean, math.log(MOST))))
        units = len(text) if self.config.per == "char" else len(text.encode())
        return _rounded(loss.nats / math.log(2) / units)


def _local_model(config: PerplexityConfig) -> LocalModel[LanguageModel]:
    if not config.download:
        description(config.model, config.revision)
    options = (config.revision, config.device, config.max_tokens, config.stride, config.batch_tokens)
    return LocalModel(("causal", config.model, repr(options)), lambda: load(config))


def _ifd(given: Loss, alone: Loss) -> float:
    """The ratio of losses; 1.0 where the text surprises the model neither way."""
    if alone.mean == 0:
        return 1.0 if given.mean == 0 else MOST_IFD
    return _rounded(min(given.mean / alone.mean, MOST_IFD))


def _rounded(value: float) -> float:
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}")


def _told(bound: Bound, per: str) -> str:
    unit = "IFD" if bound.name == "ifd" else "perplexity" if per == "token" else f"bits per {per}"
    return f"{unit} {bound.value}"


def _digest(key: Key) -> bytes:
    return hashlib.blake2b(repr(key).encode(), digest_size=16).digest()


def _readable(text: str) -> str:
    """Without halves of surrogate pairs, which tokenizers refuse."""
    return SURROGATE.sub("\ufffd", text)
