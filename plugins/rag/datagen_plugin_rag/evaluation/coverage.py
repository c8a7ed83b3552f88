"""What of the documents is asked about, and what isn't."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from datagen_core.documents import headings_at, tokens_of
from datagen_core.inputs import Seed
from datagen_plugin_rag.evaluation.rows import QA

NO_HEADING = "(no heading)"


@dataclass(frozen=True, slots=True)
class Part:
    """A document, or what stands under one of its headings: its share of the tokens, and of the rows."""

    name: str
    tokens: int
    wanted: float
    rows: float
    got: float

    @property
    def lacking(self) -> float:
        """How much of the rows it should have more, by its tokens; below 0 where it has too many."""
        return self.wanted - self.got


class Coverage:
    """Counts rows by the chunks that they ask about; one that asks about several counts for each in part."""

    def __init__(self, rows: Sequence[QA], chunks: Sequence[Seed]) -> None:
        self._chunks = chunks
        self._tokens = {chunk.id: tokens_of(chunk) for chunk in chunks}
        self._rows: dict[str, float] = defaultdict(float)
        self._places: dict[str, list[int]] = defaultdict(list)
        for row in rows:
            for chunk in row.asked:
                self._rows[chunk.id] += 1 / len(row.asked)
            if len(row.asked) == 1 and row.at is not None:
                self._places[row.asked[0].id].append(row.at)

    def metrics(self) -> dict[str, float]:
        """Shares of chunks, documents and headings that are asked about, and how unevenly; nothing without chunks.

        `document_imbalance`: half the sum of the differences between each document's share of the tokens and of the
        rows: 0 where rows are spread as the text is, 1 at worst. Left out where no row says what it asks about.
        """
        if not self._chunks:
            return {}
        documents, headings = self.documents(), self.headings()
        found = {
            "chunk_coverage": sum(chunk.id in self._rows for chunk in self._chunks) / len(self._chunks),
            "document_coverage": sum(part.rows > 0 for part in documents) / len(documents),
            "heading_coverage": sum(part.rows > 0 for part in headings) / len(headings),
        }
        if self._rows:
            found["document_imbalance"] = sum(abs(part.lacking) for part in documents) / 2
        return found

    def documents(self) -> list[Part]:
        """Each document, what lacks most first."""
        each = ((_document(one), self._tokens[one.id], self._rows.get(one.id, 0.0)) for one in self._chunks)
        return _parts(each)

    def headings(self) -> list[Part]:
        """Each document's headings of the highest level below its title, what lacks most first.

        A row counts where its answer stands; one that doesn't say where for each heading of its chunk, by its length.
        """
        return _parts(part for chunk in self._chunks for part in self._sections(chunk))

    def _sections(self, chunk: Seed) -> Iterator[tuple[str, float, float]]:
        """Under which headings a chunk stands: name, tokens and rows of each."""
        lengths: Counter[str] = Counter()
        for block in chunk.row.get("blocks") or ():
            lengths[_heading(block.headings, chunk)] += block.end - block.start
        lengths = lengths or Counter({_heading(chunk.row.get("headings") or (), chunk): 1})
        placed = Counter(_heading(headings_at(chunk, at), chunk) for at in self._places[chunk.id])
        spread = self._rows.get(chunk.id, 0.0) - placed.total()
        for name in {**lengths, **placed}:
            share = lengths[name] / (lengths.total() or 1)
            yield (
                f"{_document(chunk)} › {name}",
                self._tokens[chunk.id] * share,
                spread * share + placed[name],
            )

    def never_asked(self) -> list[Seed]:
        """Chunks that no row asks about, the longest first."""
        left = [chunk for chunk in self._chunks if chunk.id not in self._rows]
        return sorted(left, key=lambda chunk: (-self._tokens[chunk.id], chunk.id))

    def tokens(self, chunk: Seed) -> int:
        """Those of a chunk."""
        return self._tokens[chunk.id]


def _parts(each: Iterable[tuple[str, float, float]]) -> list[Part]:
    """What has a name, tokens and rows, by its name."""
    tokens: dict[str, float] = defaultdict(float)
    rows: dict[str, float] = defaultdict(float)
    for name, length, given in each:
        tokens[name] += length
        rows[name] += given
    all_tokens, all_rows = sum(tokens.values()) or 1, sum(rows.values()) or 1
    parts = [
        Part(name, round(tokens[name]), tokens[name] / all_tokens, given, given / all_rows)
        for name, given in rows.items()
    ]
    return sorted(parts, key=lambda part: (-part.lacking, part.name))


def _document(chunk: Seed) -> str:
    return str(chunk.row.get("document") or "(no name)")


def _heading(path: Sequence[str], chunk: Seed) -> str:
    names = [str(name) for name in path]
    if names and names[0] == chunk.row.get("title"):
        names = names[1:]
    return names[0] if names else NO_HEADING
