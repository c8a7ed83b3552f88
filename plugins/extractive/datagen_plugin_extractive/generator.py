"""The arm: the target spread over chunks exactly, each row a question with its literal answer."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

from datagen_core import GenerateRequest, Generator, InputError, Inputs, Rejection, Sample
from datagen_core.documents import Spread, chunks_to_ask_about, headings_at
from datagen_plugin_extractive.cloze import cloze
from datagen_plugin_extractive.config import ExtractiveConfig
from datagen_plugin_extractive.definitions import definitions
from datagen_plugin_extractive.headings import headings
from datagen_plugin_extractive.lists import lists
from datagen_plugin_extractive.passage import Candidate, Passage, passages
from datagen_plugin_extractive.sentences import words

RULES: Mapping[str, Callable[[Passage, int], Iterator[Candidate]]] = {
    "definitions": definitions,
    "headings": headings,
    "lists": lists,
    "cloze": cloze,
}


TYPES = {"definitions": "definition", "headings": "section", "lists": "list", "cloze": "cloze"}
"""Kind → the type of question that rows note, by the names that other arms use."""


class Extractive(Generator[ExtractiveConfig]):
    """Asks about documents what a literal span of them answers.

    The run's target is spread over the chunks in proportion to their words: floors, then the largest
    remainders; none above `max_per_chunk` or above the questions it has, and what that cuts off is handed
    round again. A batch asks each chunk for what it still lacks, so a row that a validator refuses is made
    good by the next question of the same chunk. Questions tried before are not asked again.
    """

    def __init__(self, config: ExtractiveConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        chunks = chunks_to_ask_about(inputs)
        self._candidates = _distinct(passages(chunks), config)
        self._weights = [words(chunk.text) if config.weight == "words" else 1 for chunk in chunks]
        if not any(self._candidates):
            raise InputError(
                f"nothing in {len(chunks)} chunks gives a question of the kinds {', '.join(config.kinds)}",
                where="documents",
                expected="prose with definitions, sections, lists, or sentences that hold code, numbers or names",
                hint="allow more kinds:, or a wider range of min_chars: to max_chars:",
            )

    def labels(self) -> frozenset[str]:
        """None: questions and answers have no class."""
        return frozenset()

    def notices(self) -> Sequence[str]:
        """What limits it: too few questions, chunks without any, languages other than English."""
        found = sum(map(len, self._candidates))
        empty = sum(not found for found in self._candidates)
        said = [f"{found:,} questions can be asked about {len(self._candidates):,} chunks"]
        if empty:
            said[0] += f" (none about {empty:,} of them)"
        if set(self.inputs.languages) - {"en"}:
            said.append("questions are phrased in English; 'X is a …' is only found in English text")
        return said

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """A question with its answer for each row wanted; one rejection says why where there are fewer."""
        wanted = request.wanted()
        for label in wanted:
            if label is not None:
                yield request.reject(
                    "no_labels", "answers are spans of a document, without a class", measured=label
                )
        n = wanted.count(None)
        made = 0
        order = _Order(self, request)
        for index in order.spread.drawn(n, request.origin):
            candidate = order.next(index)
            if candidate is not None:
                made += 1
                yield self._row(request, index, candidate)
        if made < n:
            yield request.refuse(order.spread.refusal(made, n))

    def _row(self, request: GenerateRequest, index: int, candidate: Candidate) -> Sample:
        chunk = self.inputs.chunks[index]
        offset = chunk.row["start"]
        answer = chunk.text[candidate.start - offset : candidate.end - offset]
        return request.sample(
            input=candidate.question,
            response=answer,
            parents=[chunk],
            params={"kind": candidate.kind},
            method={
                "question": candidate.question,
                "answer_original": answer,
                "chunk_id": chunk.id,
                "source_span": [candidate.start, candidate.end],
                "document": chunk.row["document"],
                "headings": headings_at(chunk, candidate.start),
                "question_type": TYPES[candidate.kind],
            },
        )


class _Order:
    """What one batch asks of which chunk."""

    def __init__(self, arm: Extractive, request: GenerateRequest) -> None:
        self._request = request
        self._ids = [chunk.id for chunk in arm.inputs.chunks]
        self._all = arm._candidates
        accepted = request.pool.sources()
        tried = request.pool.tried(request.origin.arm)
        left = [
            max(0, len(found) - tried.get(identity, 0))
            for identity, found in zip(self._ids, self._all, strict=True)
        ]
        self.spread = Spread.of(
            request.context.num_samples,
            arm._weights,
            [accepted.get(identity, 0) for identity in self._ids],
            left,
            most=arm.config.max_per_chunk,
        )
        self._drawn: dict[int, list[Candidate]] = {}

    def next(self, index: int) -> Candidate | None:
        """A question of a chunk that wasn't tried yet; None when there is none."""
        if index not in self._drawn:
            self._drawn[index] = self._untried(index)
        return self._drawn[index].pop() if self._drawn[index] else None

    def _untried(self, index: int) -> list[Candidate]:
        """In random order, the kinds in turn."""
        request, found = self._request, self._all[index]
        before = request.pool.tried_inputs(request.origin.arm, self._ids[index])
        return _by_turns([c for c in found if c.question not in before], request.rng)


def _by_turns(candidates: Sequence[Candidate], rng: random.Random) -> list[Candidate]:
    shuffled = rng.sample(candidates, len(candidates))
    kinds = list(dict.fromkeys(candidate.kind for candidate in shuffled))
    rng.shuffle(kinds)
    turn: Counter[str] = Counter()
    placed = []
    for candidate in shuffled:
        turn[candidate.kind] += 1
        placed.append((turn[candidate.kind], kinds.index(candidate.kind), candidate))
    placed.sort(key=lambda item: item[:2], reverse=True)  # taken from the end
    return [candidate for _, _, candidate in placed]


def _distinct(found: Sequence[Passage], config: ExtractiveConfig) -> list[tuple[Candidate, ...]]:
    """Each passage's candidates; a question is asked once, and a span answers once."""
    questions: set[str] = set()
    out = []
    for passage in found:
        spans: set[tuple[int, int]] = set()
        kept = []
        for kind in RULES:
            if kind not in config.kinds:
                continue
            for candidate in RULES[kind](passage, config.max_chars):
                span = (candidate.start, candidate.end)
                fits = config.min_chars <= span[1] - span[0] <= config.max_chars
                if fits and span not in spans and candidate.question not in questions:
                    spans.add(span)
                    questions.add(candidate.question)
                    kept.append(candidate)
        out.append(tuple(kept))
    return out
