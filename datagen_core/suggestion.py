"""What a validator says of a recipe that it should be used for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datagen_core.nothing import EMPTY

_KEY = re.compile(r"\b(?:constraints|task_input)\.\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A validator with options, for a reason.

    Attributes:
        why: One short clause that names what in the recipe led to it: `constraints.privacy asks for it`. A key of an
            open section that it names by its path counts as acted on where the validator is used.
        options: What a recipe would write under `with:`.
    """

    why: str
    options: Mapping[str, Any] = EMPTY

    def acts_on(self) -> frozenset[str]:
        """The keys of open sections that `why` names, such as `constraints.privacy`."""
        return frozenset(_KEY.findall(self.why))
