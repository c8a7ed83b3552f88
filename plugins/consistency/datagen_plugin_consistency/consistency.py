"""The consistency validator: near copies mustn't disagree about a label or an answer."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Context, Inputs, PoolValidator, Sample, Verdict
from datagen_core.near_duplicates.minhash import MIN_DETECTION
from datagen_core.suggestion import Suggestion
from datagen_plugin_consistency.claims import Claims
from datagen_plugin_consistency.config import ConsistencyConfig
from datagen_plugin_consistency.contradictions import ClaimSignature, Contradiction, Contradictions

SEED_SEQUENCE = -1


class Consistency(PoolValidator[ConsistencyConfig]):
    """Rejects a row that contradicts an accepted row or a seed: it is always the newcomer that goes.

    Reasons: `label_disagrees` (measured: the similarity of the texts, threshold: `near_jaccard`) and
    `answer_disagrees` (measured: how far the answers agree, threshold: how far they should). The evidence names the row
    or seed and what it says. A row without a text, or without a label and an answer, contradicts nothing and passes,
    and so does one that says the same (whether it is a duplicate isn't asked here). There is no score.
    """

    def __init__(self, config: ConsistencyConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._claims = Claims(config.key, config.value)
        self._contradictions = Contradictions(config)
        self._latest = SEED_SEQUENCE
        seeds = self._claims.in_seeds(inputs) if config.against_seeds else []
        signed = self._contradictions.sign([claim for _, claim in seeds])
        self._signed_seeds = [(seed.id, one) for (seed, _), one in zip(seeds, signed, strict=True)]
        self._seed_of_row: dict[int, str] = {}
        for seed_id, signature in self._signed_seeds:
            self._seed_of_row.setdefault(self._contradictions.add(signature, SEED_SEQUENCE), seed_id)

    def sign(self, samples: Sequence[Sample]) -> Sequence[ClaimSignature | None]:
        """One signature per row, None for a row that claims nothing."""
        claims = [self._claims.of(sample) for sample in samples]
        signed = iter(self._contradictions.sign([claim for claim in claims if claim is not None]))
        return [None if claim is None else next(signed) for claim in claims]

    def judge(self, signature: ClaimSignature | None, *, before: int | None = None) -> Verdict:
        """The verdict against seeds and accepted rows; changes nothing."""
        against = self._contradictions.against(signature, before=before) if signature else []
        if signature is None or not against:
            return Verdict(passed=True)
        return (
            self._label_verdict(against[0])
            if isinstance(signature.said, str)
            else self._answer_verdict(against[0])
        )

    def add(self, signature: ClaimSignature | None, sequence: int) -> None:
        """Takes an accepted row in; sequence numbers must rise."""
        if sequence <= self._latest:
            raise ValueError(f"row {sequence} comes after row {self._latest}")
        self._latest = sequence
        if signature is not None:
            self._contradictions.add(signature, sequence)

    def notices(self) -> Sequence[str]:
        """Seeds that contradict each other, and a threshold too low for the bands to find."""
        return [*self._seed_notices(), *self._detection_notices()]

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """For rows with labels, where seeds show some."""
        if context.format != "labelled" or not context.seeds_labelled or len(inputs.labels) < 2:
            return None
        return Suggestion(why="labels: near copies mustn't disagree")

    def _label_verdict(self, other: Contradiction) -> Verdict:
        return Verdict(
            passed=False,
            reason="label_disagrees",
            measured=other.jaccard,
            threshold=1.0 if self.config.near_jaccard is None else self.config.near_jaccard,
            evidence=f"{self._name(other)} is labelled {other.shown}",
        )

    def _answer_verdict(self, other: Contradiction) -> Verdict:
        return Verdict(
            passed=False,
            reason="answer_disagrees",
            measured=other.agreement,
            threshold=other.least,
            evidence=f"{self._name(other)} (similarity {other.jaccard:.2f}) answers «{other.shown}»",
        )

    def _name(self, other: Contradiction) -> str:
        return (
            f"seed {self._seed_of_row[other.row]}"
            if other.sequence == SEED_SEQUENCE
            else f"row {other.sequence}"
        )

    def _seed_notices(self) -> list[str]:
        """Seeds stay as they are: what they disagree about is for people to settle."""
        found = [
            (seed_id, self._name(against[0]))
            for seed_id, signature in self._signed_seeds
            if (against := self._contradictions.against(signature, before=0))
        ]
        if not found:
            return []
        return [
            f"{len(found)} seeds contradict another one, such as {found[0][0]} and {found[0][1]}; correct them"
        ]

    def _detection_notices(self) -> list[str]:
        index = self._contradictions.index
        share = index.bands.detection(float(index.threshold or 1))
        if share >= MIN_DETECTION:
            return []
        return [
            f"at a similarity of {float(index.threshold or 1)} only {share:.0%} of the pairs exactly at the threshold "
            f"are found with {self.config.permutations} permutations; raise permutations"
        ]
