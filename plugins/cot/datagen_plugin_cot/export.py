"""`cot`: rows with reasoning as the data of two tasks, or with reasoning and answer in one target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datagen_core.exporter import Exporter, Fit, Problem
from datagen_core.exporting import unfit
from datagen_core.inputs import Seed
from datagen_core.json_lines import problems, write_lines
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_core.row_forms import CHAT_COLUMNS, as_sample
from datagen_core.sample import Sample
from datagen_plugin_cot.cases import reasoning_of
from datagen_plugin_cot.config import CotExportConfig

TASKS = ("predict", "explain")
"""To give the answer, and to give the reasoning; a trainer's input begins with the task and a colon."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a trainer is shown of a row."""

    input: str
    reasoning: str
    answer: str


class CotExport(Exporter[CotExportConfig]):
    """JSON Lines: two records a row that share input and `parent_id`, or one.

    The two tasks are those of Distilling step-by-step (Hsieh et al. 2023, arXiv 2305.02301, section 3.2).
    """

    suffix = ".jsonl"

    def fit(self, sample: Sample) -> Fit:
        """See `Exporter.fit`: a row must have reasoning, one question and one answer."""
        shown = self._shown(sample)
        if isinstance(shown, Refusal):
            return Fit(refusal=shown)
        return Fit(lost=("the tools",) if sample.tools else ())

    def export(self, samples: Iterable[Sample], file: Path) -> int:
        """See `Exporter.export`; returns how many rows, not records."""
        count = 0

        def records() -> Iterator[dict[str, Any]]:
            nonlocal count
            for sample in samples:
                yield from self._records(sample)
                count += 1

        write_lines(records(), file)
        return count

    def check(self, file: Path) -> Iterator[Problem]:
        """Lines that aren't records of the form."""
        return problems(file, self._wrong)

    def _records(self, sample: Sample) -> Iterator[dict[str, Any]]:
        shown = self._shown(sample)
        if isinstance(shown, Refusal):
            raise unfit("cot", sample, shown)
        if self.config.form == "merged":
            target = f"{shown.reasoning}\n{self.config.marker} {shown.answer}"
            yield {"id": sample.id, "input": shown.input, "target": target}
            return
        for task, target in zip(TASKS, (shown.answer, shown.reasoning), strict=True):
            record = {"id": f"{sample.id}-{task}", "parent_id": sample.id, "task": task, "input": shown.input}
            prompt = {"prompt": f"{task}: {shown.input}"} if self.config.prefix else EMPTY
            yield {**record, **prompt, "target": target}

    def _shown(self, sample: Sample) -> _Shown | Refusal:
        sample = _with_turns(sample)
        reasoning = reasoning_of(sample)
        if not reasoning:
            hint = {"hint": "datagen apply cot-enhance DATA writes it"}
            return Refusal("no_reasoning", "a row with reasoning", params=hint)
        asked = _asked(sample)
        if isinstance(asked, Refusal):
            return asked
        shown = _Shown(asked[0], reasoning, asked[1])
        if self.config.form == "merged" and self.config.marker in f"{reasoning}\n{shown.answer}":
            hint = {"hint": "choose another marker"}
            return Refusal("marker_inside", "the marker stands nowhere else", self.config.marker, params=hint)
        return shown

    def _wrong(self, row: Mapping[str, Any]) -> Iterator[str]:
        names = ["id", "input", "target"]
        if self.config.form == "multitask":
            names += ["parent_id", "task", *(["prompt"] if self.config.prefix else [])]
            if row.get("task") not in TASKS:
                yield f"task is {row.get('task')!r}, not {' or '.join(TASKS)}"
        yield from (f"{name} is no text" for name in names if not isinstance(row.get(name), str))


def _with_turns(sample: Sample) -> Sample:
    """The row; one that was read from a file with its conversation, which stands in a column there."""
    if sample.messages or not CHAT_COLUMNS.keys() & sample.fields.keys():
        return sample
    return as_sample(Seed(id=sample.id, text=sample.response, label=sample.label, row=sample.fields))


def _asked(sample: Sample) -> tuple[str, str] | Refusal:
    """Question and answer: of a text with a class that class, of a conversation those of its only turns."""
    if not sample.messages:
        if sample.input:
            return sample.input, sample.response
        if sample.label is not None:
            return sample.response, sample.label
        return Refusal("no_question", "a question with its answer, or a text with its class")
    roles = [turn.role for turn in sample.messages]
    system = sample.messages[0].content if roles[0] in ("system", "developer") else ""
    if roles[1 if system else 0 :] != ["user", "assistant"] or sample.messages[-1].tool_calls:
        return Refusal("several_turns", "one question and its answer", len(roles))
    return "\n\n".join(filter(None, (system, sample.input))), sample.response
