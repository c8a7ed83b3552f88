"""Instructions for texts that stay as they are: Humpback's self-augmentation by a prompted model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from datagen_core.errors import InputError
from datagen_core.generator import GenerateRequest, Generator
from datagen_core.inputs import Inputs, Seed
from datagen_core.llm.asking import Answer, asked_for
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import Prompt, digest_of
from datagen_core.llm.row_judge import mark_around
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest
from datagen_core.originals import Original, originals
from datagen_core.passage_references import passage_reference
from datagen_core.refusal import Refusal
from datagen_core.row_forms import as_sample
from datagen_core.rows import read_rows
from datagen_core.sample import Rejection, Sample
from datagen_core.words import words
from datagen_plugin_backtranslation.asking import PACKAGE, language_told, packaged
from datagen_plugin_backtranslation.config import InstructionConfig

INSTRUCTION = AnswerSchema(
    {
        "type": "object",
        "properties": {
            "instruction": {"type": "string", "description": "what the user asked, to get this text"}
        },
        "required": ["instruction"],
        "additionalProperties": False,
    }
)


class InstructionBacktranslation(Generator[InstructionConfig]):
    """Rows whose response is a text unchanged and whose input a model wrote (Li et al. 2023, arXiv 2308.06259).

    The API-only form: where the source fine-tunes a backward model on reversed pairs, here a model is shown such pairs
    in its prompt, and no weights are trained. Texts are the rows of the link before; in a source the recipe's
    unlabelled texts, else its seeds that aren't pairs.

    Raises:
        InputError: no text in a source, pairs that can't be read, a template that can't be used.
    """

    def __init__(self, config: InstructionConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        own = [seed for seed in inputs.seeds if as_sample(seed).input]
        pairs = [as_sample(seed) for seed in own] if config.pairs is None else _read(config)
        self._pairs = tuple(self._showable(pairs))
        texts = inputs.unlabelled or tuple(seed for seed in inputs.seeds if not as_sample(seed).input)
        self._texts = texts or tuple(inputs.seeds)
        if config.prompts.instruction is not None:  # what a recipe wrote is tried before the run
            self._asked("a text", self._pairs[:1], None)

    def __reduce__(self) -> tuple[Any, ...]:
        """Compiled templates don't travel: they are made anew."""
        return type(self), (self.config, self.inputs)

    def models(self) -> Mapping[str, Sequence[str]]:
        """Who writes instructions."""
        return {self.config.model: ()}

    def labels(self) -> frozenset[str] | None:
        """Those of the texts; any where these have none."""
        return frozenset(text.label for text in self._texts if text.label is not None) or None

    def digest(self) -> str:
        """Of the packaged prompt."""
        return digest_of(PACKAGE, ("instruction",))

    def notices(self) -> Sequence[str]:
        """Whether there are pairs to show."""
        if self._pairs or not self.config.examples:
            return ()
        return ("no pairs of instruction and output are shown: name a file of them with pairs:",)

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """One row or rejection for each row wanted, in order."""
        drawn = originals(request, seeds=self._texts)
        shown = [request.rng.sample(self._pairs, min(self.config.examples, len(self._pairs))) for _ in drawn]
        work = [
            self._instruction(request, row, one, pairs)
            for row, (one, pairs) in enumerate(zip(drawn, shown, strict=True))
        ]
        answers = [answer async for answer in in_order(work)]
        for original, pairs, answer in zip(drawn, shown, answers, strict=True):
            if isinstance(answer, Refusal):
                yield request.refuse(answer, parents=original.parents)
            else:
                yield self._row(request, original, pairs, answer)

    async def _instruction(
        self, request: GenerateRequest, row: int, original: Original, pairs: Sequence[Sample]
    ) -> Answer | Refusal:
        """An answer whose value is the instruction."""
        sample = original.sample
        if sample is None:
            return Refusal(
                "no_original", "a text with the label and values of the row wanted", original.cell.label
            )
        if refusal := self._unfit(sample):
            return refusal
        others = [pair for pair in pairs if pair.response != sample.response]
        asked = self._asked(
            sample.response, others, request.params.get("temperature", self.config.temperature)
        )
        answer = await asked_for(request.model(self.config.model).at(row=row), asked, INSTRUCTION)
        return answer if isinstance(answer, Refusal) else _fit(answer)

    def _unfit(self, sample: Sample) -> Refusal | None:
        chars, most = len(sample.response), self.config.max_text_chars
        if not words(sample.response):
            return Refusal("no_text", "an original with a text", text=sample.input)
        if chars > most:
            return Refusal("text_too_long", "a text has at most max_text_chars", chars, most, sample.response)
        return None

    def _asked(self, text: str, pairs: Sequence[Sample], temperature: float | None) -> ChatRequest:
        messages = self._prompt.messages(
            text=text,
            mark=mark_around(text),
            examples=[{"output": pair.response, "instruction": pair.input} for pair in pairs],
            domain=self.inputs.domain,
            task=self.inputs.task,
            language=language_told(self.inputs),
        )
        return ChatRequest(messages=messages, max_tokens=self.config.max_tokens, temperature=temperature)

    def _row(
        self, request: GenerateRequest, original: Original, pairs: Sequence[Sample], answer: Answer
    ) -> Sample:
        text, label = (original.sample.response, original.sample.label) if original.sample else ("", None)
        return request.sample(
            input=answer.value,
            response=text,
            label=label,
            parents=original.parents,
            params=answer.params,
            method={"answer_original": text, "examples": [pair.id for pair in pairs]},
        )

    def _showable(self, pairs: Sequence[Sample]) -> list[Sample]:
        most = self.config.max_example_chars
        return [pair for pair in pairs if pair.input and words(pair.response) and len(pair.response) <= most]

    @cached_property
    def _prompt(self) -> Prompt:
        return packaged("instruction", self.config.prompts.instruction)


def _fit(answer: Answer) -> Answer | Refusal:
    instruction = answer.value["instruction"].strip()
    if not words(instruction):
        return answer.refused("empty_instruction", "no words", "an instruction has words")
    if phrase := passage_reference(instruction):
        return answer.refused(
            "refers_to_passage", phrase, "an instruction can be understood without the text"
        )
    return replace(answer, value=instruction)


def _read(config: InstructionConfig) -> list[Sample]:
    """The pairs of the file that the options name."""
    if config.pairs is None:
        return []
    rows = [as_sample(Seed(id=f"pair {number}", text="", row=row)) for number, row in read_rows(config.pairs)]
    if not any(row.input and row.response for row in rows):
        raise InputError(
            "there is no pair of instruction and output",
            where=str(config.pairs.path),
            expected="rows with an instruction and an output",
            hint="the columns may also be called prompt and response, or question and answer",
        )
    return rows
