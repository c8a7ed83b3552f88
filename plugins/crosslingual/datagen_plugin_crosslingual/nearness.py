"""Cosine and margin of a batch's translations, by the vectors of a cross-lingual embedding model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from datagen_core.llm.bound_model import BoundModel
from datagen_core.model import EmbeddingRequest, ModelError
from datagen_core.refusal import Refusal
from datagen_plugin_crosslingual.checks import Translation
from datagen_plugin_crosslingual.margin import cosines, margins_of

Nearness = Mapping[str, float | None] | Refusal


async def with_margins(model: BoundModel, pairs: Sequence[Translation], k: int) -> list[Nearness]:
    """`xling_cosine` and `margin` of each, in order; a refusal of each where the call failed.

    Neighbours are the batch's rows of the same two languages, so that another translation of the same text is none.
    With k of them or fewer there is no telling, and the margin is None.
    """
    if not pairs:
        return []
    wholes = [pair.whole for pair in pairs]
    texts = (*(source for source, _ in wholes), *(text for _, text in wholes))
    try:
        vectors = (await model.embed(EmbeddingRequest(texts=texts))).vectors
    except ModelError as error:
        return [Refusal.failed(error, {"model": model.name}) for _ in pairs]
    groups: dict[tuple[str, str], list[int]] = {}
    for i, pair in enumerate(pairs):
        groups.setdefault((pair.source_language, pair.language), []).append(i)
    found: dict[int, Mapping[str, float | None]] = {}
    for places in groups.values():
        similarity = cosines([vectors[i] for i in places], [vectors[len(pairs) + i] for i in places])
        ratios = margins_of(similarity, k)
        for at, i in enumerate(places):
            margin = ratios[at] if len(places) > k else None
            found[i] = {"xling_cosine": similarity[at][at], "margin": margin}
    return [found[i] for i in range(len(pairs))]
