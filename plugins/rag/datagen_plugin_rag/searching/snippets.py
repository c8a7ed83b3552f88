"""The part of a passage that a query is about."""

from __future__ import annotations

from datagen_core.sentences import sentences
from datagen_plugin_rag.searching.terms import terms


def snippet(text: str, query: str) -> str:
    """The passage from the sentence on that has the most of the query's words; of equals the first.

    Example:
        >>> snippet("Tides are long. High tide is at six. It falls.", "when is high tide?")
        'High tide is at six. It falls.'
    """
    wanted = set(terms(query))
    starts = [(len(wanted & set(terms(text[start:end]))), -start) for start, end in sentences(text)]
    return text[-max(starts)[1] :] if starts else text
