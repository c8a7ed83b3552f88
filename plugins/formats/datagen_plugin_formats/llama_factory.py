"""LLaMA-Factory's formattings (data/README.md, data/converter.py), with the entry of dataset_info.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from datagen_core.exporter import Problem
from datagen_core.json_lines import lines
from datagen_core.refusal import Refusal
from datagen_core.sample import Message, Sample
from datagen_plugin_formats import rules
from datagen_plugin_formats.chat_forms import THINK, answer, instruction_rules, sharegpt_row
from datagen_plugin_formats.config import LlamaFactoryConfig
from datagen_plugin_formats.conversation import Conversation
from datagen_plugin_formats.generic import SHAREGPT
from datagen_plugin_formats.judged import Preferred, Rated, kind_of
from datagen_plugin_formats.rows_exporter import Form, Made, RowsExporter
from datagen_plugin_formats.shapes import (
    Dialect,
    has_tools,
    instruction,
    messages,
    tools_text,
    unanswered,
    without_text_beside_calls,
    wrapped_tools,
)

INFO = "dataset_info.json"
SHAREGPT_HINT = "-f llama-factory has a place for tools"
DIALECT = Dialect()
"""Arguments as objects: its FunctionFormatter writes them as JSON itself."""
SUFFIXES = {"preference": "-ranked", "unpaired": "-kto"}
_TURNS = {"messages": "conversations", "system": "system", "tools": "tools"}
_PARTS = {
    "prompt": "instruction",
    "query": "input",
    "response": "output",
    "system": "system",
    "history": "history",
}
_RANKED = {"chosen": "chosen", "rejected": "rejected"}
_OPENAI_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "observation_tag": "tool",
    "function_tag": "function_call",
    "system_tag": "system",
}
ENTRIES: Mapping[str, Mapping[str, Any]] = {
    "sharegpt": {"formatting": "sharegpt", "columns": _TURNS},
    "sharegpt-ranked": {"formatting": "sharegpt", "ranking": True, "columns": {**_TURNS, **_RANKED}},
    "sharegpt-kto": {"formatting": "sharegpt", "columns": {**_TURNS, "kto_tag": "kto_tag"}},
    "alpaca": {"formatting": "alpaca", "columns": _PARTS},
    "alpaca-ranked": {"formatting": "alpaca", "ranking": True, "columns": {**_PARTS, **_RANKED}},
    "openai": {
        "formatting": "openai",
        "columns": {"messages": "messages", "tools": "tools"},
        "tags": _OPENAI_TAGS,
    },
}
"""Form → what dataset_info.json says of a file; a column that isn't named there isn't read."""


def _sharegpt(read: Conversation) -> Made | Refusal:
    return unanswered(read) or _turns(read)


def _turns(read: Conversation) -> Made:
    """`conversations`, with system and tools as columns that every row has."""
    made = sharegpt_row(read, system_first=False)
    return Made({**made.row, "tools": tools_text([tool.to_json() for tool in read.tools])}, made.lost)


def _ranked(read: Preferred) -> Made:
    made = _turns(read.prompt)
    pair = {"chosen": _gpt(read.chosen), "rejected": _gpt(read.rejected)}
    return Made({**made.row, **pair}, made.lost)


def _kto(read: Rated) -> Made:
    made = _turns(read.prompt)
    turns = [*made.row["conversations"], _gpt(read.completion)]
    return Made({**made.row, "conversations": turns, "kto_tag": read.label}, made.lost)


def _gpt(turn: Message) -> dict[str, str]:
    return {"from": "gpt", "value": turn.content}


def _alpaca(read: Conversation) -> Made | Refusal:
    """The last question and answer; those before are the history."""
    return (
        has_tools(read, SHAREGPT_HINT)
        or unanswered(read)
        or Made({**instruction(read), "system": read.system, "history": _history(read.turns[:-2])})
    )


def _alpaca_ranked(read: Preferred) -> Made | Refusal:
    prompt = read.prompt
    told, more = prompt.task or (prompt.turns[-1].content, "")
    return has_tools(prompt, SHAREGPT_HINT) or Made(
        {
            **{"instruction": told, "input": more, "output": "", "system": prompt.system},
            "history": _history(prompt.turns[:-1]),
            **{"chosen": read.chosen.content, "rejected": read.rejected.content},
        }
    )


def _history(turns: tuple[Message, ...]) -> list[list[str]]:
    return [[turns[at].content, turns[at + 1].content] for at in range(0, len(turns), 2)]


def _openai(read: Conversation) -> Made | Refusal:
    plain, lost = without_text_beside_calls(read)
    row = {"messages": messages(plain, DIALECT), "tools": tools_text(wrapped_tools(read.tools))}
    return unanswered(read) or Made(row, lost)


def _sharegpt_rules(row: Mapping[str, Any]) -> Iterator[str]:
    yield from rules.turns(row.get("conversations"), _without_system(), "conversations")
    yield from _beside(row)


def _ranked_rules(row: Mapping[str, Any]) -> Iterator[str]:
    yield from rules.turns(row.get("conversations"), _without_system("user"), "conversations")
    yield from _beside(row)
    for name in ("chosen", "rejected"):
        yield from answer(row.get(name), name, "from", "value", "gpt")


def _kto_rules(row: Mapping[str, Any]) -> Iterator[str]:
    yield from _sharegpt_rules(row)
    yield from rules.columns(row, kto_tag="true or false")


def _without_system(last: str = "assistant") -> rules.TurnRules:
    return rules.TurnRules(role="from", content="value", roles=SHAREGPT.roles, joins_answers=True, last=last)


def _beside(row: Mapping[str, Any]) -> Iterator[str]:
    yield from rules.columns(row, system="text?")
    yield from rules.tools(row.get("tools"), as_text=True)


def _alpaca_rules(row: Mapping[str, Any]) -> Iterator[str]:
    yield from instruction_rules(row)
    yield from _history_rules(row)


def _alpaca_ranked_rules(row: Mapping[str, Any]) -> Iterator[str]:
    yield from rules.columns(row, instruction="text", input="text?", chosen="text", rejected="text")
    yield from _history_rules(row)


def _history_rules(row: Mapping[str, Any]) -> Iterator[str]:
    yield from rules.columns(row, system="text?", history="a list?")
    pairs = row.get("history")
    for pair in pairs if isinstance(pairs, list) else ():
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(text, str) for text in pair):
            yield "history holds something else than pairs of texts"
            return


def _openai_rules(row: Mapping[str, Any]) -> Iterator[str]:
    yield from rules.turns(row.get("messages"))
    yield from rules.tools(row.get("tools"), as_text=True)


class LlamaFactory(RowsExporter[LlamaFactoryConfig]):
    """Rows that its converters keep, in fixed columns, and `dataset_info.json`, without which the file is invisible."""

    forms: ClassVar[Mapping[str, Form]] = {
        "sharegpt-ranked": Form(
            "preference", _ranked, _ranked_rules, ("conversations", "chosen", "rejected"), THINK
        ),
        "sharegpt-kto": Form("unpaired", _kto, _kto_rules, ("conversations", "kto_tag"), THINK),
        "sharegpt": Form("chat", _sharegpt, _sharegpt_rules, ("conversations",), THINK),
        "alpaca-ranked": Form(
            "preference", _alpaca_ranked, _alpaca_ranked_rules, ("instruction", "chosen", "rejected"), THINK
        ),
        "alpaca": Form("chat", _alpaca, _alpaca_rules, ("instruction", "output"), THINK),
        "openai": Form("chat", _openai, _openai_rules, ("messages",), ("none", "think")),
    }

    def for_rows(self, first: Sample) -> Self:
        """With the form of the formatting for rows like the first."""
        if self.form:
            return self
        form = self.config.formatting + SUFFIXES.get(kind_of(first), "")
        return self.in_form(form if form in self.forms else self.config.formatting)

    def companions(self, file: Path) -> Mapping[str, Mapping[str, Any]]:
        """The file's entry of dataset_info.json."""
        entry = ENTRIES[self.form or self.config.formatting]
        return {INFO: {self.config.dataset or file.stem: {"file_name": file.name, **entry}}}

    def check_whole(self, file: Path, form: str) -> Iterator[Problem]:
        """An entry of dataset_info.json beside the file, whose columns all rows have."""
        try:
            info = json.loads((file.parent / INFO).read_text(encoding="utf-8"))
            entries = [entry for entry in info.values() if entry.get("file_name") == file.name]
        except (OSError, ValueError, AttributeError):
            yield Problem(
                f"{INFO} beside the file is missing or can't be read: the file is invisible without"
            )
            return
        if not entries:
            yield Problem(f"{INFO} has no entry with file_name {file.name!r}: the file is invisible without")
        for entry in entries:
            yield from self._check_entry(entry, file, form)

    def _check_entry(self, entry: Mapping[str, Any], file: Path, form: str) -> Iterator[Problem]:
        wanted = ENTRIES[form]
        for key in ("formatting", "ranking"):
            if entry.get(key) != wanted.get(key):
                yield Problem(f"{INFO}: {key} is {entry.get(key)!r}, not {wanted.get(key)!r}")
        told = entry.get("columns")
        columns = [str(column) for column in (told.values() if isinstance(told, Mapping) else ())]
        there: set[str] = set()
        for _, row in lines(file):
            there.update(row if isinstance(row, dict) else ())
        missing = sorted(column for column in columns if column not in there)
        if missing:
            yield Problem(f"{INFO} names columns that no row has: {', '.join(missing)}")
