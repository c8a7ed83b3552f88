"""The deduplication validator: exact after normalisation, then near-duplicates by MinHash-LSH, verified."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Context, Inputs, PoolValidator, Sample, Seed, Suggestion, Verdict
from datagen_core.near_duplicates.index import Candidate, NearDuplicates, TextSignature
from datagen_core.near_duplicates.minhash import MIN_DETECTION
from datagen_core.near_duplicates.normalise import Form
from datagen_core.text_field import TextField
from datagen_plugin_dedup.config import DedupConfig

SEED_SEQUENCE = -1
NONE = Candidate(row=-1, sequence=-1, shared=0, union=1)


class Dedup(PoolValidator[DedupConfig]):
    """Rejects a row whose text is, or nearly is, that of an accepted row or a seed.

    Reasons: `exact_duplicate` (equal 64-bit hash of the normalised text), `near_duplicate` (Jaccard similarity of
    character shingles >= `near_jaccard`) and `missing_field`. The score is 1 - the largest similarity found among
    the candidates, 1.0 where there is none.
    """

    def __init__(self, config: DedupConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._field = TextField(config.field)
        self._index = NearDuplicates(
            config.near_jaccard,
            shingle_chars=config.shingle_chars,
            permutations=config.permutations,
            form=Form(
                nfkc=config.nfkc,
                casefold=config.casefold,
                collapse_whitespace=config.collapse_whitespace,
                strip_punctuation=config.strip_punctuation,
            ),
        )
        self._latest = SEED_SEQUENCE
        self._seeds: list[Seed] = []
        self._seeds_without_field = 0
        if config.against_seeds:
            self._add_seeds(inputs.seeds)

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """For every recipe."""
        return Suggestion(why="copies teach nothing twice")

    def sign(self, samples: Sequence[Sample]) -> Sequence[TextSignature | None]:
        """One signature per row, None where the row has no such field.

        Raises:
            InputError: when none of the rows has the field.
        """
        texts = self._field.texts(samples)
        signed = iter(self._index.sign([text for text in texts if text is not None]))
        return [None if text is None else next(signed) for text in texts]

    def judge(self, signature: TextSignature | None, *, before: int | None = None) -> Verdict:
        """The verdict against seeds and accepted rows; changes nothing."""
        if signature is None:
            return Verdict(passed=False, reason="missing_field", measured="no field " + str(self._field))
        if same := self._index.same(signature, before=before):
            return self._verdict("exact_duplicate", 1.0, 1.0, same[0])
        threshold = self._index.threshold
        if threshold is None:
            return Verdict(passed=True, score=1.0)
        candidates = self._index.candidates(signature, before=before)
        nearest = max(candidates, key=lambda c: (c.jaccard, -c.row), default=NONE)
        if nearest.reaches(threshold):
            return self._verdict("near_duplicate", nearest.jaccard, float(threshold), nearest.row)
        return Verdict(
            passed=True,
            score=1.0 - nearest.jaccard,
            measured=nearest.jaccard,
            threshold=self.config.near_jaccard,
        )

    def candidates(self, signature: TextSignature, *, before: int | None = None) -> list[Candidate]:
        """The rows that may be near-duplicates of it, each with its similarity; see `NearDuplicates.candidates`."""
        return self._index.candidates(signature, before=before)

    def add(self, signature: TextSignature | None, sequence: int) -> None:
        """Takes an accepted row in; sequence numbers must rise."""
        if signature is None:
            raise ValueError(f"row {sequence} has no field {self._field} and can't have been accepted")
        if sequence <= self._latest:
            raise ValueError(f"row {sequence} comes after row {self._latest}")
        self._index.add(signature, sequence)
        self._latest = sequence

    def notices(self) -> Sequence[str]:
        """Seeds that lack the field and so aren't compared, and a threshold too low for the bands to find."""
        notices = []
        if self._seeds_without_field:
            notices.append(
                f"{self._seeds_without_field} of {len(self.inputs.seeds)} seeds have no field {self._field} "
                "and aren't compared"
            )
        found = self._index.bands.detection(self.config.near_jaccard or 1.0)
        if found < MIN_DETECTION:
            notices.append(
                f"at near_jaccard {self.config.near_jaccard} only {found:.0%} of the pairs exactly at the "
                f"threshold are found with {self.config.permutations} permutations; raise permutations"
            )
        return notices

    def _add_seeds(self, seeds: Sequence[Seed]) -> None:
        texts = [self._field.of_seed(seed) for seed in seeds]
        self._seeds = [seed for seed, text in zip(seeds, texts, strict=True) if text is not None]
        self._seeds_without_field = len(seeds) - len(self._seeds)
        for signature in self._index.sign([text for text in texts if text is not None]):
            self._index.add(signature, SEED_SEQUENCE)

    def _verdict(self, reason: str, measured: float, threshold: float, row: int) -> Verdict:
        sequence = self._index.sequence(row)
        evidence = f"seed {self._seeds[row].id}" if sequence == SEED_SEQUENCE else f"row {sequence}"
        return Verdict(
            passed=False,
            score=1.0 - measured,
            reason=reason,
            measured=measured,
            threshold=threshold,
            evidence=evidence,
        )
