"""Columns of a dataset's rows that no part of a row is read from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datagen_core.row_forms import CHAT_COLUMNS, INPUTS, MORE, OUTPUTS, TEXT_COLUMNS, is_own

READ = frozenset({*TEXT_COLUMNS, *INPUTS, *OUTPUTS, *MORE, *CHAT_COLUMNS, "instances", "label", "slots"})
"""Columns that rows are read from: what became of them stands in the row."""

OF_OUR_RECORDS = ("id", "fields", "reasoning", "tools", "created_at")
"""Further columns that become part of the row, where DataGen wrote it."""


def more_columns(row: Mapping[str, Any]) -> dict[str, Any]:
    """The other columns; of a record that DataGen wrote what its method noted, its arm and its quality score.

    Example:
        >>> more_columns({"text": "play jazz", "source": "survey"})
        {'source': 'survey'}
    """
    if not is_own(row):
        return {name: value for name, value in row.items() if name not in READ and name != "id"}
    became = (*OF_OUR_RECORDS, "metadata", "trace")
    more = {name: value for name, value in row.items() if name not in READ and name not in became}
    metadata = row["metadata"]
    known = {name: metadata[name] for name in ("arm", "quality_score") if metadata.get(name) is not None}
    method = metadata.get("method")
    return more | known | (dict(method) if isinstance(method, Mapping) else {})
