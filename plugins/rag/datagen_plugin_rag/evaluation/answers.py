"""How many answers are found in what they cite."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core.grounding import claims, unsupported
from datagen_core.quoting import find_quote
from datagen_core.words import words
from datagen_plugin_rag.evaluation.rows import QA


def support(rows: Sequence[QA]) -> dict[str, float]:
    """Shares, each of the rows that it can be told of; what can be told of none is left out.

    - `answers_literal`: the answer stands in its source letter by letter, white space apart.
    - `answers_in_source`: its words do, one after the other, whatever their case and the signs between them.
    - `numbers_supported`: of answers with numbers, those of which each number is in the source or the question.
    """
    checked = [row for row in rows if row.is_checked]
    with_numbers = [row for row in checked if claims(row.answer, ("numbers",))]
    found = {
        "answers_literal": _share([find_quote(row.answer, row.source or "") is not None for row in checked]),
        "answers_in_source": _share([_has_words(row.source or "", row.answer) for row in checked]),
        "numbers_supported": _share([_has_numbers(row) for row in with_numbers]),
    }
    return {name: share for name, share in found.items() if share is not None}


def _share(held: Sequence[bool]) -> float | None:
    return sum(held) / len(held) if held else None


def _has_words(source: str, answer: str) -> bool:
    wanted = words(answer)
    return bool(wanted) and f" {' '.join(wanted)} " in f" {' '.join(words(source))} "


def _has_numbers(row: QA) -> bool:
    return not unsupported(row.answer, row.source or "", row.question, kinds=("numbers",))
