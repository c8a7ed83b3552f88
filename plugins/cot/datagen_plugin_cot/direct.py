"""`cot`: question, steps and answer from a chunk, in one call."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar

from datagen_core.documents import Spread, chunks_to_ask_about, headings_at, tokens_of
from datagen_core.generator import GenerateRequest
from datagen_core.inputs import Inputs, Seed
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.row_judge import mark_around
from datagen_core.passage_references import passage_reference
from datagen_core.quoting import find_quote
from datagen_core.refusal import Refusal
from datagen_core.sample import Rejection, Sample
from datagen_core.words import words
from datagen_plugin_cot.answer_forms import DIRECT
from datagen_plugin_cot.calls import Calls
from datagen_plugin_cot.chain import Case, Chain, chain_of
from datagen_plugin_cot.config import CotConfig
from datagen_plugin_cot.faults import Fault, unparsed
from datagen_plugin_cot.reasoning import Reasoned, Reasoning, Task

KINDS = (
    "what follows where a rule or a condition is applied to a case that the question describes",
    "how two or more things differ, or which of them fits given conditions",
    "why something happens or is done, over more than one cause or step",
    "a number, an order or a duration that is worked out from what the passage gives",
)
"""What questions ask for, in turn."""
TRIES_PER_ROW = 3
"""A chunk is asked no more than this many times `max_per_chunk`."""
MOST_AVOIDED = 20


class Cot(Reasoning[CotConfig]):
    """Questions that take several facts of a chunk, spread over the chunks, each with its steps and answer.

    Raises:
        InputError: no documents with text, a template that can't be used.
    """

    writes: ClassVar[tuple[str, ...]] = ("direct", "direct_code")

    def __init__(self, config: CotConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        chunks = chunks_to_ask_about(inputs)
        is_equal = config.weight == "equal"
        self._weights = [1 if is_equal else tokens_of(chunk) for chunk in chunks]

    def labels(self) -> frozenset[str]:
        """None: questions and answers have no class."""
        return frozenset()

    def _digest_parts(self) -> Sequence[bytes]:
        return tuple(kind.encode() for kind in KINDS)

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """A row or a rejection for each question asked; one rejection says why where fewer are asked than wanted."""
        wanted = request.wanted()
        for label in wanted:
            if label is not None:
                yield request.reject("no_labels", "questions of documents have no class", measured=label)
        n = wanted.count(None)
        spread = self._spread(request)
        drawn = spread.drawn(n, request.origin)
        asked: dict[str, set[tuple[str, ...]]] = {}
        place = 0
        async for found in in_order(self._work(request, drawn)):
            chunk = self.inputs.chunks[drawn[place]]
            place += 1
            before = asked.setdefault(chunk.id, {words(q) for q in self._tried(request, chunk)})
            if isinstance(found, Reasoned) and words(found.case.question) in before:
                found = _repeated(found)
            if isinstance(found, Refusal):
                yield request.refuse(found, parents=[chunk])
                continue
            before.add(words(found.case.question))
            yield self._row(request, chunk, found)
        if len(drawn) < n:
            yield request.refuse(spread.refusal(len(drawn), n))

    def _spread(self, request: GenerateRequest) -> Spread:
        accepted, tried = request.pool.sources(), request.pool.tried(request.origin.arm)
        ids, most = [chunk.id for chunk in self.inputs.chunks], self.config.max_per_chunk
        return Spread.of(
            request.context.num_samples,
            self._weights,
            [accepted.get(one, 0) for one in ids],
            [max(0, TRIES_PER_ROW * most - tried.get(one, 0)) for one in ids],
            most=most,
        )

    def _work(self, request: GenerateRequest, drawn: Sequence[int]) -> list[Any]:
        tried, turns = request.pool.tried(request.origin.arm), Counter[int]()
        work = []
        for row, index in enumerate(drawn):
            chunk = self.inputs.chunks[index]
            kind = KINDS[(index + tried.get(chunk.id, 0) + turns[index]) % len(KINDS)]
            turns[index] += 1
            told = self._about(chunk, kind, self._tried(request, chunk))
            prompt = "direct_code" if chunk.row.get("kind") == "code" else "direct"
            task = Task(prompt=prompt, told=told, schema=DIRECT, calls=Calls(request, row))
            work.append(self._reasoned(task))
        return work

    def _tried(self, request: GenerateRequest, chunk: Seed) -> list[str]:
        return sorted(request.pool.tried_inputs(request.origin.arm, chunk.id))

    def _about(self, chunk: Seed, kind: str, tried: Sequence[str]) -> dict[str, Any]:
        return {
            "passage": chunk.text,
            "mark": mark_around(chunk.text),
            "title": str(chunk.row.get("title") or ""),
            "headings": list(chunk.row.get("headings") or ()),
            "kind": kind,
            "facts": self.config.min_facts,
            "avoid": tried[:MOST_AVOIDED],
        }

    def _read(self, task: Task, value: Mapping[str, Any]) -> tuple[Case, Chain] | Fault:
        for part in ("question", "answer"):
            if not value[part].strip():
                return unparsed(part)
        question, passage = value["question"].strip(), task.told["passage"]
        chain = chain_of([(step["step"], step["quote"]) for step in value["steps"]])
        if pointer := passage_reference(question):
            return Fault(
                reason="refers_to_passage",
                rule="the question stands by itself",
                measured=pointer,
                told=f"The question points at the passage ({pointer}), which its reader won't see.",
            )
        case = Case(question=question, answer=value["answer"].strip(), passage=passage)
        return _too_few_facts(chain, passage, self.config.min_facts) or (case, chain)

    def _row(self, request: GenerateRequest, chunk: Seed, found: Reasoned) -> Sample:
        spans = evidence(found.chain, chunk)
        quoted = [span for span in spans if span is not None]
        row = chunk.row
        method = {
            "question": found.case.question,
            "question_type": "reasoning",
            "chunk_id": chunk.id,
            "document": row.get("document", ""),
            "headings": headings_at(chunk, min(s for s, _ in quoted))
            if quoted
            else list(row.get("headings") or ()),
            **({"pages": row["pages"]} if "pages" in row else {}),
            **({"source_span": [min(s for s, _ in quoted), max(e for _, e in quoted)]} if quoted else {}),
            "evidence": [list(span) if span else None for span in spans],
            **found.method,
        }
        return request.sample(
            input=found.case.question,
            response=found.case.answer,
            reasoning=found.chain.text,
            parents=[chunk],
            params=found.params,
            method=method,
        )


def evidence(chain: Chain, chunk: Seed) -> list[tuple[int, int] | None]:
    """Where each step's quote stands in the document; None of a step without one."""
    offset = int(chunk.row.get("start", 0))
    spans = [find_quote(step.quote, chunk.text) for step in chain.steps]
    return [span and (span[0] + offset, span[1] + offset) for span in spans]


def _too_few_facts(chain: Chain, passage: str, least: int) -> Fault | None:
    """Whether the steps quote fewer places than they must; a quote that isn't there is another fault."""
    if any(step.quote and find_quote(step.quote, passage) is None for step in chain.steps):
        return None
    spans = sorted(span for step in chain.steps if (span := find_quote(step.quote, passage)))
    apart, end = 0, -1
    for start, last in spans:
        if start >= end:
            apart, end = apart + 1, last
    if apart >= least:
        return None
    told = f"The steps quote {apart} places of the passage; the question must take {least} facts or more."
    return Fault(
        reason="too_few_facts",
        rule="the steps quote as many places of the passage as wanted, none within another",
        measured=apart,
        threshold=least,
        text=chain.text,
        told=told,
    )


def _repeated(found: Reasoned) -> Refusal:
    rule = "a question is asked once about a chunk"
    return Refusal("question_repeated", rule, text=found.case.question, params=found.params)
