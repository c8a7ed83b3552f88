"""What is wrong with a chain of steps, as far as that can be told without a model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from datagen_core.answers import token_f1
from datagen_core.quantities import quantities
from datagen_core.quoting import find_quote
from datagen_core.refusal import Refusal
from datagen_core.steering_marks import steering_mark
from datagen_core.words import words
from datagen_plugin_cot.arithmetic import equations
from datagen_plugin_cot.chain import Case, Chain
from datagen_plugin_cot.config import ChainConfig
from datagen_plugin_cot.sourced_numbers import unsourced_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault(Refusal):
    """A refusal that writing anew may mend: `told` is the same for the model that is to do it."""

    told: str


def unparsed(what: str) -> Fault:
    """That of an answer in which a part says nothing."""
    return Fault(
        reason="rationale_unparsed",
        rule="each part says something",
        measured=what,
        told=f"The {what} is empty.",
    )


def fault(chain: Chain, case: Case, config: ChainConfig) -> Fault | None:
    """The first thing that is wrong; None where nothing is."""
    return (
        _count(chain, config)
        or _unclean(chain)
        or _circle(chain, case, config)
        or _quote(chain, case)
        or _equation(chain)
        or (_number(chain, case) if config.check_numbers else None)
    )


def _count(chain: Chain, config: ChainConfig) -> Fault | None:
    found, least, most = len(chain.steps), config.min_steps, config.max_steps
    if any(not words(text) for text in chain.texts):
        return unparsed("step")
    if least <= found <= most:
        return None
    told = f"It has {found} steps; it must have {least} to {most}."
    return Fault(
        reason="step_count",
        rule="as many steps as wanted",
        measured=found,
        threshold=f"{least} to {most}",
        told=told,
    )


def _unclean(chain: Chain) -> Fault | None:
    mark = steering_mark("\n".join(chain.texts))
    if mark is None:
        return None
    return Fault(
        reason="unclean_step",
        rule="a step has no control characters, halves of characters or marks of chat templates",
        measured=repr(mark),
        told="A step holds marks or characters that aren't text.",
    )


def _circle(chain: Chain, case: Case, config: ChainConfig) -> Fault | None:
    """A step that says again what the question, the answer or another step says."""
    for number, other, overlap in _pairs(chain, case):
        if overlap > config.max_overlap:
            return Fault(
                reason="circular_step",
                rule="no step repeats the question, the answer or another step (token F1)",
                measured=round(overlap, 4),
                threshold=config.max_overlap,
                text=chain.text,
                told=f"Step {number} only repeats {other}.",
            )
    return None


def _pairs(chain: Chain, case: Case) -> Iterator[tuple[int, str, float]]:
    """Each step, what it is compared with, and how far both are the same; steps with other numbers are other steps."""
    texts = chain.texts
    said, numbers = list(map(words, texts)), list(map(_numbers, texts))
    for at, text in enumerate(texts):
        yield at + 1, "the question", token_f1(text, case.question)
        yield at + 1, "the answer", token_f1(text, case.answer)
        for earlier in range(at):
            if said[at] == said[earlier] or numbers[at] == numbers[earlier]:
                yield at + 1, f"step {earlier + 1}", token_f1(text, texts[earlier])


def _numbers(text: str) -> list[str]:
    return [text[found.start : found.end] for found in quantities(text)]


def _quote(chain: Chain, case: Case) -> Fault | None:
    for number, step in enumerate(chain.steps, start=1):
        if step.quote and find_quote(step.quote, case.passage) is None:
            return Fault(
                reason="evidence_not_literal",
                rule="quotes stand in the passage literally, white space apart",
                measured=step.quote[:200],
                text=chain.text,
                told=f"The quote of step {number} doesn't stand in the passage; copy it character by character.",
            )
    return None


def _equation(chain: Chain) -> Fault | None:
    wrong = (one.text for text in chain.texts for one in equations(text) if one.holds is False)
    if (found := next(wrong, None)) is None:
        return None
    return Fault(
        reason="wrong_arithmetic",
        rule="equations hold",
        measured=found,
        text=chain.text,
        told=f"This is wrong: {found}",
    )


def _number(chain: Chain, case: Case) -> Fault | None:
    """A number from nowhere. Without a passage, and unless the question gives numbers, none can be called that."""
    if not case.passage and len(list(quantities(case.question))) < 2:
        return None
    found = unsourced_number(chain.texts, case.question, case.passage, "\n".join(case.classes))
    if found is None:
        return None
    return Fault(
        reason="unsupported_number",
        rule="numbers come from the passage or the question, or follow from them by arithmetic",
        measured=found,
        text=chain.text,
        told=f"The number {found} comes from nowhere: show how it follows from what is given.",
    )
