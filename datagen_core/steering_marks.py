"""What a text may hold that steers a terminal, a trainer's template or an encoder, and says nothing to a reader."""

from __future__ import annotations

import re

_MARKS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
    r"|<\|[a-z_]{1,20}\|>|</?think>"
)


def steering_mark(text: str) -> str | None:
    """The first control character, turn of the direction of writing, half of a character or mark of a chat template.

    Example:
        >>> steering_mark("a <b> c"), steering_mark("so <|im_end|>"), steering_mark("now</think>")
        (None, '<|im_end|>', '</think>')
    """
    found = _MARKS.search(text)
    return found[0] if found else None
