"""The most similar texts of a growing pool by ROUGE-L, exactly, without comparing with all of them.

ROUGE-L F1 of two texts of m and n words is 2 * LCS / (m + n) (Lin 2004, section 3, with equal weights). The longest
common subsequence can't be longer than the number of words shared, counted with repetitions. That number comes for all
pool texts at once from the lists of texts per word; the bound 2 * shared / (m + n) is then verified best first, until
no bound left can beat what was found. On real texts that takes one to three LCS computations per query.

numpy and rapidfuzz are imported on first use; plugins that use this depend on `datagen-core[rouge]`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_UNKNOWN = 0
"""The code of words that no pool text has; the pool's words are numbered from 1."""


@dataclass(frozen=True, slots=True)
class Match:
    """A pool text and how alike it is: F1 = 2 * `common` / `total`.

    Attributes:
        row: Its place in the index, from 0.
        sequence: The number it was added with.
        common: Words in common: in order for ROUGE-L, in any order for bags of words.
        total: Words of both texts together; 0 where neither has any.
    """

    row: int
    sequence: int
    common: int
    total: int

    @property
    def f1(self) -> float:
        """In [0, 1]; two texts without words are alike (1.0)."""
        return 2 * self.common / self.total if self.total else 1.0


class RougeIndex:
    """A pool of texts, given as words, that answers which of them are most like a new one.

    It takes about 8 bytes per word and 30 per text, and some 300 per distinct word.

    Example:
        >>> index = RougeIndex()
        >>> index.add("write a long poem about the sea".split(), sequence=0)
        >>> index.best("write a short poem about the winter sea".split()).f1
        0.8
    """

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._words: list[str] = [""]
        self._rows_of: list[array[int]] = [array("i")]
        self._repeats_of: dict[int, tuple[array[int], array[int]]] = {}
        self._wordless = array("i")
        self._lengths = array("i")
        self._sequences = array("q")
        self._texts = array("I")
        self._ends = array("q", [0])

    def __len__(self) -> int:
        return len(self._sequences)

    def add(self, words: Sequence[str], sequence: int) -> None:
        """Takes a text in. Sequence numbers must not fall (ValueError); several texts may bear the same."""
        if self._sequences and sequence < self._sequences[-1]:
            raise ValueError(f"text {sequence} comes after text {self._sequences[-1]}")
        row = len(self._sequences)
        codes = [self._code(word) for word in words]
        for code, count in Counter(codes).items():
            self._rows_of[code].append(row)
            if count > 1:
                rows, more = self._repeats_of.setdefault(code, (array("i"), array("i")))
                rows.append(row)
                more.append(count - 1)
        if not codes:
            self._wordless.append(row)
        self._lengths.append(len(codes))
        self._sequences.append(sequence)
        self._texts.extend(codes)
        self._ends.append(len(self._texts))

    def query(self, words: Sequence[str], before: int | None = None) -> Query:
        """A text laid against the pool; with `before`, only against texts of a lower sequence number."""
        rows = len(self._sequences) if before is None else bisect_left(self._sequences, before)
        return Query(self, words, rows)

    def best(self, words: Sequence[str], before: int | None = None) -> Match | None:
        """The most similar text by ROUGE-L, None where none shares a word."""
        return self.query(words, before).best()

    def most_similar(self, words: Sequence[str], k: int = 10, before: int | None = None) -> list[Match]:
        """The k most similar texts by ROUGE-L, best first; fewer where fewer share a word."""
        return self.query(words, before).most_similar(k)

    def words(self, row: int) -> list[str]:
        """The words of a pool text."""
        return [self._words[code] for code in self.text(row)]

    def text(self, row: int) -> array[int]:
        """The words of a pool text as codes."""
        return self._texts[self._ends[row] : self._ends[row + 1]]

    def sequence(self, row: int) -> int:
        """The sequence number a pool text was added with."""
        return self._sequences[row]

    def encode(self, words: Sequence[str]) -> array[int]:
        """The codes of words; all that the pool doesn't know have one code, which no pool text holds."""
        return array("I", [self._codes.get(word, _UNKNOWN) for word in words])

    def bounds(self, shared: NDArray[np.int64], words: int) -> NDArray[np.float64]:
        """The F1 that each of the first texts can reach at most with a text of so many words, given the shared ones."""
        import numpy as np

        bounds: NDArray[np.float64] = shared / (
            np.frombuffer(self._lengths, dtype=np.intc)[: len(shared)] + words
        )
        bounds *= 2
        return bounds

    def shared(self, codes: array[int], rows: int) -> NDArray[np.int64]:
        """How many words each of the first texts shares with these, counted with repetitions."""
        import numpy as np

        counts = Counter(codes)
        counts.pop(_UNKNOWN, None)
        if not counts:
            return np.zeros(rows, dtype=np.int64)
        # the buffers are copied at once: an array can't grow while numpy holds a view of it
        holders = [np.frombuffer(self._rows_of[code], dtype=np.intc) for code in counts]
        shared = np.bincount(np.concatenate(holders, dtype=np.intp), minlength=len(self._sequences))
        for code, count in counts.items():
            if count > 1 and code in self._repeats_of:
                repeating, more = (np.array(part, dtype=np.int64) for part in self._repeats_of[code])
                shared[repeating] += np.minimum(more, count - 1)
        return shared[:rows]

    def first_wordless(self, rows: int) -> int | None:
        """The first text without words among the first texts, if there is one."""
        return self._wordless[0] if self._wordless and self._wordless[0] < rows else None

    def _code(self, word: str) -> int:
        code = self._codes.get(word)
        if code is None:
            code = self._codes[word] = len(self._words)
            self._words.append(word)
            self._rows_of.append(array("i"))
        return code


