"""What all exporters here share: a row made in the form chosen, further columns, and the rules that it must keep."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from datagen_core.dataset_columns import beside
from datagen_core.errors import UsageError
from datagen_core.exporter import Exporter, Fit, Problem
from datagen_core.exporting import unfit
from datagen_core.json_lines import Rules, lines, problems, type_name, write_lines
from datagen_core.refusal import Refusal
from datagen_core.sample import Message, Sample
from datagen_core.sources import PASSAGE
from datagen_plugin_formats.config import FormatConfig
from datagen_plugin_formats.conversation import Conversation
from datagen_plugin_formats.judged import (
    ANSWERS,
    Preferred,
    Rated,
    Stepwise,
    kind_of,
    learnt_from,
    preferred,
    rated,
    stepwise,
)
from datagen_plugin_formats.passages import with_passage
from datagen_plugin_formats.shapes import reasoned, with_reasoning
from datagen_plugin_formats.unused_options import unused_options

ConfigT = TypeVar("ConfigT", bound=FormatConfig)
Read = Conversation | Preferred | Rated | Stepwise | str
"""What a row was read as."""
READ_BESIDE = frozenset({"system", "tools", "history", "reasoning"})
"""Columns that rows are read from, beside those that the core knows, and of judged rows their answers."""
_HALF_PAIR = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Made:
    """A row of the file, and what of the sample isn't in it."""

    row: dict[str, Any]
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """One shape that a consumer reads.

    Attributes:
        kind: What rows are read as: `chat`, `preference`, `unpaired`, `stepwise` or `text`.
        make: A row of it; what was read has its reasoning in place and a system message, where there is one.
        rules: What is wrong with a row of a file.
        columns: The columns by which a file of it is known.
        reasoning: Where reasoning may go, by default to the first.
    """

    kind: str
    make: Callable[[Any], Made | Refusal]
    rules: Rules
    columns: tuple[str, ...]
    reasoning: tuple[str, ...] = ("field", "think", "none")


