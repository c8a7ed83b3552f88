"""The instructions of a row with the responses to them."""

from __future__ import annotations

from dataclasses import dataclass

from datagen_core.sample import Sample


@dataclass(frozen=True, slots=True)
class Turn:
    """What was asked, and what was answered before the next question."""

    instruction: str
    response: str


def turns_of(row: Sample) -> list[Turn]:
    """A conversation's turns in order, or a row's input and response; none where either is always empty.

    Several messages in a row of one speaker count as one; system and tool messages are left out, and so is a question
    that nobody answers.
    """
    if not row.messages:
        return [Turn(row.input, row.response)] if row.input.strip() and row.response.strip() else []
    turns: list[tuple[list[str], list[str]]] = []
    for message in row.messages:
        if message.role == "user":
            if not turns or turns[-1][1]:
                turns.append(([], []))
            turns[-1][0].append(message.content)
        elif message.role == "assistant" and turns and message.content.strip():
            turns[-1][1].append(message.content)
    joined = [Turn("\n".join(asked), "\n".join(said)) for asked, said in turns]
    return [turn for turn in joined if turn.instruction.strip() and turn.response.strip()]
