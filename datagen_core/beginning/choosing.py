"""What is found taken for something: which rows are the seeds, which column the class; and what to ask about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from datagen_core.beginning.finding import HELD_OUT
from datagen_core.beginning.found import Found, FoundRows
from datagen_core.beginning.reaching import Reached
from datagen_core.errors import InputError, UsageError

MOST_NAMED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What was said. None: nothing, so that an assumption is made.

    Attributes:
        seeds: A file of rows, as `Question.choices` names it.
        label: A column.
        task: What a model trained on the data should do.
        model: `provider/name`; "" for none.
        num_samples: Rows wanted.
    """

    seeds: str | None = None
    label: str | None = None
    task: str | None = None
    model: str | None = None
    num_samples: int | None = None

    def said(self, key: str, value: str) -> Answers:
        """The same with one more answer."""
        given: dict[str, Any] = {key: value}
        return replace(self, **given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something whose answer changes the plan: `key` names the field of `Answers`; no choices mean any text."""

    key: str
    text: str
    default: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the recipe will be made of.

    Attributes:
        seeds, label: The rows that are the examples, and their column of classes.
        unlabelled: Texts beside labelled seeds.
        test, development: Labelled rows for measuring.
        assumptions: What was assumed, in words.
        left_out: What was found and isn't used, with the reason.
    """

    seeds: FoundRows | None = None
    label: str | None = None
    unlabelled: FoundRows | None = None
    test: FoundRows | None = None
    development: FoundRows | None = None
    assumptions: tuple[str, ...] = ()
    left_out: tuple[tuple[Path, str], ...] = ()


def questions(found: Found, answers: Answers, reached: Reached) -> tuple[Question, ...]:
    """What is open, the most important first; at most three."""
    rivals = _rivals(found)
    names = [name_in(found, rows.path) for rows in rivals]
    asked: list[Question] = []
    if len(rivals) > 1 and answers.seeds is None:
        asked.append(
            Question(
                key="seeds",
                text="Which rows are the examples to work from?",
                default=names[0],
                choices=tuple(names),
            )
        )
    seeds = _seeds(found, answers)
    labels = [column.name for column in seeds.labels] if seeds else []
    if len(labels) > 1 and "label" not in labels and answers.label is None:
        asked.append(
            Question(
                key="label", text="Which column holds the class?", default=labels[0], choices=tuple(labels)
            )
        )
    if is_bare(found) and not answers.task:
        asked.append(Question(key="task", text="What should a model trained on the data do?", default=""))
    if reached.model is None and answers.model is None:
        asked.append(
            Question(key="model", text="Which model may be called (provider/name; empty: none)?", default="")
        )
    return tuple(asked)[:3]


def choose(found: Found, answers: Answers) -> Choice:
    """What is taken for what.

    Raises:
        InputError: an answer that names no file or column, or a folder that tells nothing and no task.
    """
    if is_bare(found) and not answers.task:
        raise InputError(
            "nothing says what data is wanted" + (": all rows are held out" if found.rows else ""),
            where=str(found.place),
            expected="examples (CSV, JSONL …), documents, a grammar or a JSON Schema there, or a task",
            hint='datagen init --task "what a model trained on the data should do" --model PROVIDER/NAME',
        )
    seeds = _seeds(found, answers)
    label = _label(seeds, answers)
    others = [rows for rows in found.rows if rows is not seeds and not rows.held_out]
    texts = [rows for rows in others if label and rows.form == "text" and not rows.is_labelled]
    unlabelled = min(
        texts, key=lambda rows: ("unlab" not in rows.path.name.lower(), -rows.rows), default=None
    )
    test, development = _measuring(found, label)
    used = (seeds, unlabelled, test, development)
    left_out = [
        (rows.path, _why_not(rows, label)) for rows in found.rows if not any(rows is one for one in used)
    ]
    return Choice(
        seeds=seeds,
        label=label,
        unlabelled=unlabelled,
        test=test,
        development=development,
        assumptions=tuple(_assumed(found, answers, seeds, label, unlabelled)),
        left_out=tuple(left_out),
    )


def is_bare(found: Found) -> bool:
    """Whether nothing there says what rows are to be like."""
    return not (_rivals(found) or found.documents or found.grammars or found.schemas)


def name_in(found: Found, path: Path) -> str:
    """A path as one says it: relative to the place looked at."""
    return path.name if path == found.place else path.relative_to(found.place).as_posix()


def _rivals(found: Found) -> list[FoundRows]:
    """Rows that may be the seeds, the likeliest first: called so, labelled, then the most.

    Bare texts are seeds where nothing says more.
    """
    rows = [one for one in found.rows if not one.held_out]
    best = [one for one in rows if one.is_labelled or one.form != "text"]
    if not (best or found.documents or found.grammars or found.schemas):
        best = rows
    return sorted(best, key=lambda one: ("seed" not in one.path.name.lower(), not one.is_labelled, -one.rows))


def _seeds(found: Found, answers: Answers) -> FoundRows | None:
    rivals = _rivals(found)
    if answers.seeds is None:
        return rivals[0] if rivals else None
    for rows in found.rows:
        if name_in(found, rows.path) == answers.seeds:
            return rows
    raise InputError(
        f"no rows in {answers.seeds}",
        where=str(found.place),
        expected=f"one of {', '.join(name_in(found, rows.path) for rows in rivals) or 'none'}",
    )


def _label(seeds: FoundRows | None, answers: Answers) -> str | None:
    names = [column.name for column in seeds.labels] if seeds else []
    if answers.label is None:
        return names[0] if names else None
    if answers.label not in names:
        raise UsageError(
            f"no column of classes {answers.label!r}", expected=f"one of {', '.join(names) or 'none'}"
        )
    return answers.label


def _measuring(found: Found, label: str | None) -> tuple[FoundRows | None, FoundRows | None]:
    """Labelled rows held out for the end, and others for development."""
    fit = [rows for rows in found.rows if rows.held_out and label and _has_all(rows, label)]
    fit.sort(key=lambda rows: (HELD_OUT.index(rows.held_out), -rows.rows))
    return (fit[0] if fit else None), (fit[1] if len(fit) > 1 else None)


def _has_all(rows: FoundRows, label: str) -> bool:
    return any(column.name == label and column.is_complete for column in rows.labels)


def _why_not(rows: FoundRows, label: str | None) -> str:
    if not rows.held_out:
        return (
            "bare texts, and the rest says more"
            if rows.form == "text" and not rows.labels
            else "another file is the seeds"
        )
    if label is None:
        return f"held out ({rows.held_out}), and there are no labels to measure"
    return f"held out ({rows.held_out})" + (
        "" if _has_all(rows, label) else f", and not all rows have {label!r}"
    )


def _assumed(
    found: Found, answers: Answers, seeds: FoundRows | None, label: str | None, unlabelled: FoundRows | None
) -> list[str]:
    lines = []
    rivals = _rivals(found)
    if seeds and len(rivals) > 1 and answers.seeds is None:
        why = (
            "by its name"
            if "seed" in seeds.path.name.lower()
            else "the most labelled rows"
            if label
            else "the most rows"
        )
        others = _listed([name_in(found, rows.path) for rows in rivals if rows is not seeds])
        lines.append(f"the seeds are {name_in(found, seeds.path)} ({why}), not {others}")
    if seeds and label and label != "label" and answers.label is None:
        more = [column.name for column in seeds.labels if column.name != label]
        lines.append(f"the class is in column {label!r}" + (f", not in {_listed(more)}" if more else ""))
    if seeds and seeds.text and seeds.form != "record":
        lines.append(f"the text is in column {seeds.text!r}")
    if unlabelled:
        lines.append(f"{name_in(found, unlabelled.path)} holds real texts without labels")
    return lines


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
