"""The deduplication validator: exact after normalisation, then near-duplicates by MinHash-LSH, verified."""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from datagen_core import Inputs, PluginError, PoolValidator, Sample, Seed, Verdict
from datagen_core.text_field import TextField
from datagen_plugin_dedup.config import DedupConfig
from datagen_plugin_dedup.key_table import KeyTable
from datagen_plugin_dedup.minhash import ALGORITHM_VERSION, MIN_DETECTION, band_keys, bands_for
from datagen_plugin_dedup.normalise import normalise
from datagen_plugin_dedup.shingles import hash_shingles, jaccard, sketches

SEED_SEQUENCE = -1


@dataclass(frozen=True, slots=True)
class TextSignature:
    """A text as it is compared: the hash of its normalised form, its band keys and its sketch, as bytes.

    `bands` and `sketch` are empty for a text shorter than a shingle, or when only exact duplicates count.
    """

    exact: int
    bands: bytes = b""
    sketch: bytes = b""
    shingles: int = 0
    algorithm: int = ALGORITHM_VERSION


@dataclass(frozen=True, slots=True)
class Candidate:
    """An accepted row or seed that may be a near-duplicate: `shared` of `union` shingles are common to both."""

    row: int
    sequence: int
    shared: int
    union: int

    @property
    def jaccard(self) -> float:
        """Similarity in [0, 1]; an estimate where either text has more than `SKETCH` shingles."""
        return self.shared / self.union


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
        self._threshold = None if config.near_jaccard is None else Fraction(str(config.near_jaccard))
        self._bands = bands_for(config.near_jaccard or 1.0, config.permutations)
        self._exact_table = KeyTable()
        self._band_table = KeyTable(np.uint32)
        self._sequences = array("q")
        self._shingles = array("i")
        self._sketches = array("I")
        self._sketch_ends = array("q", [0])
        self._seeds: list[Seed] = []
        self._seeds_without_field = 0
        if config.against_seeds:
            self._add_seeds(inputs.seeds)

    def sign(self, samples: Sequence[Sample]) -> Sequence[TextSignature | None]:
        """One signature per row, None where the row has no such field.

        Raises:
            InputError: when none of the rows has the field.
        """
        texts = self._field.texts(samples)
        signed = iter(self._sign_texts([text for text in texts if text is not None]))
        return [None if text is None else next(signed) for text in texts]

    def judge(self, signature: TextSignature | None, *, before: int | None = None) -> Verdict:
        """The verdict against seeds and accepted rows; changes nothing."""
        if signature is None:
            return Verdict(passed=False, reason="missing_field", measured="no field " + str(self._field))
        _check_algorithm(signature)
        same = self._exact_table.rows(np.array([signature.exact], dtype=np.uint64))
        if len(same) and same[0] < self._rows_before(before):
            return self._verdict("exact_duplicate", 1.0, 1.0, int(same[0]))
        if self._threshold is None:
            return Verdict(passed=True, score=1.0)
        candidates = self.candidates(signature, before=before)
        nearest = max(candidates, key=lambda c: (c.jaccard, -c.row), default=NONE)
        if nearest.shared * self._threshold.denominator >= nearest.union * self._threshold.numerator:
            return self._verdict("near_duplicate", nearest.jaccard, float(self._threshold), nearest.row)
        return Verdict(
            passed=True,
            score=1.0 - nearest.jaccard,
            measured=nearest.jaccard,
            threshold=self.config.near_jaccard,
        )

    def candidates(self, signature: TextSignature, *, before: int | None = None) -> list[Candidate]:
        """The rows that share a band and have about as many shingles, in order, each with its similarity.

        Rows whose numbers of shingles alone keep them under the threshold are left out: J <= fewer / more.
        """
        if self._threshold is None:
            return []
        rows = self._band_table.rows(np.frombuffer(signature.bands, dtype=np.uint32))
        rows = rows[rows < self._rows_before(before)]
        if not len(rows):
            return []
        shingles = np.frombuffer(self._shingles, dtype=np.intc)[rows].astype(np.int64)
        fewer, more = np.minimum(shingles, signature.shingles), np.maximum(shingles, signature.shingles)
        rows = rows[fewer * self._threshold.denominator >= more * self._threshold.numerator]
        own = np.frombuffer(signature.sketch, dtype=np.uint32)
        return [
            Candidate(row, self._sequences[row], *jaccard(own, self._sketch(row))) for row in rows.tolist()
        ]

    def add(self, signature: TextSignature | None, sequence: int) -> None:
        """Takes an accepted row in; sequence numbers must rise."""
        if signature is None:
            raise ValueError(f"row {sequence} has no field {self._field} and can't have been accepted")
        if self._sequences and sequence <= self._sequences[-1]:
            raise ValueError(f"row {sequence} comes after row {self._sequences[-1]}")
        _check_algorithm(signature)
        self._take(signature, sequence)

    def notices(self) -> Sequence[str]:
        """Seeds that lack the field and so aren't compared, and a threshold too low for the bands to find."""
        notices = []
        if self._seeds_without_field:
            notices.append(
                f"{self._seeds_without_field} of {len(self.inputs.seeds)} seeds have no field {self._field} "
                "and aren't compared"
            )
        found = self._bands.detection(self.config.near_jaccard or 1.0)
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
        for signature in self._sign_texts([text for text in texts if text is not None]):
            self._take(signature, SEED_SEQUENCE)

    def _sign_texts(self, texts: Sequence[str]) -> list[TextSignature]:
        forms = [normalise(text, self.config) for text in texts]
        if self._threshold is None:
            return [TextSignature(_hash(form)) for form in forms]
        hashes, offsets = hash_shingles(forms, self.config.shingle_chars)
        keys = band_keys(hashes, offsets, self.config.permutations, self._bands)
        return [
            TextSignature(_hash(form), row.tobytes(), kept.tobytes(), count)
            if count
            else TextSignature(_hash(form))
            for form, row, (kept, count) in zip(forms, keys, sketches(hashes, offsets), strict=True)
        ]

    def _take(self, signature: TextSignature, sequence: int) -> None:
        row = len(self._sequences)
        self._exact_table.add(np.array([signature.exact], dtype=np.uint64), row)
        self._band_table.add(np.frombuffer(signature.bands, dtype=np.uint32), row)
        self._sequences.append(sequence)
        self._shingles.append(signature.shingles)
        self._sketches.frombytes(signature.sketch)
        self._sketch_ends.append(len(self._sketches))

    def _rows_before(self, before: int | None) -> int:
        return len(self._sequences) if before is None else bisect_left(self._sequences, before)

    def _sketch(self, row: int) -> NDArray[np.uint32]:
        return np.array(self._sketches[self._sketch_ends[row] : self._sketch_ends[row + 1]], dtype=np.uint32)

    def _verdict(self, reason: str, measured: float, threshold: float, row: int) -> Verdict:
        sequence = self._sequences[row]
        evidence = f"seed {self._seeds[row].id}" if sequence == SEED_SEQUENCE else f"row {sequence}"
        return Verdict(
            passed=False,
            score=1.0 - measured,
            reason=reason,
            measured=measured,
            threshold=threshold,
            evidence=evidence,
        )


def _hash(text: str) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def _check_algorithm(signature: TextSignature) -> None:
    if signature.algorithm != ALGORITHM_VERSION:
        raise PluginError(
            f"a signature was made by version {signature.algorithm} of rensa's MinHash",
            expected=f"version {ALGORITHM_VERSION}, as installed here",
            hint="install the same rensa wherever rows are signed",
        )
