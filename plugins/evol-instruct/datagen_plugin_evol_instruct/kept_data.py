"""The data in an instruction that must survive: code blocks, rows of tables, addresses."""

from __future__ import annotations

import re

from datagen_core.refusal import Refusal

FENCED = re.compile(r"```[^\n`]*\n(.*?)```", re.DOTALL)
TABLE_ROW = re.compile(r"^[^\n|]*\|[^\n|]*\|[^\n]*$", re.MULTILINE)
URL = re.compile(r"https?://[^\s<>\"')\]]+")
MAX_SHOWN_CHARS = 200


def data_parts(text: str) -> tuple[str, ...]:
    """The insides of fenced code blocks, table rows with something in them, and URLs."""
    code = FENCED.findall(text)
    rest = FENCED.sub("\n", text)
    rows = [row for row in TABLE_ROW.findall(rest) if any(map(str.isalnum, row))]
    urls = [url.rstrip(".,;:!?") for url in URL.findall(rest)]
    return (*filter(str.strip, code), *rows, *urls)


def input_lost(evolved: str, given: str) -> Refusal | None:
    """The first part of the given text's data that the evolved text lacks; white space doesn't count."""
    there = "".join(evolved.split())
    lost = next((part for part in data_parts(given) if "".join(part.split()) not in there), None)
    if lost is None:
        return None
    rule = "code blocks, table rows and URLs of the given prompt stay in it"
    return Refusal("input_lost", rule, lost.strip()[:MAX_SHOWN_CHARS])
