"""The generator: draws pool texts that qualify for the wanted label and that no accepted row has yet."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator
from functools import cached_property

from datagen_core.errors import InputError
from datagen_core.generator import GenerateRequest, Generator
from datagen_core.inputs import Inputs, Seed
from datagen_core.sample import Rejection, Sample
from datagen_plugin_unlabelled.agreement import MachineLabel, machine_labels
from datagen_plugin_unlabelled.config import UnlabelledConfig

PROVENANCE = "real text, machine label"


class Unlabelled(Generator[UnlabelledConfig]):
    """Real texts with machine labels: one round of self-training with a confidence threshold.

    A text qualifies where P(label | text) >= `confidence` and most of its nearest seeds have that label.
    The pool is labelled at the first request and kept. A text is drawn once in a batch, and not again when the
    accepted rows hold it; a row that can't be had is rejected as `no_confident_text`.

    Raises:
        InputError: no unlabelled texts, or seeds of fewer than two labels.
    """

    def __init__(self, config: UnlabelledConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._seeds = tuple(seed for seed in inputs.seeds if seed.label is not None)
        if len(self._labels) < 2:
            raise InputError(
                f"the seeds have {len(self._labels)} labels",
                expected="labelled seeds of at least two classes: a label is chosen against others",
                hint="name the column with label: COLUMN beside the seeds' path",
            )
        if not inputs.unlabelled:
            raise InputError(
                "there are no unlabelled texts",
                expected="a file of texts to draw from",
                hint="add unlabelled: FILE to the recipe",
            )

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """One row or one rejection for each row wanted."""
        used = frozenset(request.pool.texts(limit=max(1, len(request.pool))))
        left = {
            label: [found for found in self._qualified[label] if found.text.text not in used]
            for label in self._labels
        }
        drawn: Counter[str] = Counter()
        for label in request.wanted():
            chosen = self._choose(left, drawn, request.rng) if label is None else label
            if chosen is None or not left.get(chosen):
                yield self._nothing_left(request, label)
                continue
            drawn[chosen] += 1
            yield self._sample(request, _take(left[chosen], request.rng))

    def labels(self) -> frozenset[str]:
        """The labels of the seeds."""
        return frozenset(self._labels)

    @property
    def _labels(self) -> list[str]:
        return sorted({str(seed.label) for seed in self._seeds})

    @cached_property
    def _found(self) -> tuple[MachineLabel, ...]:
        return machine_labels(
            self._seeds,
            _distinct(self.inputs.unlabelled, self.inputs.seeds),
            neighbours=self.config.neighbours,
            votes=self.config.votes,
        )

    @cached_property
    def _qualified(self) -> dict[str, list[MachineLabel]]:
        """Label → the texts that qualify, in pool order."""
        out: dict[str, list[MachineLabel]] = {label: [] for label in self._labels}
        for found in self._found:
            if found.qualifies(self.config.confidence):
                out[found.label].append(found)
        return out

    def _choose(
        self, left: dict[str, list[MachineLabel]], drawn: Counter[str], rng: random.Random
    ) -> str | None:
        """A label for a row of any label: the least drawn one, or as the pool has them; None when all are used."""
        open_labels = [label for label in self._labels if left[label]]
        if not open_labels:
            return None
        if self.config.balance:
            least = min(drawn[label] for label in open_labels)
            return rng.choice([label for label in open_labels if drawn[label] == least])
        return rng.choices(open_labels, weights=[len(left[label]) for label in open_labels])[0]

    def _sample(self, request: GenerateRequest, found: MachineLabel) -> Sample:
        return request.sample(
            response=found.text.text,
            label=found.label,
            parents=[found.text],
            params=self._params,
            method={
                "provenance": PROVENANCE,
                "confidence": round(found.confidence, 4),
                "agreement": round(found.agreement, 4),
                "selected": True,
            },
        )

    def _nothing_left(self, request: GenerateRequest, label: str | None) -> Rejection:
        near = sum(label in (None, found.label) for found in self._found)
        fit = sum(len(found) for name, found in self._qualified.items() if label in (None, name))
        return request.reject(
            "no_confident_text",
            "P(label | text) >= confidence, most of the nearest seeds agree, and no row has the text yet",
            measured=f"{fit} of {near} texts near the seeds qualify; none is left",
            threshold=self.config.confidence,
            params=self._params,
        )

    @property
    def _params(self) -> dict[str, float | int]:
        return {
            "confidence": self.config.confidence,
            "neighbours": self.config.neighbours,
            "votes": self.config.votes,
        }


def _distinct(pool: tuple[Seed, ...], seeds: tuple[Seed, ...]) -> list[Seed]:
    """The pool without repeats and without the seeds, up to case and space; the first of each stays."""
    seen = {_key(seed) for seed in seeds}
    kept: list[Seed] = []
    for text in pool:
        if _key(text) not in seen:
            seen.add(_key(text))
            kept.append(text)
    return kept


def _key(seed: Seed) -> str:
    return " ".join(seed.text.casefold().split())


def _take(found: list[MachineLabel], rng: random.Random) -> MachineLabel:
    """Removes and returns one at random, in constant time."""
    place = rng.randrange(len(found))
    found[place], found[-1] = found[-1], found[place]
    return found.pop()
