"""Keys of endpoints: read from the environment at each call, kept nowhere, blotted out of what is said."""

from __future__ import annotations

import os
from collections.abc import Iterable


def value_of(*variables: str) -> str | None:
    """The first of these environment variables that is set and not blank, without space around it."""
    found = (os.environ.get(variable, "").strip() for variable in variables)
    return next((value for value in found if value), None)


def can_be_sent(key: str) -> bool:
    """Whether a key fits into a header: printable ASCII without a space."""
    return key.isascii() and key.isprintable() and " " not in key


def blotted(text: str, secrets: Iterable[str]) -> str:
    """A text with *** for each secret, the longest first: one may hold another."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
