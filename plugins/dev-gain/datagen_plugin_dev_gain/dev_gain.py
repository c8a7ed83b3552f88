"""The reward: log-loss on development rows with the seeds alone, against seeds + this batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

from datagen_core import InputError, Inputs, Outcome, Reward, RewardValue, Seed
from datagen_core.text_classifier import TextClassifier
from datagen_plugin_dev_gain.config import DevGainConfig
from datagen_plugin_dev_gain.terms import bag_of_words, new_rows

MIN_PROBABILITY = 1e-6
"""Where log-loss is cut, so that one certain error can't outweigh all other rows."""

DIGITS = 9
"""Decimals of a log-loss that are kept: the last bits differ between processors."""


class DevGain(Reward[DevGainConfig]):
    """What a batch adds to a small probe on a few labelled development rows that no arm or validator sees.

    value = (0.5 + 0.5 tanh(relative gain / scale)) × usable share, where

    - gain = log-loss of a probe trained on the seeds − log-loss of one trained on the seeds + this batch, so
      that late and early batches are measured alike. The second probe's C is lowered to C × seeds / rows: the
      same weight of data against the penalty. Without that, mere copies of the seeds gain a third of what
      real rows do, by confidence alone (0.09–0.12 against 0.22–0.31 nats on SNIPS).
    - relative gain = gain / (log-loss of the seeds × requested / (requested + seeds)): alike for batches of 7
      to 70 rows and for 35 to 375 seeds (real rows 0.2–0.3).
    - usable share = rows that are novel and teach something (see `new_rows`) / rows requested.

    0.5 × usable share is no effect; 0 is a batch with nothing usable. The value never passes the usable share,
    so returning k of n rows earns at most k/n.

    Raises:
        InputError: at construction, where seeds have fewer than two classes or no words, or a development row
            has no label or one that no seed has.
    """

    version = "1"

    def __init__(self, config: DevGainConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self.seeds = [seed for seed in inputs.seeds if seed.label is not None]
        self.seed_rows = [(seed.text, str(seed.label)) for seed in self.seeds]
        self.development = config.development.read()
        _check_seeds(self.seeds)
        _check_development(config, self.development, self.seeds)

    def score(self, outcome: Outcome) -> RewardValue:
        """The reward in [0, 1], its components beside it; 0.0 where nothing passed or nothing is usable."""
        rows = new_rows(outcome.passed, self.seeds, self.development)
        loss = self._log_loss([*self.seed_rows, *rows]) if rows else self.seeds_log_loss
        gain = self.seeds_log_loss - loss
        relative = gain / self._reference(outcome.requested)
        mapped = 0.5 + 0.5 * math.tanh(relative / self.config.scale)
        usable = min(outcome.novel, len(rows)) / outcome.requested if outcome.requested else 0.0
        components = {
            "dev_log_loss_seeds": self.seeds_log_loss,
            "dev_log_loss_batch": loss,
            "gain": gain,
            "relative_gain": relative,
            "mapped": mapped,
            "usable_share": min(1.0, usable),
            "novel_share": outcome.novel_share,
            "pass_rate": min(1.0, len(outcome.passed) / max(1, outcome.requested)),
        }
        if outcome.quality is not None:
            components["quality"] = outcome.quality
        return RewardValue(value=mapped * components["usable_share"], components=components)

    def notices(self) -> Sequence[str]:
        """That development rows are labels, and how many of them are also seeds."""
        seeds = {bag_of_words(seed.text) for seed in self.seeds}
        shared = sum(bag_of_words(row.text) in seeds for row in self.development)
        notices = [
            f"the router learns from {len(self.development)} labelled development rows: "
            "a fair baseline is trained on seeds + development rows"
        ]
        if shared:
            notices.append(f"{shared} development rows are also seeds, which hides gains: replace them")
        return notices

    @cached_property
    def seeds_log_loss(self) -> float:
        """Mean −ln P(right class) over the development rows, in nats, of a probe trained on the seeds alone."""
        return self._log_loss(self.seed_rows)

    def _reference(self, requested: int) -> float:
        share = requested / (requested + len(self.seeds)) if requested else 1.0
        return max(self.seeds_log_loss, MIN_PROBABILITY) * share

    def _log_loss(self, rows: Sequence[tuple[str, str]]) -> float:
        model = TextClassifier(self.config.c * len(self.seeds) / len(rows))
        model.fit([text for text, _ in rows], [label for _, label in rows])
        found = model.probabilities([row.text for row in self.development])
        column = {label: i for i, label in enumerate(model.labels)}
        right = (float(p[column[str(row.label)]]) for p, row in zip(found, self.development, strict=True))
        total = -math.fsum(math.log(max(p, MIN_PROBABILITY)) for p in right)
        return round(total / len(self.development), DIGITS)


def _check_seeds(seeds: Sequence[Seed]) -> None:
    classes = {seed.label for seed in seeds}
    if len(classes) < 2:
        raise InputError(
            f"the seeds have {len(classes)} labelled classes",
            expected="labelled seeds of at least two classes, which the probe starts from",
            hint="add labelled seeds, or use another reward",
        )
    if not any(bag_of_words(seed.text) for seed in seeds):
        raise InputError(
            "no seed has a word of two letters or more",
            expected="text with words divided by spaces",
            hint="use another reward for this script",
        )


def _check_development(config: DevGainConfig, rows: Sequence[Seed], seeds: Sequence[Seed]) -> None:
    classes = {seed.label for seed in seeds}
    for number, row in enumerate(rows, start=1):
        if row.label not in classes:
            raise InputError(
                f"development row {number} has "
                + ("no label" if row.label is None else f"the label {row.label!r}, which no seed has"),
                where=config.development.place,
                expected=f"one of {', '.join(sorted(str(label) for label in classes))}",
                hint="correct the row, or name the column with label: beside path:",
            )
