"""Rows as questions and answers: which passages they cite, and what these say."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datagen_core.inputs import Inputs, Seed
from datagen_core.nothing import EMPTY
from datagen_core.row_forms import is_own
from datagen_core.sample import Sample
from datagen_core.sources import Sources, chunk_ids

_MARKS = re.compile(r"(?:[ \t]+\[\d{1,2}\])+(?=\s|[.,;:!?。]|\Z)")
FALSE = frozenset({"false", "0", "no"})


@dataclass(frozen=True, slots=True)
class QA:
    """A question and its answer.

    Attributes:
        question: Without the passages that an input may hold.
        answer: Without marks of citation; of an answer that reasons first, what it comes to.
        source: The text of what it cites; None where it cites nothing that is there.
        cited: The chunks that it cites and that are there.
        asked: Of those, the ones that it asks about: one alone where it says which.
        unknown: Whether it cites chunks of which none is there.
        at: Where in the document its answer stands, in characters; None where it doesn't say.
        is_answerable: Whether the passages should answer it.
        kind: Its type of question; "" where it says none.
    """

    question: str
    answer: str
    source: str | None
    cited: tuple[Seed, ...]
    asked: tuple[Seed, ...]
    unknown: bool
    at: int | None
    is_answerable: bool
    kind: str

    @property
    def is_checked(self) -> bool:
        """Whether its answer can be looked up: there is one, it should be in the source, and the source is there."""
        return self.source is not None and self.is_answerable and any(map(str.isalnum, self.answer))


def questions_of(samples: Sequence[Sample], inputs: Inputs) -> Iterator[QA]:
    """The rows that ask something, in order."""
    sources, chunks = Sources(inputs), {chunk.id: chunk for chunk in inputs.chunks}
    for sample in samples:
        noted = _noted(sample, inputs, chunks)
        question = str(noted.get("question") or sample.input)
        if not any(map(str.isalnum, question)):
            continue
        told = sources.cited(sample)
        ids = chunk_ids(told)
        cited = tuple(chunks[one] for one in ids if one in chunks)
        origin = chunks.get(str(told.get("chunk_id", "")))
        yield QA(
            question=question,
            answer=_MARKS.sub("", str(noted.get("final_answer") or sample.response)).strip(),
            source=sources.cited_text(sample) or _made_of(sample, chunks),
            cited=cited,
            asked=cited if origin is None else (origin,),
            unknown=bool(ids) and not cited and origin is None,
            at=_start_of(told.get("source_span")),
            is_answerable=str(told.get("answerable", noted.get("answerable"))).lower() not in FALSE,
            kind=str(noted.get("question_type") or ""),
        )


def _made_of(sample: Sample, chunks: Mapping[str, Seed]) -> str | None:
    """The text of the chunks among a row's parents."""
    found = [chunks[one].text for one in sample.trace.parents if one in chunks]
    return "\n\n".join(found) or None


def _start_of(span: Any) -> int | None:
    is_span = isinstance(span, list | tuple) and len(span) == 2 and all(isinstance(end, int) for end in span)
    return span[0] if is_span else None


def _noted(sample: Sample, inputs: Inputs, chunks: Collection[str]) -> Mapping[str, Any]:
    """What is known of a row: what its method noted; of one that was read from a file, its columns too."""
    found: dict[str, Any] = {}
    for one in (*reversed(sample.trace.parents), sample.id):
        seed = inputs.source(one)
        row = EMPTY if seed is None or one in chunks else seed.row
        told = row["metadata"].get("method") if is_own(row) else row
        found |= told if isinstance(told, Mapping) else {}
    return {**found, **sample.metadata.method, **sample.fields}
