"""The two answers of a row that are compared, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.jsontext import dumps
from datagen_core.row_forms import as_sample
from datagen_core.sample import Message, Sample
from datagen_plugin_judge.row_shown import turns


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers to the same thing.

    Attributes:
        asked: Its turns, or its instruction, under their names.
        wanted: The one that should be better.
        other: What it is compared with.
    """

    asked: Mapping[str, str]
    wanted: str
    other: str

    @property
    def are_equal(self) -> bool:
        """But for white space."""
        return self.wanted.split() == self.other.split()


def preference(sample: Sample) -> Pair | None:
    """A preference row's `chosen` against its `rejected`: texts, or turns; what both begin with is asked too."""
    chosen, rejected = (_turns(sample.fields.get(name)) for name in ("chosen", "rejected"))
    if not chosen or not rejected:
        return None
    prompt = _turns(sample.fields.get("prompt"), role="user")
    if not prompt and sample.input:
        prompt = (Message(role="user", content=sample.input),)
    shared = _shared(chosen, rejected)
    asked = (*prompt, *chosen[:shared])
    return Pair(_asked(asked), _text(chosen[shared:]), _text(rejected[shared:]))


class References:
    """Finds what a row's response is compared with.

    Args:
        inputs: Where its seed is.
        column: A field of the row, or what its method noted; None: the answer of the seed that it came from.
    """

    def __init__(self, inputs: Inputs, column: str | None) -> None:
        self._inputs, self._column = inputs, column

    def pair(self, sample: Sample) -> Pair | None:
        """The response against its reference; None where the row has no response or no reference."""
        reference = sample.value_of(self._column) if self._column else self._of_seed(sample)
        if not reference or not sample.response:
            return None
        return Pair(_question(sample), sample.response, reference)

    def _of_seed(self, sample: Sample) -> str | None:
        sources = (self._inputs.source(parent) for parent in sample.trace.parents)
        answered = (as_sample(source) for source in sources if source is not None)
        return next((one.response for one in answered if one.input and one.response), None)


def _question(sample: Sample) -> dict[str, str]:
    """What the response answers: the turns before the last of the assistant, or the input."""
    spoken = [at for at, turn in enumerate(sample.messages) if turn.role == "assistant"]
    if spoken:
        return turns(sample.messages[: spoken[-1]])
    return {"instruction": sample.input} if sample.input else {}


def _asked(asked: Sequence[Message]) -> dict[str, str]:
    return {"instruction": asked[0].content} if len(asked) == 1 else turns(asked)


def _turns(value: Any, role: str = "assistant") -> tuple[Message, ...]:
    """Text as one turn, a list of turns as it is; nothing where it is neither."""
    if isinstance(value, str):
        return (Message(role=role, content=value),) if value.strip() else ()
    if not isinstance(value, Sequence):
        return ()
    found = [_turn(one) for one in value]
    return tuple(turn for turn in found if turn) if all(found) else ()


def _turn(value: Any) -> Message | None:
    if not isinstance(value, Mapping) or not isinstance(value.get("content"), str):
        return None
    calls = [call for call in value.get("tool_calls") or () if isinstance(call, Mapping)]
    return Message(role=str(value.get("role")), content=value["content"], tool_calls=tuple(calls))


def _shared(one: Sequence[Message], other: Sequence[Message]) -> int:
    """How many turns two conversations begin with alike; each keeps its last one."""
    most = min(len(one), len(other)) - 1
    return next((at for at in range(most) if one[at] != other[at]), most)


def _text(said: Sequence[Message]) -> str:
    """The turns of an answer; one of the assistant alone as it is."""
    if len(said) == 1 and not said[0].tool_calls:
        return said[0].content
    return dumps(
        [{"role": turn.role, "content": turn.content, "tool_calls": turn.tool_calls} for turn in said]
    )
