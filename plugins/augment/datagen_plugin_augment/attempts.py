"""A row that is wanted, and the tries at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from datagen_core.nothing import EMPTY
from datagen_core.originals import Original
from datagen_core.refusal import Refusal
from datagen_plugin_augment.asking import Calls, Objection
from datagen_plugin_augment.keeping import Check, Kept
from datagen_plugin_augment.parts import joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at a row.

    Attributes:
        texts: Part → its new text.
        params: What was asked for them.
        checks: Those made so far, in order; the last one may have failed.
        refusal: Why it won't do; None if it will.
        measured: What was measured on the way, for `metadata.method`.
        more: Parts that came after the checks, such as a new response.
    """

    texts: Mapping[str, str] = EMPTY
    params: Mapping[str, Any] = EMPTY
    checks: tuple[Check, ...] = ()
    refusal: Refusal | None = None
    measured: Mapping[str, Any] = EMPTY
    more: Mapping[str, str] = EMPTY

    @property
    def complaint(self) -> str:
        """What the model that writes it anew is told; "" where it can't mend it."""
        return self.refusal.told if isinstance(self.refusal, Objection) else ""

    def checked(self, *checks: Check, **measured: Any) -> Attempt:
        """With these checks as well, up to the first that failed."""
        refusal = next((check.refusal for check in checks if check.refusal), None)
        return replace(
            self,
            checks=(*self.checks, *checks),
            refusal=self.refusal or refusal,
            measured={**self.measured, **measured},
        )

    def answered(self, response: str) -> Attempt:
        """With a new response, that came after the checks."""
        return replace(self, more={"response": response})

    def refused(self, refusal: Refusal | None) -> Attempt:
        """With a refusal, where there is one."""
        return replace(self, refusal=self.refusal or refusal)


@dataclass(slots=True, kw_only=True)
class Draft:
    """A row that is wanted, and the tries at it so far.

    Attributes:
        target: The style or the domain that it is to have; "" for a paraphrase.
        index: Which of the rows made from its original it is.
        parts: What is changed: name → text of the original.
        kept: Part → what its new text must still hold.
        unfit: Why the original can't be changed; "" if it can.
    """

    original: Original
    target: str
    index: int
    parts: Mapping[str, str]
    kept: Mapping[str, Kept]
    unfit: str
    calls: Calls
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether it can be tried (again)."""
        if self.original.sample is None or self.unfit:
            return False
        last = self.attempts[-1] if self.attempts else None
        return last is None or isinstance(last.refusal, Objection)

    @property
    def text(self) -> str | None:
        """What was made, if it will do."""
        done = self.attempts and self.attempts[-1].refusal is None
        return joined(self.attempts[-1].texts) if done else None

    @property
    def family(self) -> str:
        """What it has in common with its siblings: the id of the parent."""
        return self.original.parent.id if self.original.parent else ""
