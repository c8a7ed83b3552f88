"""The novelty validator: how close a row comes to the nearest accepted row or seed."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from datagen_core import Context, Inputs, PoolValidator, Sample, Seed, Suggestion, Verdict
from datagen_core.rouge_index import Match, RougeIndex
from datagen_core.text_field import TextField
from datagen_core.words import words
from datagen_plugin_novelty.config import NoveltyConfig

SEED_SEQUENCE = -1
EVIDENCE_CHARS = 200
ASKED_BY = ("novel", "diversity", "diverse", "originality")

Words = tuple[str, ...]


class Novelty(PoolValidator[NoveltyConfig]):
    """Rejects a row whose words are too much those of one accepted row or seed.

    Reasons: `not_novel` (largest ROUGE-L F1 over `max_rouge_l`; Self-Instruct, arXiv 2212.10560), `not_novel_words`
    (largest F1 of the multisets of words over `max_bag_of_words`) and `missing_field`. A row exactly at a threshold is
    kept unless `at_threshold: reject`; that is settled in whole numbers. The score is 1 - the largest similarity
    measured. A row without any word is novel until one is accepted.
    """

    def __init__(self, config: NoveltyConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._field = TextField(config.field)
        self._index = RougeIndex()
        self._seeds: list[Seed] = []
        for seed in inputs.seeds if config.against_seeds else ():
            text = self._field.of_seed(seed)
            if text is not None:
                self._index.add(words(text), SEED_SEQUENCE)
                self._seeds.append(seed)

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """Where the recipe's open sections ask for novelty or diversity by name."""
        for section, given in (("task_input", inputs.task_input), ("constraints", inputs.constraints)):
            for key in given:
                if any(word in str(key).lower() for word in ASKED_BY):
                    return Suggestion(why=f"{section}.{key}")
        return None

    def sign(self, samples: Sequence[Sample]) -> Sequence[Words | None]:
        """The words of each row, None where the row has no such field.

        Raises:
            InputError: when none of the rows has the field.
        """
        return [None if text is None else words(text) for text in self._field.texts(samples)]

    def judge(self, signature: Words | None, *, before: int | None = None) -> Verdict:
        """The verdict against seeds and accepted rows; changes nothing."""
        if signature is None:
            return Verdict(passed=False, reason="missing_field", measured="no field " + str(self._field))
        query = self._index.query(signature, before)
        measured = 0.0
        for reason, threshold, measure in (
            ("not_novel", self.config.max_rouge_l, query.best),
            ("not_novel_words", self.config.max_bag_of_words, query.best_bag),
        ):
            nearest = None if threshold is None else measure()
            if nearest is None or threshold is None:
                continue
            if self._too_close(nearest, threshold):
                return self._rejection(reason, nearest, threshold)
            measured = max(measured, nearest.f1)
        return Verdict(passed=True, score=1.0 - measured, measured=measured)

    def add(self, signature: Words | None, sequence: int) -> None:
        """Takes an accepted row in; sequence numbers must rise."""
        if signature is None:
            raise ValueError(f"row {sequence} has no field {self._field} and can't have been accepted")
        if len(self._index) and sequence <= self._index.sequence(len(self._index) - 1):
            raise ValueError(f"row {sequence} comes after one that is as late")
        self._index.add(signature, sequence)

    def notices(self) -> Sequence[str]:
        """How many seeds lack the field and so aren't compared."""
        without = len(self.inputs.seeds) - len(self._seeds)
        if not self.config.against_seeds or not without:
            return ()
        return (
            f"{without} of {len(self.inputs.seeds)} seeds have no field {self._field} and aren't compared",
        )

    def _too_close(self, nearest: Match, threshold: float) -> bool:
        f1 = Fraction(2 * nearest.common, nearest.total) if nearest.total else Fraction(1)
        limit = Fraction(str(threshold))
        return f1 >= limit if self.config.at_threshold == "reject" else f1 > limit

    def _rejection(self, reason: str, nearest: Match, threshold: float) -> Verdict:
        if nearest.sequence == SEED_SEQUENCE:
            evidence = f"seed {self._seeds[nearest.row].id}: {self._seeds[nearest.row].text}"
        else:
            evidence = f"row {nearest.sequence}: {' '.join(self._index.words(nearest.row))}"
        return Verdict(
            passed=False,
            score=1.0 - nearest.f1,
            reason=reason,
            measured=nearest.f1,
            threshold=threshold,
            evidence=evidence[:EVIDENCE_CHARS],
        )
