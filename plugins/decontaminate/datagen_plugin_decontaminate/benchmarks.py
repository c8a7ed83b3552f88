"""Reading benchmark items, and the index that options name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any

from datagen_core.errors import InputError
from datagen_core.inputs import Seed
from datagen_core.rows import RowsSource
from datagen_plugin_decontaminate.config import AgainstBenchmarks, Benchmark
from datagen_plugin_decontaminate.index import Index, Item, build_index
from datagen_plugin_decontaminate.ngrams import Length


def index_of(config: AgainstBenchmarks) -> Index:
    """The index that options name: loaded, or built from their benchmarks.

    Raises:
        InputError: neither is named, a file can't be read, no row has a column, an index of other n-grams.
    """
    length = Length(config.ngram, config.char_ngram)
    if config.index is None:
        if not config.benchmarks:
            raise InputError(
                "no benchmark to compare with",
                where="benchmarks",
                expected="a list of files, or an index of them",
                hint="with: {benchmarks: [{path: test.jsonl, fields: [question]}]}",
            )
        return build_index(items_of(config.benchmarks), length)
    index = Index.load(config.index.path)
    if index.length != length:
        raise InputError(
            f"the index is of {index.length.words} words and {index.length.characters} characters",
            where=str(config.index.path),
            expected=f"ngram: {length.words}, char_ngram: {length.characters}",
            hint="build it anew, or set ngram and char_ngram to what it has",
        )
    return index


def items_of(benchmarks: Iterable[Benchmark]) -> Iterator[Item]:
    """The items of files, in their order."""
    for benchmark in benchmarks:
        yield from _items(benchmark)


def _items(benchmark: Benchmark) -> Iterator[Item]:
    name = benchmark.name or benchmark.path.path.name.partition(".")[0]
    for seed in _rows(benchmark):
        parts = tuple(_text(seed.row.get(field)) for field in benchmark.fields) or (seed.text,)
        yield Item(name, _identity(benchmark, seed, parts), parts)


def _rows(benchmark: Benchmark) -> list[Seed]:
    """The rows with their columns; where fields are named, a row needn't have one text column."""
    rows = RowsSource(path=benchmark.path, record=bool(benchmark.fields)).read(labelled=True)
    wanted = (*benchmark.fields, *([benchmark.id] if benchmark.id else []))
    for column in wanted:
        if not any(column in row.row for row in rows):
            there = dict.fromkeys(name for row in rows for name in row.row)
            raise InputError(
                f"no row has the column {column!r}",
                where=str(benchmark.path.path),
                expected=f"one of {', '.join(there)}",
                hint="correct fields: or id: of this benchmark",
            )
    return rows


def _identity(benchmark: Benchmark, seed: Seed, parts: tuple[str, ...]) -> str:
    """What verdicts call an item: its id column, else a hash of its text, whatever its place in the file."""
    given = seed.row.get(benchmark.id or "id")
    if given not in (None, ""):
        return str(given)
    text = json.dumps(parts)
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _text(value: Any) -> str:
    """A column as text; of a list (choices) its members, each on a line."""
    if isinstance(value, list):
        return "\n".join(map(_text, value))
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
