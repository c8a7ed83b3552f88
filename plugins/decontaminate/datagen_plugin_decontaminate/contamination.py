"""What a row shares with benchmarks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datagen_plugin_decontaminate.index import Index
from datagen_plugin_decontaminate.ngrams import Ngrams, Tokenised


@dataclass(frozen=True, slots=True)
class Contamination:
    """Hits of a row, told without a word of the benchmark.

    Attributes:
        benchmark, item_id: The item with most of them.
        ngram_hash: Of the first one in that item, 16 hexadecimal digits.
        n_hits: How many n-grams of the row are in any benchmark; 1 where a short item is equal.
        part: In which part of the row the first one lies, by number; None: the parts taken together.
        start, end: Where in that part, in characters.
        is_whole: Whether a part, or all of the row, equals an item too short for an n-gram.
    """

    benchmark: str
    item_id: str
    ngram_hash: str
    n_hits: int
    part: int | None
    start: int
    end: int
    is_whole: bool = False

    def evidence(self, names: Sequence[str]) -> str:
        """As JSON; `names` are those of the row's parts."""
        at = None if self.part is None else f"{names[self.part]} {self.start}–{self.end}"
        told = {
            "benchmark": self.benchmark,
            "item_id": self.item_id,
            "ngram_hash": self.ngram_hash,
            "n_hits": self.n_hits,
            "at": at or "all parts together",
        }
        return json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


class Detector:
    """Finds what rows share with benchmarks; each row by itself."""

    def __init__(self, index: Index, *, short_items: bool) -> None:
        self._index, self._short_items = index, short_items

    def contamination(self, parts: Sequence[str]) -> Contamination | None:
        """Of a row's parts; None where nothing is shared.

        N-grams lie within a part, or across parts where the benchmark's item has a border between two of its own
        fields in the same place. A short item is equal to a part, or to all parts one after the other.
        """
        row = Tokenised(parts, self._index.length)
        return self._shared(row.ngrams()) or (self._equal(row, parts) if self._short_items else None)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the n-grams that one text shares begin and end, in characters and in order."""
        found = Tokenised([text], self._index.length).ngrams()
        hit, _ = self._index.ngrams.find(found.hashes)
        return list(zip(found.starts[hit].tolist(), found.ends[hit].tolist(), strict=True))

    def _shared(self, found: Ngrams) -> Contamination | None:
        is_hit, items = self._index.ngrams.find(found.hashes)
        hits = np.flatnonzero(is_hit)
        if not len(hits):
            return None
        numbers, counts = np.unique(items[hits], return_counts=True)
        item = int(numbers[counts.argmax()])
        at = int(hits[items[hits] == item][0])
        benchmark, name = self._index.names[item]
        part = int(found.first_parts[at])
        end = int(found.ends[at]) if found.last_parts[at] == part else -1
        return Contamination(
            benchmark, name, f"{int(found.hashes[at]):016x}", len(hits), part, int(found.starts[at]), end
        )

    def _equal(self, row: Tokenised, parts: Sequence[str]) -> Contamination | None:
        whole = [(None, 0, None)] if len(row.ranges) > 1 else []
        for part, begin, end in (*row.ranges, *whole):
            if not row.is_short(begin, end):
                continue
            value = row.whole(begin, end)
            found, items = self._index.wholes.find(np.array([value], np.uint64))
            if found[0]:
                benchmark, name = self._index.names[int(items[0])]
                last = 0 if part is None else len(parts[part])
                return Contamination(benchmark, name, f"{value:016x}", 1, part, 0, last, is_whole=True)
        return None
