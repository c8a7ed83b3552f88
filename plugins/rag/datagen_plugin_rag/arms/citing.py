"""What a row notes of the passages that it was made from, by the names in `datagen_core.sources.CITATION`."""

from __future__ import annotations

from typing import Any

from datagen_core.documents import headings_at
from datagen_plugin_rag.arms.config import RagConfig
from datagen_plugin_rag.arms.drafts import Draft
from datagen_plugin_rag.arms.mode import Answered


def noted(draft: Draft, found: Answered, config: RagConfig) -> dict[str, Any]:
    """The method of a row."""
    chunk = draft.chunk
    own = next((one for one in found.evidence if one.passage.id == chunk.id), None)
    return {
        **dict(draft.cell.values),
        "mode": config.mode,
        "question": draft.question,
        "question_type": draft.question_type,
        "chunk_id": chunk.id,
        "chunk_ids": [one.id for one in found.cited],
        "document": chunk.row.get("document", ""),
        "headings": headings_at(chunk, own.span[0]) if own else list(chunk.row.get("headings") or ()),
        **({"pages": list(chunk.row["pages"])} if chunk.row.get("pages") else {}),
        **({"source_span": own.span, "answer_original": own.text} if own else {}),
        **({"evidence": [one.to_json() for one in found.evidence]} if found.evidence else {}),
        "shown": [one.id for one in found.shown],
        **_retrieved(draft, len(found.shown)),
        **found.method,
    }


def _retrieved(draft: Draft, k: int) -> dict[str, Any]:
    """The first k that were found, and at which place the chunk asked about: none where it wasn't."""
    if not draft.hits:
        return {}
    ids = [hit.chunk.id for hit in draft.hits]
    return {
        "retrieved": [{"chunk_id": hit.chunk.id, "places": dict(hit.places)} for hit in draft.hits[:k]],
        "retrieved_origin_at": ids.index(draft.chunk.id) + 1 if draft.chunk.id in ids else None,
    }
