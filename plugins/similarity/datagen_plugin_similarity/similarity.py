"""The similarity validator: a row's vector beside those of the topic, the seeds and the accepted rows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from datagen_core import Context, Inputs, PoolValidator, Sample, Suggestion, Verdict
from datagen_core.builtin.hashing import Hashing
from datagen_core.text_field import TextField
from datagen_plugin_similarity.asked_for import suggested
from datagen_plugin_similarity.config import SimilarityConfig
from datagen_plugin_similarity.neighbours import Neighbours
from datagen_plugin_similarity.topic import topic_texts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EVIDENCE_CHARS = 200
WORDING = (
    "similarity is one of wording: the embedder hashing knows no meaning, so a paraphrase looks far apart"
)
TOPIC_IN_WORDS = (
    "a topic in words tells next to nothing with the embedder hashing: use topic_from: seeds, or an embedder that "
    "knows meaning"
)


class Similarity(PoolValidator[SimilarityConfig]):
    """Rejects a row too far from the topic, or too near to a seed or an accepted row, by cosine of vectors.

    Reasons: `off_topic` (cosine < `min_topic_similarity`), `too_similar` (cosine > `max_cosine_similarity`), `no_words`
    (no vector where a topic is demanded) and `missing_field`. Cosines count to six decimals. The score is 1 - the
    nearest cosine, 1.0 where there is none; for `off_topic`, and where the topic alone is looked at, the cosine to the
    topic; clipped to [0, 1]. A row without any letter or digit has no vector: where no topic is demanded it passes,
    without a score. The seeds' vectors are computed when first needed.
    """

    def __init__(self, config: SimilarityConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._field = TextField(config.field)
        found = ((f"seed {seed.id}", self._field.of_seed(seed)) for seed in inputs.seeds)
        self._seed_texts = [(name, text) for name, text in found if text is not None]
        self._topic_texts = topic_texts(config, inputs, self._seed_texts)
        self._rows = Neighbours()
        self._sequences: list[int] = []

    def sign(self, samples: Sequence[Sample]) -> Sequence[NDArray[np.float32] | None]:
        """The vector of each row, shape (d,), zeros where it has no words; None where it has no such field.

        Raises:
            InputError: when none of the rows has the field.
        """
        texts = self._field.texts(samples)
        vectors = iter(self.inputs.embeddings.of([text for text in texts if text is not None]))
        return [None if text is None else next(vectors) for text in texts]

    def judge(self, signature: NDArray[np.float32] | None, *, before: int | None = None) -> Verdict:
        """The verdict against topic, seeds and accepted rows; changes nothing."""
        if signature is None:
            return Verdict(passed=False, reason="missing_field", measured="no field " + str(self._field))
        if not signature.any():
            return self._without_vector()
        on_topic = self._on_topic(signature)
        if not on_topic.passed or self.config.limit is None:
            return on_topic
        return self._apart(signature, self.config.limit, before)

    def add(self, signature: NDArray[np.float32] | None, sequence: int) -> None:
        """Takes an accepted row in; sequence numbers must rise."""
        if signature is None:
            raise ValueError(f"row {sequence} has no field {self._field} and can't have been accepted")
        if self._sequences and sequence <= self._sequences[-1]:
            raise ValueError(f"row {sequence} comes after row {self._sequences[-1]}")
        self._sequences.append(sequence)
        if self.config.against_pool:
            self._rows.add(f"row {sequence}", signature)

    def notices(self) -> Sequence[str]:
        """What the embedder and the default are good for, and how many seeds aren't compared."""
        return list(self._notices())

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """Where the recipe's constraints name a limit: `max_similarity`, `min_topic_similarity`."""
        return suggested(inputs)

    @cached_property
    def _seeds(self) -> Neighbours:
        return Neighbours.of_texts(
            self.inputs.embeddings, self._seed_texts if self.config.against_seeds else ()
        )

    @cached_property
    def _topic(self) -> Neighbours:
        return Neighbours.of_texts(self.inputs.embeddings, self._topic_texts)

    def _without_vector(self) -> Verdict:
        if self.config.min_topic_similarity is None:
            return Verdict(passed=True)
        return Verdict(passed=False, reason="no_words", threshold=self.config.min_topic_similarity)

    def _on_topic(self, signature: NDArray[np.float32]) -> Verdict:
        threshold, nearest = self.config.min_topic_similarity, self._topic.nearest(signature)
        if threshold is None or nearest is None:
            return Verdict(passed=True)
        is_near = nearest.cosine >= threshold
        return Verdict(
            passed=is_near,
            score=nearest.similarity,
            reason=None if is_near else "off_topic",
            measured=nearest.cosine,
            threshold=threshold,
            evidence=None if is_near else f"nearest: {nearest.name}"[:EVIDENCE_CHARS],
        )

    def _apart(self, signature: NDArray[np.float32], threshold: float, before: int | None) -> Verdict:
        first = None if before is None else bisect_left(self._sequences, before)
        found = (self._seeds.nearest(signature), self._rows.nearest(signature, first))
        nearest = max((one for one in found if one), key=lambda one: one.cosine, default=None)
        if nearest is None:
            return Verdict(passed=True, score=1.0, threshold=threshold)
        is_apart = nearest.cosine <= threshold
        return Verdict(
            passed=is_apart,
            score=1.0 - nearest.similarity,
            reason=None if is_apart else "too_similar",
            measured=nearest.cosine,
            threshold=threshold,
            evidence=None if is_apart else nearest.name,
        )

    def _notices(self) -> Iterator[str]:
        limit = self.config.limit
        if isinstance(self.inputs.embeddings.embedder, Hashing):
            yield WORDING
            if self._topic_texts and self._topic_texts is not self._seed_texts:
                yield TOPIC_IN_WORDS
        elif limit is not None and "max_cosine_similarity" not in self.config.model_fields_set:
            yield (
                f"max_cosine_similarity is {limit}, which was chosen for the embedder hashing: choose one for yours "
                "(with MiniLM 9 % of 3,000 distinct real texts were over it)"
            )
        if without := len(self.inputs.seeds) - len(self._seed_texts):
            yield f"{without} of {len(self.inputs.seeds)} seeds have no field {self._field} and aren't compared"