class RowsExporter(Exporter[ConfigT]):
    """Writes JSON Lines in one of the forms of a consumer, whatever the file's ending."""

    suffix = ".jsonl"
    forms: ClassVar[Mapping[str, Form]]
    """Name → form; of forms for the same kind of row the first is the usual one."""

    def __init__(self, config: ConfigT, form: str | None = None) -> None:
        super().__init__(config)
        self._last: tuple[Sample, Made | Refusal] | None = None
        self._used: set[str] = set()
        self.form = config.form_name or form or (next(iter(self.forms)) if len(self.forms) == 1 else None)
        mode = config.reasoning
        if self.form and mode and mode not in self.forms[self.form].reasoning:
            raise UsageError(
                f"{self.form} has no place for reasoning: {mode}",
                where="reasoning",
                expected=" or ".join(self.forms[self.form].reasoning),
            )

    def for_rows(self, first: Sample) -> Self:
        """With the usual form of rows like the first."""
        if self.form:
            return self
        kind = kind_of(first)
        fitting = [name for name, form in self.forms.items() if form.kind == kind]
        return self.in_form((fitting or list(self.forms))[0])

    def in_form(self, form: str) -> Self:
        """The same exporter with a form chosen."""
        chosen = type(self)(self.config, form)
        chosen._used = self._used
        return chosen

    def fit(self, sample: Sample) -> Fit:
        """See `Exporter.fit`."""
        made = self._made(sample)
        return Fit(refusal=made) if isinstance(made, Refusal) else Fit(lost=made.lost)

    def export(self, samples: Iterable[Sample], file: Path) -> int:
        """See `Exporter.export`. Raises UsageError also where a further column changes its type."""
        return write_lines(self._rows(samples), file)

    def notices(self) -> list[str]:
        """The options that no row needed."""
        has_turns = self.form is None or self.forms[self.form].kind not in ("text", "stepwise")
        return unused_options(self.config, self._used, has_turns=has_turns)

    def check(self, file: Path) -> Iterator[Problem]:
        """The consumer's own rules, applied to each row of the form chosen, else of the one that the first row has."""
        line, first = next(((at, row) for at, row in lines(file) if isinstance(row, dict)), (None, {}))
        known = (name for name, form in self.forms.items() if all(column in first for column in form.columns))
        name = self.form or next(known, None)
        if name is None:
            yield from problems(file)
            if line is not None:
                wanted = " or ".join(", ".join(form.columns) for form in self.forms.values())
                yield Problem(f"no form of its rows is known: it has {', '.join(first)}, not {wanted}", line)
            return
        yield from problems(file, self.forms[name].rules)
        yield from self.check_whole(file, name)

    def check_whole(self, file: Path, form: str) -> Iterator[Problem]:
        """Rules that no single row can break."""
        yield from ()

    def _rows(self, samples: Iterable[Sample]) -> Iterator[Mapping[str, Any]]:
        part: RowsExporter[ConfigT] = self
        types: dict[str, str] = {}
        for at, sample in enumerate(samples):
            part = part.for_rows(sample) if at == 0 else part
            made = part._made(sample)
            if isinstance(made, Refusal):
                raise unfit(part.form or "a row", sample, made)
            _check_types({name: made.row[name] for name in self.config.extra}, types, sample.id)
            yield made.row

    def _made(self, sample: Sample) -> Made | Refusal:
        """The row, with its further columns and what of the sample is missing; made once for `fit` and `export`."""
        if self.form is None:
            return self.for_rows(sample)._made(sample)
        if self._last is None or self._last[0] is not sample:
            self._last = (sample, self._made_as(self.forms[self.form], sample))
        return self._last[1]

    def _made_as(self, form: Form, sample: Sample) -> Made | Refusal:
        read = self._read(sample, form.kind)
        if isinstance(read, Refusal):
            return read
        mode = self.config.reasoning or form.reasoning[0]
        placed = _reasoned(read, mode)
        if any(turn.reasoning_content for turn in _turns(read)):
            self._used.add("reasoning")
        made = placed if isinstance(placed, Refusal) else form.make(placed)
        if isinstance(made, Refusal):
            return made
        lost = [*(read.lost if isinstance(read, Conversation) else ()), *made.lost]
        if mode == "none" and self.config.reasoning is None and placed != read:
            lost.append("the reasoning")
        lost += self._columns_left(sample, read)
        row, is_whole = _readable({**made.row, **self._extra(sample, made.row)})
        return Made(row, tuple(lost if is_whole else [*lost, "half of a surrogate pair (now �)"]))

    def _read(self, sample: Sample, kind: str) -> Read | Refusal:
        """What a row is, with what the options add to its prompt."""
        if kind == "text":
            if sample.messages or sample.input or not sample.response.strip():
                return Refusal(
                    "no_text", "a row that is one text", params={"hint": "-f chatml writes conversations"}
                )
            return sample.response
        if kind == "stepwise":
            return stepwise(sample)
        if kind == "chat":
            read = learnt_from(sample, self.config.instruction)
            if isinstance(read, Conversation) and read.task == (self.config.instruction, sample.response):
                self._used.add("instruction")
            return self._prompted(read, sample)
        judged = preferred(sample) if kind == "preference" else rated(sample)
        if isinstance(judged, Refusal):
            return judged
        prompt = self._prompted(judged.prompt, sample)
        return prompt if isinstance(prompt, Refusal) else replace(judged, prompt=prompt)

    def _prompted(self, read: Conversation | Refusal, sample: Sample) -> Conversation | Refusal:
        """With the system message of the options, where it has none, and the row's passage, where that is asked for."""
        if isinstance(read, Conversation) and not read.system and self.config.system is not None:
            self._used.add("system")
            read = replace(read, system=self.config.system)
        if isinstance(read, Refusal) or self.config.passage == "none":
            return read
        found = with_passage(read, sample, self.config.passage)
        if found is not read:
            self._used.add("passage")
        return found

    def _extra(self, sample: Sample, row: Mapping[str, Any]) -> dict[str, Any]:
        """The further columns; lists and objects as JSON text, so that no column changes its type."""
        own = next((name for name in self.config.extra if name in row), None)
        if own is not None:
            raise UsageError(
                f"the column {own!r} is the format's own", where="extra", expected="names of other columns"
            )
        return {name: _cell(_value(sample, name)) for name in self.config.extra}

    def _columns_left(self, sample: Sample, read: Read) -> list[str]:
        """The row's columns that are neither read nor written, in one phrase."""
        if not sample.fields and sample.label is None:
            return []
        turns = _turns(read)
        said = Sample(id=sample.id, messages=turns, label=sample.label) if turns else sample
        known = {
            *READ_BESIDE,
            *self.config.extra,
            *({PASSAGE} if turns and self.config.passage != "none" else ()),
            *(ANSWERS if not isinstance(read, Conversation | str) else ()),
        }
        columns = beside(sample.fields, said).items()
        left = [name for name, value in columns if value is not None and name not in known]
        label = sample.fields.get("label", sample.label)
        is_written = isinstance(read, Rated) or (turns and turns[-1].content == label)
        if label is not None and not is_written and "label" not in self.config.extra:
            left.append("label")
        return [f"columns {', '.join(left)} (--set extra=[…] keeps them)"] if left else []


