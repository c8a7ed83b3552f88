"""What shows the topic: words, or the seeds."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import InputError, Inputs
from datagen_core.words import words
from datagen_plugin_similarity.config import SimilarityConfig

Named = tuple[str, str]
"""What it is called in evidence, and its text."""


def topic_texts(config: SimilarityConfig, inputs: Inputs, seeds: Sequence[Named]) -> Sequence[Named]:
    """The texts of which a row must be near one; none where the topic isn't looked at.

    Args:
        config: Its `topic` and `topic_from`.
        inputs: Their domain and task are the topic where the options name none.
        seeds: The seeds that have a text to compare.

    Raises:
        InputError: nothing shows the topic.
    """
    if config.min_topic_similarity is None:
        return ()
    if config.topic_from == "seeds" or (config.topic_from is None and config.topic is None and seeds):
        return _there(seeds)
    text = config.topic or "\n".join(part for part in (inputs.domain, inputs.task) if part)
    return _there([(f"topic «{text}»", text)])


def _there(named: Sequence[Named]) -> Sequence[Named]:
    if any(words(text) for _, text in named):
        return named
    raise InputError(
        "nothing shows the topic that rows are to be compared with",
        where="min_topic_similarity",
        expected="seeds with a text, `topic:` in words, or the recipe's domain and task",
        hint="give one of these, or leave min_topic_similarity out",
    )
