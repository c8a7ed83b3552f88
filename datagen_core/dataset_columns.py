"""Columns of a dataset's rows that no part of a row is read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datagen_core.row_forms import CHAT_COLUMNS, INPUTS, MORE, OUTPUTS, REASONING, TEXT_COLUMNS, is_own
from datagen_core.sample import Sample

READ = frozenset(
    {*TEXT_COLUMNS, *INPUTS, *OUTPUTS, *MORE, *CHAT_COLUMNS, REASONING, "instances", "label", "slots"}
)
"""Columns that rows are read from: what became of them stands in the row."""

GIVEN = "as-is"
"""The generator that puts rows through as they are."""

OF_OUR_RECORDS = ("id", "fields", "reasoning", "tools", "created_at")
"""Further columns that become part of the row, where DataGen wrote it."""


def beside(row: Mapping[str, Any], sample: Sample) -> dict[str, Any]:
    """The columns, but the id, that no part of the row was read from, as they are.

    A column that a row may be read from is among them where its text stands nowhere in the row, and a question that
    stands after passages.

    Example:
        >>> row = {"text": "play jazz", "response": "mine", "source": "survey"}
        >>> beside(row, Sample(id="1", response="play jazz"))
        {'response': 'mine', 'source': 'survey'}
    """
    said = [sample.input, sample.response, sample.label or "", sample.reasoning or ""]
    said += [turn.content for turn in sample.messages]
    return {
        name: value
        for name, value in row.items()
        if name != "id"
        and (
            name not in READ
            or (isinstance(value, str) and not _stands_in(value, said))
            or (name == "question" and _is_the_end_of(value, sample.input))
        )
    }


def _is_the_end_of(question: Any, given: str) -> bool:
    """Whether passages stand before a question in what is given."""
    is_told = isinstance(question, str) and question.strip() != ""
    return is_told and given.strip() != question.strip() and given.strip().endswith(question.strip())


def _stands_in(text: str, said: Sequence[str]) -> bool:
    """Whether it is a part of the row, or one of the two that an instruction and its input make."""
    plain = text.strip()
    return not plain or any(
        one == plain or one.startswith(f"{plain}\n\n") or one.endswith(f"\n\n{plain}")
        for one in map(str.strip, said)
    )


def more_columns(row: Mapping[str, Any], sample: Sample) -> dict[str, Any]:
    """What is known beside a row: the other columns; of a record that DataGen wrote its arm, score, parents, method."""
    if not is_own(row):
        return beside(row, sample)
    became = (*OF_OUR_RECORDS, "metadata", "trace")
    more = {name: value for name, value in row.items() if name not in READ and name not in became}
    metadata = row["metadata"]
    known = {name: metadata[name] for name in ("arm", "quality_score") if metadata.get(name) is not None}
    method = metadata.get("method")
    parents = row["trace"].get("parents")
    lineage = {"parents": parents} if isinstance(parents, list) and parents else {}
    return more | known | lineage | (dict(method) if isinstance(method, Mapping) else {})


def arm_of(sample: Sample) -> str:
    """The arm that made a row; of a row that was put through as it is, the one that it came with."""
    came_with = sample.metadata.method.get("arm") if is_given(sample) else None
    return came_with if isinstance(came_with, str) else sample.metadata.arm


def parents_of(sample: Sample) -> tuple[str, ...]:
    """What a row was made from; of a row that was put through as it is, what it was when it came."""
    came_with = sample.metadata.method.get("parents") if is_given(sample) else None
    return tuple(map(str, came_with)) if isinstance(came_with, list) else sample.trace.parents


def is_given(sample: Sample) -> bool:
    """Whether a row was put through as it is."""
    return sample.metadata.generation_method == GIVEN
