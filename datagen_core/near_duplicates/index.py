"""The index of texts that rows are compared with, and the signatures by which that is done."""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from datagen_core.errors import PluginError
from datagen_core.near_duplicates.key_table import KeyTable
from datagen_core.near_duplicates.minhash import ALGORITHM_VERSION, band_keys, bands_for
from datagen_core.near_duplicates.normalise import USUAL_FORM, Form, normalise
from datagen_core.near_duplicates.shingles import hash_shingles, jaccard, sketches


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
    """A text that may be a near-duplicate: `shared` of `union` shingles are common to both."""

    row: int
    sequence: int
    shared: int
    union: int

    @property
    def jaccard(self) -> float:
        """Similarity in [0, 1]; an estimate where either text has more than `SKETCH` shingles."""
        return self.shared / self.union

    def reaches(self, threshold: Fraction) -> bool:
        """Whether the similarity is at the threshold or above, in whole numbers."""
        return self.shared * threshold.denominator >= self.union * threshold.numerator


class NearDuplicates:
    """Texts by sequence number, rising; found again by their normalised form, or by Jaccard similarity of shingles.

    Args:
        near_jaccard: The similarity from which on two texts are near-duplicates, in (0, 1]; None: exact ones only.
        shingle_chars: Characters of a shingle; texts that are shorter have exact duplicates only.
        permutations: MinHash values, cut into bands: more find more of the pairs at a low threshold.
        form: What two texts may differ in and be the same.
    """

    def __init__(
        self,
        near_jaccard: float | None = 0.8,
        *,
        shingle_chars: int = 5,
        permutations: int = 128,
        form: Form = USUAL_FORM,
    ) -> None:
        self.threshold = None if near_jaccard is None else Fraction(str(near_jaccard))
        self.bands = bands_for(near_jaccard or 1.0, permutations)
        self._shingle_chars, self._permutations, self._form = shingle_chars, permutations, form
        self._exact_table = KeyTable()
        self._band_table = KeyTable(np.uint32)
        self._sequences = array("q")
        self._shingles = array("i")
        self._sketches = array("I")
        self._sketch_ends = array("q", [0])

    def __len__(self) -> int:
        return len(self._sequences)

    def sign(self, texts: Sequence[str]) -> list[TextSignature]:
        """One signature for each text; reads no index."""
        forms = [normalise(text, self._form) for text in texts]
        if self.threshold is None:
            return [TextSignature(_hash(form)) for form in forms]
        hashes, offsets = hash_shingles(forms, self._shingle_chars)
        keys = band_keys(hashes, offsets, self._permutations, self.bands)
        return [
            TextSignature(_hash(form), row.tobytes(), kept.tobytes(), count)
            if count
            else TextSignature(_hash(form))
            for form, row, (kept, count) in zip(forms, keys, sketches(hashes, offsets), strict=True)
        ]

    def add(self, signature: TextSignature, sequence: int) -> int:
        """Takes a text in and returns its row; sequence numbers must not fall."""
        _check_algorithm(signature)
        row = len(self._sequences)
        self._exact_table.add(np.array([signature.exact], dtype=np.uint64), row)
        self._band_table.add(np.frombuffer(signature.bands, dtype=np.uint32), row)
        self._sequences.append(sequence)
        self._shingles.append(signature.shingles)
        self._sketches.frombytes(signature.sketch)
        self._sketch_ends.append(len(self._sketches))
        return row

    def same(self, signature: TextSignature, *, before: int | None = None) -> list[int]:
        """The rows whose normalised text is equal, in order; with `before`, of a lower sequence number."""
        _check_algorithm(signature)
        rows = self._exact_table.rows(np.array([signature.exact], dtype=np.uint64))
        found: list[int] = rows[rows < self._rows_before(before)].tolist()
        return found

    def candidates(self, signature: TextSignature, *, before: int | None = None) -> list[Candidate]:
        """The rows that share a band and have about as many shingles, in order, each with its similarity.

        Rows whose numbers of shingles alone keep them under the threshold are left out: J <= fewer / more.
        """
        if self.threshold is None:
            return []
        _check_algorithm(signature)
        rows = self._band_table.rows(np.frombuffer(signature.bands, dtype=np.uint32))
        rows = rows[rows < self._rows_before(before)]
        if not len(rows):
            return []
        shingles = np.frombuffer(self._shingles, dtype=np.intc)[rows].astype(np.int64)
        fewer, more = np.minimum(shingles, signature.shingles), np.maximum(shingles, signature.shingles)
        rows = rows[fewer * self.threshold.denominator >= more * self.threshold.numerator]
        own = np.frombuffer(signature.sketch, dtype=np.uint32)
        return [
            Candidate(row, self._sequences[row], *jaccard(own, self._sketch(row))) for row in rows.tolist()
        ]

    def sequence(self, row: int) -> int:
        """The sequence number that a row was added with."""
        return self._sequences[row]

    def _rows_before(self, before: int | None) -> int:
        return len(self._sequences) if before is None else bisect_left(self._sequences, before)

    def _sketch(self, row: int) -> NDArray[np.uint32]:
        return np.array(self._sketches[self._sketch_ends[row] : self._sketch_ends[row + 1]], dtype=np.uint32)


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
