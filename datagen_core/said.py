"""What is said in a row, part by part: validators that judge each message by itself go over these."""

from __future__ import annotations

from datagen_core.sample import Sample


def parts(sample: Sample) -> list[tuple[str, str]]:
    """The row's texts with their names, in order; none that is empty.

    Of a conversation each message (`messages[0] user`) with its reasoning, else `input` and `response`; then
    `reasoning`, and each field of a record that is text (`fields.title`), at any depth of lists and objects.

    Example:
        >>> parts(Sample(id="1", input="Why?", response="Because."))
        [('input', 'Why?'), ('response', 'Because.')]
    """
    found: list[tuple[str, str]] = []
    for at, message in enumerate(sample.messages):
        place = f"messages[{at}] {message.role}"
        found += [(place, message.content), (f"{place} reasoning", message.reasoning_content or "")]
        for call in message.tool_calls:
            found += _texts(f"{place} tool_calls", call)
    if not sample.messages:
        found += [("input", sample.input), ("response", sample.response)]
    found.append(("reasoning", sample.reasoning or ""))
    for name, value in sample.fields.items():
        found += _texts(f"fields.{name}", value)
    return [(name, text) for name, text in found if text]


def _texts(name: str, value: object) -> list[tuple[str, str]]:
    """The texts in a JSON value, each with its path; iterative, for a row may be nested deeply."""
    found: list[tuple[str, str]] = []
    waiting: list[tuple[str, object]] = [(name, value)]
    while waiting:
        place, one = waiting.pop()
        if isinstance(one, str):
            found.append((place, one))
        elif isinstance(one, dict):
            waiting += [(f"{place}.{key}", inner) for key, inner in reversed(one.items())]
        elif isinstance(one, list | tuple):
            waiting += [(f"{place}[{at}]", inner) for at, inner in reversed(list(enumerate(one)))]
    return found
