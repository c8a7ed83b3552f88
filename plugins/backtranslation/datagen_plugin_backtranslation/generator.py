"""The arm: the target spread over chunks, questions asked for by one call per chunk, and where each answer stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from datagen_core.documents import Spread, chunks_to_ask_about, headings_at, over_asked, tokens_of
from datagen_core.generator import GenerateRequest, Generator
from datagen_core.inputs import Inputs
from datagen_core.llm.asking import Answer, asked_for
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import digest_of
from datagen_core.refusal import Refusal
from datagen_core.sample import Rejection, Sample
from datagen_plugin_backtranslation.asking import PACKAGE, Asking
from datagen_plugin_backtranslation.config import BacktranslationConfig
from datagen_plugin_backtranslation.known import Known
from datagen_plugin_backtranslation.questions import (
    Order,
    Question,
    questions_schema,
    sorted_out,
    types_in_turn,
)
from datagen_plugin_backtranslation.spans import QUOTE, Span, span_of

PROMPTS = ("questions", "questions_code", "answer")


@dataclass(frozen=True, slots=True)
class Made:
    """What came of an order: questions with their answers, refusals, and questions that weren't needed."""

    answered: list[tuple[Question, Span]] = field(default_factory=list)
    refused: list[tuple[Question | None, Refusal]] = field(default_factory=list)
    spare: list[Question] = field(default_factory=list)


