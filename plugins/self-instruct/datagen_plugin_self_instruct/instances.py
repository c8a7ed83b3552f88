"""Instances in a completion, the rules that refuse them, and how they become prompts (prepare_for_finetuning.py)."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from typing import NamedTuple

from datagen_core.refusal import Refusal

_EXAMPLE = re.compile(r"^[ \t]*Example\s?\d*[.:]?", re.MULTILINE)
_OUTPUT = re.compile(r"Output\s*\d*\s*:")
_INPUT = re.compile(r"Input\s*\d*\s*:")
_LABEL = "Class label:"

WITH_INPUT = (
    "{instruction}\nInput: {input}\nOutput:",
    "{instruction}\n\nInput: {input}\n\nOutput:",
    "Task: {instruction}\nInput: {input}\nOutput:",
    "{instruction}\n\n{input}\n\nOutput:",
    "{instruction}\n\n{input}\n\n",
    "{instruction}\n{input}\n\n",
    "Task: {instruction}\n\n{input}\n\n",
)
WITHOUT_INPUT = (
    "{instruction} Output:",
    "{instruction}\nOutput:",
    "{instruction}\n\nOutput:",
    "{instruction}\n",
    "{instruction}\n\n",
    "Task: {instruction}\n\n",
)
PLAIN = "{instruction}\n\n{input}"


class Instance(NamedTuple):
    """What a task is carried out on ("" where it needs nothing), and the answer."""

    input: str
    output: str


def input_first(text: str) -> list[Instance]:
    """Instances written input before output: `Example 1`, `Input: …`, `Output: …`; none without an output."""
    if _EXAMPLE.search(text):
        return [_pair(part) for part in _EXAMPLE.split(text) if part.strip()]
    return [_pair(text)] if _OUTPUT.search(text) else []


def output_first(text: str) -> list[Instance]:
    """Instances written label before input: `Class label: …`, then the input on the lines that follow."""
    found = []
    for part in text.split(_LABEL)[1:]:
        label, _, rest = part.strip().partition("\n")
        found.append(Instance(rest.strip(), label.strip()))
    return found


def valid(
    instances: Iterable[Instance], *, is_cut: bool
) -> tuple[list[Instance], list[tuple[Instance, Refusal]]]:
    """The distinct instances that break no rule, and those refused, each with the reason.

    Args:
        is_cut: Whether the completion ended by its length: the last instance isn't whole then.
    """
    left, refused = list(instances), []
    if is_cut and left:
        refused.append((left.pop(), Refusal("instance_cut", "the completion was cut by its length")))
    kept: list[Instance] = []
    for one in left:
        why = _refusal(one)
        if why is not None:
            refused.append((one, why))
        else:
            kept.append(one)
    if _contradict(kept):
        why = Refusal("contradicting_instances", "one input of a task has one output")
        return [], [*refused, *((one, why) for one in kept)]
    distinct = list(dict.fromkeys(kept))
    again = Refusal("duplicate_instance", "an instance is there once")
    refused += [(one, again) for one in distinct for _ in range(kept.count(one) - 1)]
    return distinct, refused


def sorted_out(
    instances: Iterable[Instance], *, is_cut: bool, most: int, rng: random.Random
) -> tuple[list[Instance], list[tuple[Instance, Refusal]]]:
    """The valid instances, at most so many, drawn; and those refused, each with the reason."""
    distinct, refused = valid(instances, is_cut=is_cut)
    chosen = sorted(rng.sample(range(len(distinct)), min(most, len(distinct))))
    surplus = Refusal("surplus_instance", "a task has so many instances at most", len(distinct), most)
    refused += [(one, surplus) for at, one in enumerate(distinct) if at not in chosen]
    return [distinct[at] for at in chosen], refused


def rendered(instruction: str, given: str, form: str, rng: random.Random) -> str:
    """Instruction and input as one prompt, without the white space that a template ends with."""
    template = PLAIN if form == "plain" else rng.choice(WITH_INPUT if given else WITHOUT_INPUT)
    return template.format(instruction=instruction, input=given).strip()


def _pair(text: str) -> Instance:
    before, *after = _OUTPUT.split(text)
    if not after:
        return Instance("", text.strip())
    output = _INPUT.split(after[0])[0]  # a further pair may follow
    return Instance(re.sub(rf"^{_INPUT.pattern}", "", before.strip()).strip(), output.strip())


def _refusal(one: Instance) -> Refusal | None:
    if not one.output:
        return Refusal("empty_output", "an instance has an output")
    if one.input == one.output:
        return Refusal("input_is_output", "the output isn't the input")
    if one.input.endswith(":") or one.output.endswith(":"):
        return Refusal("ends_with_colon", "what ends with a colon is incomplete")
    return None


def _contradict(instances: Iterable[Instance]) -> bool:
    outputs: dict[str, str] = {}
    return any(one.input and outputs.setdefault(one.input, one.output) != one.output for one in instances)
