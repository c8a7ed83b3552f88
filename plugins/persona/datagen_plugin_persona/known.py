"""The personas that there are already, and which of a batch's new ones are duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeGuard

from datagen_core.llm.bound_model import BoundModel
from datagen_core.model import ModelError
from datagen_core.refusal import Refusal
from datagen_plugin_persona.config import PersonaConfig
from datagen_plugin_persona.duplicates import WordSets, vectors
from datagen_plugin_persona.personas import Made, Persona

if TYPE_CHECKING:
    from datagen_plugin_persona.duplicates import Vector


class Known:
    """Personas that new ones are compared with, besides those before them in their batch.

    Args:
        texts: Their descriptions.
    """

    def __init__(self, config: PersonaConfig, texts: Sequence[str]) -> None:
        self._config, self._texts = config, texts

    def by_words(self, made: Sequence[Made]) -> list[Made]:
        """The same; a new persona that has too many words of one before is refused."""
        known = WordSets(self._config.near_jaccard)
        for text in self._texts:
            known.add(text)
        return [self._by_words(one, known) for one in made]

    async def by_meaning(self, model: BoundModel, made: Sequence[Made]) -> list[Made]:
        """The same; a new persona whose embedding is too near to one before is refused, or the call's failure noted."""
        new = [one.found.text for one in made if _is_new(one.found)]
        if not new:
            return list(made)
        found = await vectors(model, [*self._texts, *new])
        before = zip(self._texts, found, strict=False)
        known = [(text, vector) for text, vector in before if not isinstance(vector, ModelError)]
        of_new = iter(found[len(self._texts) :])
        return [self._by_meaning(one, next(of_new), known) if _is_new(one.found) else one for one in made]

    def _by_words(self, one: Made, known: WordSets) -> Made:
        if not _is_new(one.found):
            return one
        nearest = known.nearest(one.found.text)
        if nearest is not None:
            return _duplicate(
                one, one.found, "shared words over all words", nearest, self._config.near_jaccard
            )
        known.add(one.found.text)
        return one

    def _by_meaning(self, one: Made, vector: Vector | ModelError, known: list[tuple[str, Vector]]) -> Made:
        if isinstance(vector, ModelError) or not isinstance(one.found, Persona):
            return replace(one, found=Refusal.failed(vector)) if isinstance(vector, ModelError) else one
        nearest = max(((float(other @ vector), text) for text, other in known), default=(0.0, ""))
        if nearest[0] >= self._config.near_cosine:
            what = "cosine similarity of embeddings"
            return _duplicate(one, one.found, what, nearest, self._config.near_cosine)
        known.append((one.found.text, vector))
        return one


def _is_new(found: object) -> TypeGuard[Persona]:
    """Whether it is a persona, and none that the user gave: that one may be used again."""
    return isinstance(found, Persona) and "file" not in found.derivation


def _duplicate(one: Made, persona: Persona, what: str, nearest: tuple[float, str], threshold: float) -> Made:
    refusal = Refusal(
        reason="persona_duplicate",
        rule=f"{what} below {threshold:g}; nearest: {nearest[1][:300]!r}",
        measured=nearest[0],
        threshold=threshold,
        text=persona.text,
    )
    return replace(one, found=refusal)
