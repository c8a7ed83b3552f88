"""DEITA's scores without trained scorers: a model sees all variants of a family, ranks and scores them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_uppercase
from typing import Literal

from datagen_core.inputs import Inputs
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.brief import brief
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import Prompt
from datagen_core.model import ChatRequest, ModelError
from datagen_core.sample import Sample
from datagen_plugin_selection.config import DeitaConfig
from datagen_plugin_selection.deita_scores import Scored, Scores, final_score
from datagen_plugin_selection.families import families
from datagen_plugin_selection.turn_pairs import Turn, turns_of
from datagen_plugin_selection.variant_answer import Answer, read, schema

PACKAGE = "datagen_plugin_selection"
Kind = Literal["complexity", "quality"]
KINDS: tuple[Kind, Kind] = ("complexity", "quality")


@dataclass(frozen=True, slots=True)
class Question:
    """One prompt: the variants of a family at one turn, each text once. `subject` is the family's first row."""

    kind: Kind
    family: int
    turn: int
    variants: tuple[Turn, ...]
    subject: str


class FamilyJudge:
    """Asks twice for each family and turn: about the instructions, and about the responses.

    Rows of a family with the same text at a turn share its score. A row is unscored with `no_turn`,
    `judge_unparsed`, `judge_out_of_range` (never cut to fit), `judge_failed` or `variant_too_long`.

    Raises:
        InputError: a template that can't be used.
    """

    def __init__(self, config: DeitaConfig, inputs: Inputs) -> None:
        self._config = config
        self._told = {key: brief(inputs)[key] for key in ("domain", "task")}
        for kind in KINDS:  # what a recipe wrote is tried before the run
            if getattr(config.prompts, kind) is not None:
                self._request(kind, (Turn("", ""),))

    async def scores(self, rows: Sequence[Sample], models: Mapping[str, BoundModel]) -> Scores:
        """See `Scorer.scores`; all questions are asked at once."""
        turns, groups = [turns_of(row) for row in rows], families(rows)
        questions = list(self._questions(rows, turns, groups))
        work = [
            self._asked(question, models[self._config.model].at(row=at, subject=question.subject))
            for at, question in enumerate(questions)
        ]
        answers = [answer async for answer in in_order(work)]
        found: dict[tuple[Kind, int, int], dict[Turn, Scored]] = defaultdict(dict)
        for question, answer in zip(questions, answers, strict=True):
            place = question.kind, question.family, question.turn
            found[place].update(zip(question.variants, answer.scores, strict=True))
        final = [Scored()] * len(rows)
        for family, group in enumerate(groups):
            for at in group:
                complexity, quality = (
                    [found[kind, family, t][_judged(kind, turn)] for t, turn in enumerate(turns[at])]
                    for kind in KINDS
                )
                final[at] = final_score(complexity, quality)
        alone = sum(len(group) == 1 and bool(turns[group[0]]) for group in groups)
        return Scores(final, _notes(alone, answers))

    def _questions(
        self, rows: Sequence[Sample], turns: Sequence[Sequence[Turn]], groups: Sequence[Sequence[int]]
    ) -> Iterator[Question]:
        for kind in KINDS:
            for family, group in enumerate(groups):
                for t in range(max(len(turns[at]) for at in group)):
                    texts = {_judged(kind, turns[at][t]) for at in group if t < len(turns[at])}
                    for piece in self._pieces(sorted(texts, key=_digest)):
                        yield Question(kind, family, t, tuple(piece), rows[group[0]].id)

    def _pieces(self, variants: Sequence[Turn]) -> Iterator[Sequence[Turn]]:
        """All in one prompt; in halves where they are too many or too long for it."""
        if len(variants) == 1 or (len(variants) <= self._config.max_variants and self._fits(variants)):
            yield variants
            return
        half = (len(variants) + 1) // 2
        yield from self._pieces(variants[:half])
        yield from self._pieces(variants[half:])

    def _fits(self, variants: Sequence[Turn]) -> bool:
        chars = sum(len(turn.instruction) + len(turn.response) for turn in variants)
        return chars <= self._config.max_prompt_chars

    async def _asked(self, question: Question, model: BoundModel) -> Answer:
        count = len(question.variants)
        if not self._fits(question.variants):
            return Answer.none(count, "variant_too_long")
        try:
            answer = await model.structured(self._request(question.kind, question.variants), schema(count))
        except ModelError:
            return Answer.none(count, "judge_failed")
        return read(answer, count)

    def _request(self, kind: Kind, variants: Sequence[Turn]) -> ChatRequest:
        digest = hashlib.blake2b("".join(map(_digest, variants)).encode(), digest_size=6).hexdigest()
        messages = self._prompt(kind).messages(
            **self._told,
            variants=list(zip(ascii_uppercase, variants, strict=False)),
            mark=f"=== {digest} ===",
        )
        return ChatRequest(messages=messages, max_tokens=self._config.max_tokens, temperature=0.0)

    def _prompt(self, kind: Kind) -> Prompt:
        own = getattr(self._config.prompts, kind)
        return Prompt.from_package(PACKAGE, kind, override=own, where=f"with.prompts.{kind}")


def _judged(kind: Kind, turn: Turn) -> Turn:
    """What is judged of a turn: an instruction alone, or a response to its instruction."""
    return replace(turn, response="") if kind == "complexity" else turn


def _digest(turn: Turn) -> str:
    """The order of variants in a prompt: it tells nothing of which came first."""
    text = repr((turn.instruction, turn.response)).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _notes(alone: int, answers: Sequence[Answer]) -> list[str]:
    notes = []
    if alone:
        notes.append(
            f"{alone} rows are alone in their family: their scores compare them with nothing, as a rating from "
            "1 to 6 of a single text does"
        )
    if contradictory := sum(answer.is_contradictory for answer in answers):
        notes.append(
            f"in {contradictory} of {len(answers)} answers the ranking contradicts the scores, which count"
        )
    return notes
