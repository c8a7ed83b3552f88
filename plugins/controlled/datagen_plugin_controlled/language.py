"""The language that a text is written in."""

from __future__ import annotations

from datagen_core.languages import base, identify, share_in_script
from datagen_plugin_controlled.constraints import Constraint, Finding, found

LEAST_SHARE = 0.5
"""Of a text's letters in a script of the language: fewer, and it isn't that language however short it is."""

SAME = {"nb": "no", "nn": "no"}


class Language(Constraint):
    """A text in one language. What is too short to tell passes as unsure, unless its script is another."""

    name = "language"

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted

    def clause(self) -> str:
        """By its code."""
        return f"It is written in the language with the code {self.wanted}."

    def check(self, text: str) -> Finding:
        """Measured: the `language` told, with its `confidence`; or None and why: `short` or `unsure`."""
        told = identify(text)
        measured = {"language": told.language, "confidence": round(told.confidence, 3)}
        if told.language is not None:
            same = _same(told.language) == _same(self.wanted)
            return found(same, f"it is written in {told.language}", **measured)
        share = share_in_script(text, self.wanted)
        if share is not None and share < LEAST_SHARE:
            return found(
                False, "it is written in another script", **measured, share_in_script=round(share, 3)
            )
        said = f"its language can't be told: {told.reason}"
        return Finding(measured={**measured, "unsure": told.reason}, passes=True, said=said)


def _same(code: str) -> str:
    code = base(code)
    return SAME.get(code, code)
