"""What a verdict tells of its grades: JSON in at most 500 characters, reasons as long as there is room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from datagen_core.jsontext import dumps
from datagen_plugin_judge.grade import MAX_EVIDENCE_CHARS, cut
from datagen_plugin_judge.opinion import Opinion

REASON_CHARS = (400, 300, 200, 150, 100, 60, 30, 12)


def told(head: Mapping[str, Any], opinions: Sequence[Opinion]) -> str:
    """The fullest account that fits.

    That is `{"aggregate", "scores": {name: {"value", "reason"}}, "judge_model", "prompt_hash"}`, of several judges with
    the last three for each under `judges`; then without reasons, then without hashes; at last `head` alone.

    Args:
        head: What comes first: the aggregate, and what decided.
    """
    texts = (dumps({**head, **body}) for body in _bodies(opinions))
    return next((text for text in texts if len(text) <= MAX_EVIDENCE_CHARS), dumps(head))


def _bodies(opinions: Sequence[Opinion]) -> Iterator[Mapping[str, Any]]:
    for most in REASON_CHARS:
        yield _joined([_whole(opinion, most) for opinion in opinions])
    yield _joined([{"scores": _values(opinion), **_origin(opinion)} for opinion in opinions])
    yield _joined([{"scores": _values(opinion), "judge_model": opinion.model} for opinion in opinions])
    yield _joined([{"scores": _values(opinion)} for opinion in opinions])


def _joined(judges: list[dict[str, Any]]) -> Mapping[str, Any]:
    return judges[0] if len(judges) == 1 else {"judges": judges}


def _whole(opinion: Opinion, most: int) -> dict[str, Any]:
    scores = {
        name: {"value": grade.value, "reason": cut(grade.said, most)}
        for name, grade in opinion.grades.items()
    }
    return {"scores": scores, **_origin(opinion)}


def _values(opinion: Opinion) -> dict[str, float | None]:
    return {name: grade.value for name, grade in opinion.grades.items()}


def _origin(opinion: Opinion) -> dict[str, Any]:
    """Whom was asked, and the hash of each question."""
    hashes = opinion.prompts
    return {"judge_model": opinion.model, "prompt_hash": hashes[0] if len(hashes) == 1 else list(hashes)}
