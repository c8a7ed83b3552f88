"""What can lie in a folder, one class for each kind of thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datagen_core.beginning.columns import LabelColumn
from datagen_core.nothing import EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRows:
    """A file of rows.

    Attributes:
        form: What rows are without a label: `text`, `pair`, `chat` or `record`.
        rows: How many were read; `is_whole` says whether that is all.
        text: The column to name as the text; None where it is found unasked.
        labels: Columns that may hold the class.
        held_out: By what its name says that it is for measuring (`test`); "" else.
        schema: Of records.
        sample: Some rows, at even distances.
        texts: Their texts.
    """

    path: Path
    form: str
    rows: int
    is_whole: bool
    text: str | None = None
    labels: tuple[LabelColumn, ...] = ()
    held_out: str = ""
    schema: Mapping[str, Any] = EMPTY
    sample: tuple[Mapping[str, Any], ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def is_labelled(self) -> bool:
        """Whether a column may hold the class."""
        return bool(self.labels)

    def says(self) -> str:
        """What it is, in words."""
        form = (
            "labelled texts"
            if self.labels
            else {"text": "texts", "chat": "conversations"}.get(self.form, f"{self.form}s")
        )
        rows = f"{self.rows:,}{'' if self.is_whole else ' or more'} {form}"
        rows += f", {len(self.labels[0].values)} classes in {self.labels[0].name!r}" if self.labels else ""
        return rows + (f"; held out ({self.held_out})" if self.held_out else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDocuments:
    """Pages: a folder of them, or one."""

    path: Path
    pages: int

    def says(self) -> str:
        """What it is, in words."""
        return "a document" if self.pages == 1 else f"{self.pages:,} documents"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundGrammar:
    """A template grammar."""

    path: Path
    rules: int

    def says(self) -> str:
        """What it is, in words."""
        return f"a grammar of {self.rules:,} rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSchema:
    """A JSON Schema of records."""

    path: Path
    schema: Mapping[str, Any]

    def says(self) -> str:
        """What it is, in words."""
        return f"a JSON Schema with {len(self.schema.get('properties', {})):,} properties"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A file that isn't used, and why."""

    path: Path
    why: str

    def says(self) -> str:
        """Why, in words."""
        return f"left out: {self.why}"


Thing = FoundRows | FoundDocuments | FoundGrammar | FoundSchema | LeftOut


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that was found, in the order of names. `place` is the folder (or the one file) looked at."""

    place: Path
    rows: tuple[FoundRows, ...] = ()
    documents: tuple[FoundDocuments, ...] = ()
    grammars: tuple[FoundGrammar, ...] = ()
    schemas: tuple[FoundSchema, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def all(self) -> tuple[Thing, ...]:
        """What was found, then what was left out."""
        return (*self.rows, *self.documents, *self.grammars, *self.schemas, *self.left_out)
