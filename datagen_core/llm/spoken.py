"""What was said in a reply, without what models put around it."""

from __future__ import annotations

import json
import re

THINKING = re.compile(r"\A\s*<(think|thinking)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
END_OF_TURN = re.compile(r"(?:<\|\w{1,30}\|>|</s>|<end_of_turn>|<eos>)\Z")
LONGEST_MARK = 40
FENCE = re.compile(r"\A```[\w-]*[ \t]*\n(.*)\n[ \t]*```\Z", re.DOTALL)
AROUND = (('"', '"'), ("“", "”"), ("«", "»"), ("**", "**"))


def spoken(text: str) -> str:
    """The text without thoughts in tags before it and end-of-turn marks after it; lines end with a line feed."""
    plain = "\n".join(text.splitlines()) if "\r" in text else text
    return _without_marks(THINKING.sub("", plain)).strip()


def _without_marks(text: str) -> str:
    end = len(text.rstrip())
    while mark := END_OF_TURN.search(text[max(0, end - LONGEST_MARK) : end]):
        end -= len(mark[0])
        while end and text[end - 1].isspace():
            end -= 1
    return text[:end]


def unwrapped(text: str) -> str:
    """The text without a code fence, quotation marks or bold type around all of it."""
    if fenced := FENCE.match(text):
        return fenced[1].strip()
    if text.startswith('"') and text.endswith('"') and "\\" in text:
        return _from_json(text)
    for start, end in AROUND:
        inner = text[len(start) : -len(end)]
        if (
            text.startswith(start)
            and text.endswith(end)
            and inner
            and start not in inner
            and end not in inner
        ):
            return inner.strip()
    return text


def _from_json(text: str) -> str:
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found.strip() if isinstance(found, str) else text
