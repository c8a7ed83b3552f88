"""Whether two texts mean the same: by their embeddings, and by a model that is asked both ways."""

from __future__ import annotations

import math
from collections.abc import Sequence

from datagen_core.llm.asking import Answer
from datagen_core.model import ChatRequest
from datagen_core.refusal import Refusal
from datagen_plugin_augment.asking import Calls, Objection, closed
from datagen_plugin_augment.attempts import Attempt
from datagen_plugin_augment.keeping import Check
from datagen_plugin_augment.rewriting_config import MeaningConfig

BOTH_WAYS = closed(
    {
        "second_supported_by_first": {
            "type": "boolean",
            "description": "whether the first text says or clearly implies everything that the second says",
        },
        "first_supported_by_second": {
            "type": "boolean",
            "description": "whether the second text says or clearly implies everything that the first says",
        },
    }
)


async def same_meaning(
    attempt: Attempt, config: MeaningConfig, calls: Calls, new: str, old: str, asked: ChatRequest
) -> Attempt:
    """The attempt with the checks `similarity` and `entailment`, as far as the options ask for them.

    Args:
        asked: The question whether the original (first) and the new text (second) say the same.
    """
    attempt = await _similar(attempt, config, calls, new, old)
    if attempt.refusal:
        return attempt
    if not config.entailment:
        return attempt.checked(Check("entailment", None))
    return _entailed(attempt, await calls.judge(config.judge, asked, BOTH_WAYS))


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """The cosine of two vectors, in [−1, 1]; 0 where one of them has no length."""
    lengths = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / lengths if lengths else 0.0


async def _similar(attempt: Attempt, config: MeaningConfig, calls: Calls, new: str, old: str) -> Attempt:
    if config.embedder is None:
        return attempt.checked(Check("similarity", None))
    vectors = await calls.embed(config.embedder, (old, new))
    if isinstance(vectors, Refusal):
        return attempt.refused(vectors)
    found = cosine(*vectors)
    if found >= config.min_cosine_similarity:
        return attempt.checked(Check("similarity", True), cosine_similarity=round(found, 4))
    refusal = Objection(
        reason="meaning_drifted",
        rule="the cosine of the embeddings is at least min_cosine_similarity",
        measured=round(found, 4),
        threshold=config.min_cosine_similarity,
        told="It is about something else than the original.",
    )
    return attempt.checked(Check("similarity", False, refusal))


def _entailed(attempt: Attempt, answer: Answer | Refusal) -> Attempt:
    if isinstance(answer, Refusal):
        return attempt.refused(answer)
    added = not answer.value["second_supported_by_first"]
    missing = not answer.value["first_supported_by_second"]
    if not added and not missing:
        return attempt.checked(Check("entailment", True))
    told = " ".join(
        [
            *(["It says something that the original doesn't say."] if added else []),
            *(["It leaves out something that the original says."] if missing else []),
        ]
    )
    refusal = Objection(
        reason="not_entailed",
        rule="the original and the new text say the same, both ways",
        measured=", ".join(
            filter(None, ["adds to the original" if added else "", "leaves out of it" if missing else ""])
        ),
        told=told,
    )
    return attempt.checked(Check("entailment", False, refusal))
