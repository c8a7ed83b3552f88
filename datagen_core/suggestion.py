"""What a validator says of a recipe that it should be used for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datagen_core.nothing import EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A validator with options, for a reason.

    Attributes:
        why: One short clause that names what in the recipe led to it: `constraints.privacy asks for it`.
        options: What a recipe would write under `with:`.
    """

    why: str
    options: Mapping[str, Any] = EMPTY