class Backtranslation(Generator[BacktranslationConfig]):
    """Asks about documents what a span of a chunk, or a chunk, answers (after Li et al. 2023, arXiv 2308.06259).

    The run's target is spread over the chunks (see `datagen_core.documents.Spread`). The model that asks never writes
    an answer: a second call points to it, and what it points to has to stand in the chunk.

    Raises:
        InputError: documents without text, a template that can't be used.
    """

    def __init__(self, config: BacktranslationConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        chunks = chunks_to_ask_about(inputs)
        if config.prompts.model_fields_set:  # what a recipe wrote is tried before the run
            self._asking.try_all(chunks[0])

    def __reduce__(self) -> tuple[Any, ...]:
        """Compiled templates don't travel: they are made anew."""
        return type(self), (self.config, self.inputs)

    def models(self) -> Mapping[str, Sequence[str]]:
        """Who asks, and who points to the answer."""
        points = {self.config.pointer: ()} if self.config.answer == "span" else {}
        return {self.config.model: (), **points}

    def labels(self) -> frozenset[str]:
        """None: questions and answers have no class."""
        return frozenset()

    def digest(self) -> str:
        """Of the packaged prompts."""
        return digest_of(PACKAGE, PROMPTS)

    def notices(self) -> Sequence[str]:
        """How many rows the chunks can give at most."""
        chunks, most = len(self.inputs.chunks), self.config.max_per_chunk
        return [f"{chunks:,} chunks give at most {chunks * most:,} rows (max_per_chunk: {most})"]

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """A question with its answer for each row wanted, chunk by chunk; rejections say why there are fewer."""
        wanted = request.wanted()
        for label in filter(None, wanted):
            rule = "answers are parts of a document, without a class"
            yield request.reject("no_labels", rule, measured=label)
        n = wanted.count(None)
        spread, orders = self._planned(request, n)
        planned = sum(order.rows for order in orders)
        made = await self._made(request, orders)
        for order, found in zip(orders, made, strict=True):
            for row in self._rows(request, order, found):
                yield row
        if spare := [question.text for found in made for question in found.spare]:
            rule = "a chunk gives no more rows than it lacks of its share"
            yield request.refuse(Refusal("spare_questions", rule, len(spare), text="\n".join(spare)))
        if planned < n:
            yield request.refuse(spread.refusal(planned, n))

    # -- what is asked of which chunk ---------------------------------------------------------------------

    def _planned(self, request: GenerateRequest, n: int) -> tuple[Spread, list[Order]]:
        """The chunks' shares, and an order for each chunk that is asked, as drawn."""
        chunks, config = self.inputs.chunks, self.config
        accepted, tried = request.pool.sources(), request.pool.tried(request.origin.arm)
        have = [accepted.get(chunk.id, 0) for chunk in chunks]
        tries, most = config.tries_per_row, config.max_per_chunk
        left = [
            0 if tried.get(chunk.id, 0) >= tries * (given + 1) else most
            for chunk, given in zip(chunks, have, strict=True)
        ]
        target = request.context.num_samples
        spread = Spread.of(target, self._weights, have, left, most=most)
        rows = Counter(spread.drawn(n, request.origin))
        passed = sum(min(accepted.get(chunk, 0), times) for chunk, times in tried.items())
        caps = [wanted * tries for wanted in rows.values()]
        asked = over_asked(list(rows.values()), caps, passed=passed, tried=sum(tried.values()))
        return spread, [
            self._order(request, at, wanted, questions, tried.get(chunks[at].id, 0))
            for (at, wanted), questions in zip(rows.items(), asked, strict=True)
        ]

    def _order(self, request: GenerateRequest, at: int, rows: int, questions: int, tried: int) -> Order:
        chunk = self.inputs.chunks[at]
        before = request.pool.tried_inputs(request.origin.arm, chunk.id)
        return Order(
            chunk=chunk,
            rows=rows,
            types=types_in_turn(self.config.question_types, at + tried, questions),
            before=tuple(sorted(filter(None, before))),
        )

    @cached_property
    def _weights(self) -> list[int]:
        if self.config.weight == "equal":
            return [1] * len(self.inputs.chunks)
        return [tokens_of(chunk) for chunk in self.inputs.chunks]

    # -- the calls ----------------------------------------------------------------------------------------

    async def _made(self, request: GenerateRequest, orders: Sequence[Order]) -> list[Made]:
        """What came of each order: all questions are there, and laid beside each other, before answers are sought."""
        asking = [self._asked(request, row, order) for row, order in enumerate(orders)]
        answers = [answer async for answer in in_order(asking)]
        batch, limit = Known((), self.config.max_rouge_l), self.config.max_rouge_l
        sought = []
        for row, (order, answer) in enumerate(zip(orders, answers, strict=True)):
            made = Made()
            for found in [answer] if isinstance(answer, Refusal) else sorted_out(order, answer, batch, limit):
                if isinstance(found, Refusal):
                    made.refused.append((None, found))
                else:
                    made.spare.append(found)
            sought.append(self._answered(request, row, order, made))
        return [made async for made in in_order(sought)]

    async def _asked(self, request: GenerateRequest, row: int, order: Order) -> Answer | Refusal:
        model = request.model(self.config.model).at(row=row)
        schema = questions_schema(len(order.types), tuple(dict.fromkeys(self.config.question_types)))
        asked = self._asking.questions(order, request.params.get("temperature", self.config.temperature))
        return await asked_for(model, asked, schema)

    async def _answered(self, request: GenerateRequest, row: int, order: Order, made: Made) -> Made:
        """Seeks answers, of as many questions at once as rows are missing, until there are enough of either."""
        at = 0
        while made.spare and len(made.answered) < order.rows:
            missing = order.rows - len(made.answered)
            wave, made.spare[:missing] = made.spare[:missing], []
            work = [self._pointed(request, row, at + i, order, one) for i, one in enumerate(wave)]
            at += len(wave)
            for question, found in zip(wave, [span async for span in in_order(work)], strict=True):
                if isinstance(found, Span):
                    made.answered.append((question, found))
                else:
                    made.refused.append((question, found))
        return made

    async def _pointed(
        self, request: GenerateRequest, row: int, at: int, order: Order, question: Question
    ) -> Span | Refusal:
        if self.config.answer == "chunk":
            return Span(0, len(order.chunk.text))
        model = request.model(self.config.pointer).at(row=row, attempt=at + 1)
        answer = await asked_for(model, self._asking.answer(order, question.text), QUOTE)
        if isinstance(answer, Refusal):
            return answer
        return span_of(answer, order.chunk, max_chars=self.config.max_answer_chars)

    @cached_property
    def _asking(self) -> Asking:
        return Asking(self.config, self.inputs)

    # -- rows -----------------------------------------------------------------------------------------------

    def _rows(self, request: GenerateRequest, order: Order, made: Made) -> Iterator[Sample | Rejection]:
        for question, span in made.answered:
            yield self._row(request, order, question, span)
        for asked, refusal in made.refused:
            told = (
                {} if asked is None else {"question": asked.text, "questions_prompt": asked.params["prompt"]}
            )
            yield request.refuse(refusal, parents=[order.chunk], params=told)
        if len(made.answered) < order.rows and not made.refused:
            rule = "as many questions as were asked for"
            few = Refusal("too_few_questions", rule, len(made.answered), order.rows)
            yield request.refuse(few, parents=[order.chunk])

    def _row(self, request: GenerateRequest, order: Order, question: Question, span: Span) -> Sample:
        chunk = order.chunk
        answer, offset = chunk.text[span.start : span.end], int(chunk.row.get("start", 0))
        pointed = {"answer_prompt": span.params["prompt"]} if span.params else {}
        return request.sample(
            input=question.text,
            response=answer,
            parents=[chunk],
            params={**question.params, **pointed},
            method={
                "question": question.text,
                "answer_original": answer,
                "chunk_id": chunk.id,
                "source_span": [offset + span.start, offset + span.end],
                "question_type": question.type,
                "headings": headings_at(chunk, offset + span.start),
                **{name: chunk.row[name] for name in ("document", "pages") if name in chunk.row},
            },
        )
