"""Options of the schema validator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from datagen_core.config import Config, InputPath


class SchemaConfig(Config):
    """Which schema, and which part of a row it describes."""

    json_schema: Mapping[str, Any] | InputPath | None = Field(
        None, description="the schema, or a JSON file that holds it; by default the recipe's or the grammar's"
    )
    field: str = Field(
        "fields",
        min_length=1,
        description="fields: the row's fields, or where it has none the JSON in its response; else a part's name",
    )
    check_formats: bool = Field(
        True, description="whether `format` (email, date …) is checked, or is only a remark"
    )
