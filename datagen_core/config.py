"""Options of components: validated, frozen, closed to unknown keys."""

from __future__ import annotations

import glob
import hashlib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationInfo
from pydantic_core import core_schema

from datagen_core.errors import InputError


class Config(BaseModel):
    """Base of every component's options.

    Unknown keys are errors, instances are frozen, and each field carries a description and, where it has
    one, a range (`Field(..., ge=, le=, description=)`): recipes are checked against them and editors show them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    def fingerprint(self) -> dict[str, Any]:
        """Everything that can change a result, as JSON: files count by content, not by path."""
        return self.model_dump(mode="json", context={"digest": True})


class Typed(str):
    """Text that was typed on a command line: a path among it may be relative to where it was typed."""

    __slots__ = ()


class InputPath:
    """A file named in a recipe: resolved against the recipe's folder, identified by its content.

    One typed on a command line is looked for in the working folder first. `given` is what the user wrote, `path`
    the absolute place. In a fingerprint the content hash stands for it.
    """

    __slots__ = ("given", "path")

    def __init__(self, given: str, base: Path | None = None) -> None:
        self.given = given
        self.path = ((base or Path()) / Path(given).expanduser()).resolve()

    def __repr__(self) -> str:
        return f"InputPath({self.given!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, InputPath) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)

    def digest(self) -> str:
        """sha256 of the content. Raises InputError when there is no such file."""
        if not self.path.is_file():
            raise missing_file(self)
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        def validate(value: Any, info: ValidationInfo) -> InputPath:
            if isinstance(value, InputPath):
                return value
            if isinstance(value, Path):
                value = str(value)
            if not isinstance(value, str) or not value.strip():
                raise ValueError("a path must be a non-empty string")
            base = (info.context or {}).get("base")
            here = cls(value)
            is_here = isinstance(value, Typed) and (here.path.exists() or bool(glob.glob(str(here.path))))  # noqa: PTH207
            return here if is_here else cls(value, base)

        def serialize(value: InputPath, info: core_schema.SerializationInfo) -> str:
            if (info.context or {}).get("digest"):
                return f"sha256:{value.digest()}"
            return value.given

        return core_schema.with_info_plain_validator_function(
            validate,
            serialization=core_schema.plain_serializer_function_ser_schema(serialize, info_arg=True),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "description": "a file, relative to the recipe"}


def missing_file(path: InputPath) -> InputError:
    """The error for a named file that isn't there, with what lies beside it."""
    folder = path.path.parent
    if not folder.is_dir():
        beside = f"the folder {folder} doesn't exist either"
    else:
        names = sorted(p.name for p in folder.iterdir())[:8]
        beside = f"{folder} holds: {', '.join(names) or 'nothing'}"
    return InputError(
        f"no file {path.given}",
        where=str(path.path),
        expected="a readable file, relative to the recipe",
        hint=f"{beside}; correct the path or put the file there",
    )