class Query:
    """One text laid against the first `rows` texts of an index; valid until the index grows."""

    def __init__(self, index: RougeIndex, words: Sequence[str], rows: int) -> None:
        self._index = index
        self._codes = index.encode(words)
        self._rows = rows

    def best(self) -> Match | None:
        """The most similar text by ROUGE-L, None where none shares a word."""
        return next(iter(self.most_similar(1)), None)

    def best_bag(self) -> Match | None:
        """The most similar text by words whatever their order: F1 of the multisets; None where none is shared."""
        if not self._codes:
            return self._wordless()
        row = int(self._bounds.argmax()) if self._rows else 0
        return self._match(row, int(self._shared[row])) if self._rows and self._shared[row] else None

    def most_similar(self, k: int) -> list[Match]:
        """The k most similar texts by ROUGE-L, best first; fewer where fewer share a word."""
        import numpy as np

        if not self._codes:
            wordless = self._wordless()
            return [wordless] if wordless else []
        found: list[Match] = []
        for row in self._promising(k):
            found.append(self._match(row, self._lcs(row)))
        found.sort(key=_best_first)
        worst = found[-1].f1 if len(found) == k else 0.0
        seen = {match.row for match in found}
        rest = np.flatnonzero(self._bounds > worst)
        for row in rest[np.argsort(-self._bounds[rest], kind="stable")].tolist():
            if len(found) == k and self._bounds[row] <= found[-1].f1:
                break
            if row not in seen:
                found = sorted([*found, self._match(row, self._lcs(row))], key=_best_first)[:k]
        return [match for match in found if match.common]

    @cached_property
    def _shared(self) -> NDArray[np.int64]:
        return self._index.shared(self._codes, self._rows)

    @cached_property
    def _bounds(self) -> NDArray[np.float64]:
        return self._index.bounds(self._shared, len(self._codes))

    def _promising(self, k: int) -> list[int]:
        """The rows of the k highest bounds, in no order."""
        if self._rows <= k:
            return list(range(self._rows))
        if k == 1:
            return [int(self._bounds.argmax())]
        import numpy as np

        rows: list[int] = np.argpartition(self._bounds, -k)[-k:].tolist()
        return rows

    def _lcs(self, row: int) -> int:
        from rapidfuzz.distance import LCSseq

        return LCSseq.similarity(self._codes, self._index.text(row)) if self._shared[row] else 0

    def _match(self, row: int, common: int) -> Match:
        total = len(self._codes) + len(self._index.text(row))
        return Match(row, self._index.sequence(row), common, total)

    def _wordless(self) -> Match | None:
        row = self._index.first_wordless(self._rows)
        return None if row is None else self._match(row, 0)


def _best_first(match: Match) -> tuple[float, int]:
    return -match.f1, match.row
