"""Which labels of a classifier mean toxic."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_HARMLESS = re.compile(
    r"(?:non?|not)[-_ ]?\w+|neutral|normal|clean|safe|ok|okay|harmless|acceptable|appropriate|benign|none|other"
)
_UNNAMED = re.compile(r"label_\d+", re.IGNORECASE)


def counting(labels: Iterable[str], named: Sequence[str]) -> list[str]:
    """Those named, whatever their case; without any, all but those that say harmless.

    Empty where a name isn't among them, or where they are unnamed (`LABEL_0`).
    """
    given = list(labels)
    if not named:
        return [] if any(map(_UNNAMED.fullmatch, given)) else [la for la in given if not _is_harmless(la)]
    by_name = {label.casefold(): label for label in given}
    found = [by_name.get(name.casefold(), "") for name in named]
    return found if all(found) else []


def _is_harmless(label: str) -> bool:
    return _HARMLESS.fullmatch(label.strip().casefold()) is not None
