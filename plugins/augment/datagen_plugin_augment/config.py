"""Options of the augmentation by rule, and the folder type its word lists may come from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field

from datagen_core.config import Config, InputPath
from datagen_core.errors import InputError

Operation: TypeAlias = Literal["swap", "delete", "insert", "replace"]
Phrase: TypeAlias = Annotated[str, Field(min_length=1, pattern=r"\S")]


def _compiling(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
    return patterns


Patterns: TypeAlias = Annotated[tuple[str, ...], AfterValidator(_compiling)]
"""Regular expressions."""


class WordFolder(InputPath):
    """A folder of word lists `<entity>.txt`: resolved against the recipe's folder, identified by its content."""

    __slots__ = ()

    def files(self) -> dict[str, Path]:
        """Entity → its file, by name. Raises InputError when there is no such folder or it has no list."""
        found = {}
        if self.path.is_dir():
            for path in sorted(self.path.iterdir()):
                if path.is_file() and path.name.endswith(".txt"):
                    found[path.name.removesuffix(".txt")] = path
        if not found:
            raise InputError(
                f"no word lists in {self.given}",
                where=str(self.path),
                expected="a folder with one file <entity>.txt for each slot to fill",
                hint="name one list for each entity instead: words: {artist: artists.txt, city: [Rome, Oslo]}",
            )
        return found

    def digest(self) -> str:
        """sha256 over the names and contents of the lists. Raises InputError as `files` does."""
        state = hashlib.sha256()
        for entity, path in self.files().items():
            state.update(f"{entity}\0{InputPath(str(path)).digest()}\0".encode("utf-8", "surrogatepass"))
        return state.hexdigest()

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {
            "type": "string",
            "minLength": 1,
            "description": "a folder of <entity>.txt, relative to the recipe",
        }


class AugmentConfig(Config):
    """How new rows are made from the seeds. `use: augment-<mode>` sets the mode."""

    mode: Literal["slot-exchange", "frames", "splice", "word-edits"] = Field(
        "word-edits", description="the operator; arms of different modes are different arms"
    )
    words: Mapping[str, tuple[Phrase, ...] | InputPath] | WordFolder = Field(
        default_factory=dict,
        description="frames: word lists by entity, each a list or a .txt file (one entry a line, # comments); "
        "or a folder of <entity>.txt",
    )
    share: float = Field(
        0.1, gt=0, le=1, description="word-edits: edits per row as a share of its words, at least one edit"
    )
    operations: tuple[Operation, ...] = Field(
        ("swap", "delete", "insert", "replace"), min_length=1, description="word-edits: the edits allowed"
    )
    protect: Patterns = Field(
        (),
        description="regular expressions of spans to keep, besides numbers, code in backticks, URLs and "
        "placeholders",
    )
    tries: int = Field(20, ge=1, le=1000, description="attempts at a row before it is rejected")
