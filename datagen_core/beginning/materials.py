"""What a proposed recipe works from: seeds, texts, documents, a grammar, a schema; the task and the language."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datagen_core.beginning.choosing import Answers, Choice, name_in
from datagen_core.beginning.found import Found, FoundRows
from datagen_core.errors import DatagenError
from datagen_core.languages import identify

TASKS = {
    "labelled": "text classification",
    "pair": "following instructions",
    "chat": "holding conversations",
    "record": "writing records of this kind",
    "text": "writing texts of this kind",
}
MOST_DOCUMENTS = 40


def form_of(choice: Choice) -> str:
    """What the seeds are; "" where there are none."""
    return "" if choice.seeds is None else "labelled" if choice.label else choice.seeds.form


@dataclass
class Materials:
    """The beginning of a recipe, and what is noted on the way.

    Attributes:
        found, answers: What there is, and what was said.
        base: The folder that the recipe will lie in.
        data: The recipe so far.
        why: Key → the reason for its value.
        assumptions: What was assumed.
        not_used: What was found and has no place in it, with the reason.
    """

    found: Found
    base: Path
    answers: Answers
    data: dict[str, Any]
    why: dict[str, str] = field(default_factory=dict)
    assumptions: list[str] = field(default_factory=list)
    not_used: list[str] = field(default_factory=list)

    def put_in(self, choice: Choice) -> None:
        """Names in the recipe what there is."""
        data, seeds = self.data, choice.seeds
        if seeds:
            data["seeds"] = self.source(seeds, choice.label)
            self.why["seeds"] = seeds.says()
        if choice.unlabelled:
            data["unlabelled"] = self.source(choice.unlabelled, None)
            self.why["unlabelled"] = choice.unlabelled.says()
        form = form_of(choice)
        self._documents(data, form)
        self._grammar(data, form)
        self._schema(data, choice, form)
        self._task(data, form)
        self._language(data, choice)

    def source(self, rows: FoundRows, label: str | None) -> Any:
        """Rows as a recipe names them."""
        more: dict[str, Any] = {"text": rows.text} if rows.text else {}
        more |= {"label": label} if label and label != "label" else {}
        more |= {"record": True} if rows.form == "record" and not rows.text else {}
        path = self._path(rows.path)
        return {"path": path, **more} if more else path

    def _path(self, path: Path) -> str:
        """Relative to the recipe; absolute where that would be read as a home folder."""
        try:
            relative = Path(os.path.relpath(path, self.base)).as_posix()
        except ValueError:  # another drive
            return str(path)
        return str(path) if relative.startswith("~") else relative

    def _documents(self, data: dict[str, Any], form: str) -> None:
        pages = self.found.documents
        if not pages:
            return
        if form not in ("", "pair"):
            self.unused("documents", "rows are to be like the seeds")
            return
        data["documents"] = [self._path(one.path) for one in pages[:MOST_DOCUMENTS]]
        self.why["documents"] = "files, folders or patterns to make rows from"
        if len(pages) > MOST_DOCUMENTS:
            self.unused(f"{len(pages) - MOST_DOCUMENTS} more pages", "name a folder or a pattern for them")

    def _grammar(self, data: dict[str, Any], form: str) -> None:
        grammars = self.found.grammars
        if grammars and form in ("", "labelled", "text") and "documents" not in data:
            data["grammar"] = self._path(grammars[0].path)
            self.why["grammar"] = grammars[0].says()
        for one in grammars[1 if "grammar" in data else 0 :]:
            self.unused(name_in(self.found, one.path), "a grammar beside what is used")

    def _schema(self, data: dict[str, Any], choice: Choice, form: str) -> None:
        rows, schemas = choice.seeds, self.found.schemas
        fit = [one for one in schemas if not rows or _fits(one.schema, rows)]
        if fit and form in ("", "record") and not {"documents", "grammar"} & data.keys():
            data["json_schema"] = self._path(fit[0].path)
            self.why["json_schema"] = "what each row must satisfy"
        elif form == "record" and rows:
            data["json_schema"] = dict(rows.schema)
            self.why["json_schema"] = "told from the seeds' columns; narrow it where you know more"
            self.assumptions.append("rows are to be records like those of the seeds, of the same columns")
        for one in schemas:
            if one not in fit[:1] or not isinstance(data.get("json_schema"), str):
                self.unused(name_in(self.found, one.path), "a JSON Schema that the seeds aren't of")

    def _task(self, data: dict[str, Any], form: str) -> None:
        if self.answers.task:
            data["task"] = self.answers.task
            return
        guess = TASKS.get(form or ("record" if "json_schema" in data else ""), "")
        guess = "answering questions about the documents" if "documents" in data and not form else guess
        if guess:
            data["task"] = guess
            self.why["task"] = "a guess: say it better, prompts are told of it"
            self.assumptions.append(f"the task is {guess!r}")

    def _language(self, data: dict[str, Any], choice: Choice) -> None:
        texts = choice.seeds.texts if choice.seeds else ()
        try:
            told = identify("\n".join(texts)[:20_000]).language if texts else None
        except DatagenError:  # the extra isn't installed
            told = None
        if told and told != "en":
            data["languages"] = [told]
            self.why["languages"] = "told from the seeds"
            self.assumptions.append(f"rows are to be in the seeds' language, {told!r}")

    def unused(self, what: str, why: str) -> None:
        """Notes what was found and has no place."""
        self.not_used.append(f"{what}: {why}")


def _fits(schema: Mapping[str, Any], rows: FoundRows) -> bool:
    needed = schema.get("required", schema.get("properties", {}))
    return all(set(needed) <= row.keys() for row in rows.sample)
