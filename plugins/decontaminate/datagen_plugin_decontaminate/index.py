"""What benchmarks hold, as sorted hashes: built once, in any order, kept in a file, loaded by mapping it into memory.

An index has no text of the benchmarks, only 64-bit hashes, and the names that items go by.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datagen_core.errors import InputError
from datagen_plugin_decontaminate.ngrams import Hashes, Length, Tokenised

MAGIC = b"datagen-decontaminate-index-1\n"
_ALIGNED = 64
_KINDS = ("<u8", "<u4", "<u8", "<u4")
_COUNTED = ("items", "short", "wordless")
Numbers = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Item:
    """A benchmark item: the texts it consists of, in order (question, answer …), and the name it goes by."""

    benchmark: str
    id: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Hashes in rising order, each once, and for each the first item that has it."""

    hashes: Hashes
    items: Numbers

    def find(self, hashes: Hashes) -> tuple[NDArray[np.bool_], Numbers]:
        """For each hash whether it is there, and its item (where it isn't: any)."""
        if len(self.hashes) == 0:
            return np.zeros(len(hashes), np.bool_), np.zeros(len(hashes), np.uint32)
        at = np.minimum(self.hashes.searchsorted(hashes), len(self.hashes) - 1)
        return self.hashes[at] == hashes, self.items[at]


@dataclass(frozen=True, slots=True)
class Index:
    """What rows are compared with.

    Attributes:
        length: What an n-gram is.
        names: (benchmark, item id) of each item, in rising order.
        counts: Benchmark → items, those too short for an n-gram (by their first text), and those without a word.
        ngrams, wholes: N-grams of items; items that are short, as a whole and by their first text.
    """

    length: Length
    names: Sequence[tuple[str, str]]
    counts: Mapping[str, Mapping[str, int]]
    ngrams: Table
    wholes: Table

    def save(self, file: Path) -> None:
        """Writes it: the same items, the same bytes."""
        arrays = (self.ngrams.hashes, self.ngrams.items, self.wholes.hashes, self.wholes.items)
        header = json.dumps(
            {
                "words": self.length.words,
                "characters": self.length.characters,
                "counts": {name: dict(count) for name, count in self.counts.items()},
                "names": self.names,
                "lengths": [len(array) for array in arrays],
            },
            sort_keys=True,
        ).encode()
        with file.open("wb") as stream:
            stream.write(MAGIC + b"%d\n" % len(header) + header)
            for array in arrays:
                stream.write(b"\0" * (-stream.tell() % _ALIGNED))
                stream.write(array.astype(array.dtype.newbyteorder("<")).tobytes())

    @classmethod
    def load(cls, file: Path) -> Index:
        """Maps a file into memory.

        Raises:
            InputError: It is none of these, or isn't whole.
        """
        try:
            return _loaded(file)
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise InputError(
                f"not a whole index of benchmarks: {error}",
                where=str(file),
                expected="a file that build_index(…).save(FILE) wrote",
                hint="python -m datagen_plugin_decontaminate index BENCHMARK … -o FILE",
            ) from error


def build_index(items: Iterable[Item], length: Length) -> Index:
    """The index of benchmark items; their order makes no difference.

    Time and memory are linear in the text: about 12 bytes for each distinct n-gram, thrice that while it is built.
    """
    counts: dict[str, Counter[str]] = {}
    found: dict[tuple[str, str], list[tuple[Hashes, list[int]]]] = {}
    for item in items:
        row = Tokenised(item.parts, length)
        count = counts.setdefault(item.benchmark, Counter(items=0, short=0, wordless=0))
        is_short = bool(row.ranges) and row.is_short(*row.ranges[0][1:])
        count.update(items=1, short=int(is_short), wordless=int(not row.ranges))
        wholes = {row.whole(*row.ranges[0][1:])} if is_short else set()
        if row.ranges and row.is_short():
            wholes.add(row.whole())
        found.setdefault((item.benchmark, item.id), []).append((row.ngrams().hashes, sorted(wholes)))
    names = sorted(found)
    rows = [(number, pair) for number, name in enumerate(names) for pair in found[name]]
    return Index(
        length,
        names,
        {name: dict(counts[name]) for name in sorted(counts)},
        _table([(number, hashes) for number, (hashes, _) in rows]),
        _table([(number, np.array(wholes, np.uint64)) for number, (_, wholes) in rows]),
    )


def _table(found: Sequence[tuple[int, Hashes]]) -> Table:
    hashes = np.concatenate([np.zeros(0, np.uint64), *(hashes for _, hashes in found)])
    items = np.repeat(
        np.array([number for number, _ in found], np.uint32), [len(hashes) for _, hashes in found]
    )
    order = np.argsort(hashes, kind="stable")  # items rise already: of several the first stays
    hashes, items = hashes[order], items[order]
    is_first = np.concatenate(([True], hashes[1:] != hashes[:-1]))[: len(hashes)]
    return Table(hashes[is_first], items[is_first])


def _loaded(file: Path) -> Index:
    """The index in a file; nothing is allocated or mapped before the file is known to be large enough."""
    if not file.is_file():
        raise ValueError("it is no regular file" if file.exists() else "there is no such file")
    size = file.stat().st_size
    header, at = _header(file, size)
    lengths = [_number(n, most=size) for n in header["lengths"]]
    places = []
    for n, kind in zip(lengths, _KINDS, strict=True):
        at += -at % _ALIGNED
        places.append(at)
        at += n * np.dtype(kind).itemsize
    if at != size:
        raise ValueError(f"it has {size:,} bytes, not {at:,}")
    arrays = [
        np.memmap(file, kind, "r", place, n) if n else np.zeros(0, kind)
        for n, kind, place in zip(lengths, _KINDS, places, strict=True)
    ]
    names = [_name(pair) for pair in header["names"]]
    length = Length(_number(header["words"], least=1), _number(header["characters"], least=1))
    tables = (_checked(arrays[0], arrays[1], len(names)), _checked(arrays[2], arrays[3], len(names)))
    return Index(length, names, _counts(header["counts"]), *tables)


def _header(file: Path, size: int) -> tuple[dict[str, Any], int]:
    """What the file says of itself, and where its arrays begin."""
    with file.open("rb") as stream:
        if stream.readline(len(MAGIC)) != MAGIC:
            raise ValueError("it begins with something else")
        length = _number(int(stream.readline(20)), most=size - stream.tell())
        header = json.loads(stream.read(length))
        if not isinstance(header, dict):
            raise ValueError("its header is no object")
        return header, stream.tell()


def _number(value: Any, *, least: int = 0, most: int = 1 << 31) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"it has a size that can't be: {str(value)[:20]}")
    return value


def _name(pair: Any) -> tuple[str, str]:
    benchmark, item = pair
    if not isinstance(benchmark, str) or not isinstance(item, str):
        raise ValueError("a name of an item is no text")
    return benchmark, item


def _counts(found: Any) -> dict[str, dict[str, int]]:
    if not isinstance(found, dict):
        raise ValueError("its counts are no object")
    return {name: {key: _number(count[key]) for key in _COUNTED} for name, count in found.items()}


def _checked(hashes: Hashes, items: Numbers, names: int) -> Table:
    """The two columns of a table, each item one that has a name."""
    if len(hashes) != len(items) or (len(items) and int(items.max()) >= names):
        raise ValueError("it names items that it doesn't have")
    return Table(hashes, items)