def _turns(read: Read) -> tuple[Message, ...]:
    """All turns of what was read, the system message among them."""
    if isinstance(read, Preferred):
        return (*_turns(read.prompt), read.chosen, read.rejected)
    if isinstance(read, Rated):
        return (*_turns(read.prompt), read.completion)
    if not isinstance(read, Conversation):
        return ()
    return (Message(role="system", content=read.system), *read.turns)


def _reasoned(read: Read, mode: str) -> Read | Refusal:
    """What was read with all its reasoning in place."""
    if isinstance(read, Conversation):
        return reasoned(read, mode)
    if isinstance(read, Preferred | Rated):
        prompt = reasoned(read.prompt, mode)
        names = ("chosen", "rejected") if isinstance(read, Preferred) else ("completion",)
        answers = {name: with_reasoning(getattr(read, name), mode) for name in names}
        refusal = next((one for one in (prompt, *answers.values()) if isinstance(one, Refusal)), None)
        return refusal or replace(read, prompt=prompt, **answers)  # type: ignore[arg-type]
    return read


def _value(sample: Sample, name: str) -> Any:
    """A further column of a row; None where it has none."""
    known = {
        "id": sample.id,
        "label": sample.fields.get("label", sample.label),
        "response": sample.response,
        "arm": sample.metadata.arm,
        "quality_score": sample.metadata.quality_score,
    }
    return sample.fields.get(name, sample.metadata.method.get(name, known.get(name)))


def _cell(value: Any) -> Any:
    is_nested = isinstance(value, Mapping | Sequence) and not isinstance(value, str)
    return json.dumps(value, ensure_ascii=False) if is_nested else value


def _check_types(columns: Mapping[str, Any], types: dict[str, str], row: str) -> None:
    for name, value in columns.items():
        found = type_name(value)
        if found and types.setdefault(name, found) != found:
            raise UsageError(
                f"row {row}: column {name!r} is {found} and {types[name]} in earlier rows",
                where="extra",
                expected="a column of one type, as loaders infer it from the first rows",
            )


def _readable(row: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The row without halves of surrogate pairs, which Arrow refuses, and whether it had none."""
    text = json.dumps(row, ensure_ascii=False)
    if not _HALF_PAIR.search(text):
        return row, True
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    found: dict[str, Any] = json.loads(whole)
    return found, False
