"""A row as a judge reads it, between marks that it can't contain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datagen_core.jsontext import dumps
from datagen_core.sample import Message, Sample

MAX_ROW_CHARS = 1_500_000
"""A prompt has at most 2,000,000 characters; no model reads as many."""
MAX_LABEL_CHARS = 1_000
"""A label is a class; what is longer is a text, and would stand outside the marks."""
MARK_CHARS = 30
ROLES = frozenset({"system", "user", "assistant", "tool"})
TRIPLE: Sequence[tuple[str, Sequence[str]]] = (
    ("instruction", ("instruction", "prompt", "question")),
    ("input", ("input", "context")),
    ("reasoning", ("reasoning", "rationale")),
    ("response", ("response", "output", "completion", "answer")),
)
"""Columns by which a record is shown as the triple that it is."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The parts of a row under their names, and the hash that their marks are made of.

    A pair is an instruction (or its input), its reasoning where there is some, and the response; a conversation its
    numbered turns; a record its JSON. A row of several forms shows each of them. Texts are shown as they are.
    """

    parts: Mapping[str, str]
    label: str | None = None

    @property
    def chars(self) -> int:
        """What the parts, the lines between them and the label take up, about."""
        parts = sum(MARK_CHARS + len(name) + len(text) for name, text in self.parts.items())
        return parts + len(self.label or "")

    @property
    def is_asked(self) -> bool:
        """Whether something in the row says what was asked for."""
        return "instruction" in self.parts or any(name.endswith("user") for name in self.parts)

    def values(self) -> dict[str, Any]:
        """What a template is given."""
        return {
            "parts": dict(self.parts),
            "label": self.label,
            "mark": mark_of(self.parts.values()),
            "is_asked": self.is_asked,
        }


def shown(sample: Sample) -> Shown:
    """All of a row: tools, conversation, record, input, reasoning, response; those that it has, each under its name.

    A record that is a triple is shown as one where nothing else of the row would bear its names.
    """
    asked, said = own_texts(sample)
    pair = {**({"instruction": asked} if asked else {}), **_reasoning(sample)}
    if said is not None:
        pair["response" if sample.input else "text"] = said
    record: dict[str, str] = {}
    if sample.fields:
        triple = None if sample.messages else _triple(sample.fields)
        is_apart = triple is not None and not (pair.keys() - {"reasoning"} or triple.keys() & pair.keys())
        record = triple if triple and is_apart else {"record": dumps(dict(sample.fields))}
    tools = {"tools": _tools(sample)} if sample.tools else {}
    return Shown({**tools, **turns(sample.messages), **record, **pair}, sample.label)


def own_texts(sample: Sample) -> tuple[str, str | None]:
    """A row's input ("" for none) and response (None for none), where no other part of it shows them.

    Those of a conversation are its turns; beside a record they count where they say more than it does.
    """
    if sample.messages:
        return "", None
    if not sample.fields:
        return sample.input, sample.response
    held = frozenset(_texts(dict(sample.fields)))
    is_new = sample.response and sample.response not in held and not _is_of(sample.fields, sample.response)
    return ("" if sample.input in held else sample.input), (sample.response if is_new else None)


def _texts(value: Any) -> Iterator[str]:
    """All texts of a JSON value, however deep."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            left.extend(one.values())
        elif isinstance(one, list | tuple):
            left.extend(one)


def _is_of(fields: Mapping[str, Any], text: str) -> bool:
    """Whether a text is JSON of a record's columns, each once at any depth, with nothing else in it."""
    try:
        columns = json.loads(text, object_pairs_hook=_each_once)
        return isinstance(columns, dict) and all(
            name in fields and dumps(value) == dumps(fields[name]) for name, value in columns.items()
        )
    except (ValueError, RecursionError):
        return False


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _reasoning(sample: Sample) -> dict[str, str]:
    return {} if sample.reasoning is None else {"reasoning": sample.reasoning}


def _tools(sample: Sample) -> str:
    return dumps([tool.to_json() for tool in sample.tools])


def turns(messages: Sequence[Message]) -> dict[str, str]:
    """A conversation's turns by number and role, with the calls of tools in them; an odd role stands in its turn."""
    found: dict[str, str] = {}
    for at, (turn, text) in enumerate(_said(messages), start=1):
        if turn.role in ROLES:
            found[f"{at} {turn.role}"] = text
        else:
            found[f"{at} other"] = f"role: {turn.role}\n{text}"
    return found


def _said(messages: Sequence[Message]) -> Iterator[tuple[Message, str]]:
    """Each turn with all that it says; the id of a call that it answers only where no turn made that call."""
    calls = {str(call.get("id")) for turn in messages for call in turn.tool_calls}
    for turn in messages:
        answered = turn.tool_call_id
        told = [
            f"name: {turn.name}" if turn.name else "",
            f"tool call id: {answered}" if answered and answered not in calls else "",
            turn.reasoning_content,
            turn.content,
            f"tool calls: {dumps([dict(call) for call in turn.tool_calls])}" if turn.tool_calls else "",
        ]
        yield turn, "\n".join(filter(None, told))


def _triple(fields: Mapping[str, Any]) -> dict[str, str] | None:
    """A record of an instruction and a response, all of it text; None where it is another one."""
    found: dict[str, str] = {}
    used: set[str] = set()
    for part, columns in TRIPLE:
        column = next((one for one in columns if isinstance(fields.get(one), str)), None)
        if column is not None:
            found[part] = fields[column]
            used.add(column)
    if "input" in found and "instruction" not in found:
        found = {"instruction": found.pop("input"), **found}
    is_whole = "response" in found and "instruction" in found and used == fields.keys()
    return {name: text for name, text in found.items() if text} if is_whole else None


def mark_of(texts: Iterable[str]) -> str:
    """12 hex characters of texts, which can't hold them but by chance."""
    whole = "\0".join(texts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(whole, digest_size=6).hexdigest()


def row_text(sample: Sample) -> str:
    """A row in one text: conversation, record as JSON, input and response, reasoning, tools; those that it has."""
    asked, said = own_texts(sample)
    told = [f"{turn.role}: {text}" for turn, text in _said(sample.messages)]
    is_beside = bool(told or asked or said is not None)
    if sample.fields:
        record = dumps(dict(sample.fields))
        told.append(f"record: {record}" if is_beside else record)
    if asked:
        told.append(f"input: {asked}")
    if said is not None:
        told.append(f"response: {said}" if sample.input or sample.fields else said)
    told += [f"reasoning: {text}" for text in _reasoning(sample).values()]
    return "\n\n".join([*told, f"tools: {_tools(sample)}"] if sample.tools else told)
