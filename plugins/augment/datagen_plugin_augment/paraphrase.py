"""Paraphrases: the same meaning in other words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from datagen_core.sample import Sample
from datagen_plugin_augment.attempts import Attempt, Draft
from datagen_plugin_augment.keeping import Keeping
from datagen_plugin_augment.meaning import same_meaning
from datagen_plugin_augment.parts import RESPONSE, joined, parts_of
from datagen_plugin_augment.rewriting import Rewriting
from datagen_plugin_augment.rewriting_config import MeaningConfig, ParaphraseConfig

MANNERS = (
    "Build the sentences differently: another construction, another order of their parts.",
    "Choose other words and expressions throughout, as another person would.",
    "Begin and end differently than the original does.",
    "Say it as briefly as is natural, with nothing left out.",
    "Turn nouns into verbs, active into passive, statements into their counterparts, or the other way round.",
    "Split or join sentences, and connect the thoughts in another way.",
)
"""By the number of the variation, so that siblings differ."""

M = TypeVar("M", bound=MeaningConfig)


class MeaningKeeping(Rewriting[M]):
    """Base of the operators after which a text still means what it meant."""

    def models(self) -> Mapping[str, Sequence[str]]:
        """Who writes, who judges, and who embeds where that is asked for."""
        embedder = self.config.embedder
        return {**super().models(), **({embedder: ("embeddings",)} if embedder else {})}

    def notices(self) -> Sequence[str]:
        """How many seeds can't be changed, and whether nothing tells that the meaning stays."""
        is_checked = self.config.entailment or self.config.embedder
        blind = f"{self.operator}: nobody checks that the meaning stays (entailment: false, no embedder)."
        return (*super().notices(), *(() if is_checked else (blind,)))

    def _reads_seeds(self) -> bool:
        """Fields of records are what a link before makes: no seed has any."""
        return set(self.config.fields) <= RESPONSE | {"input"}

    def _keeps(self) -> Keeping:
        return Keeping(self.config.protect, names=self.config.keep_names)

    def _parts(self, sample: Sample) -> dict[str, str]:
        return parts_of(sample, self.config.fields)

    async def _same_meaning(self, draft: Draft, attempt: Attempt) -> Attempt:
        new, old = joined(attempt.texts), joined(draft.parts)
        asked = self._prompts.judging("entailment", first=old, second=new)
        return await same_meaning(attempt, self.config, draft.calls, new, old, asked)


class Paraphrase(MeaningKeeping[ParaphraseConfig]):
    """Rows in other words. Label and all other parts stay.

    Raises:
        InputError: seeds none of which has a part to change, a template that can't be used.
    """

    operator: ClassVar[str] = "paraphrase"
    packaged: ClassVar[tuple[str, ...]] = ("paraphrase", "entailment")

    def targets(self) -> tuple[str, ...]:
        """None."""
        return ()

    def per_target(self) -> int:
        """See `ParaphraseConfig.variations_per_example`."""
        return self.config.variations_per_example

    def _digest_parts(self) -> Sequence[bytes]:
        return tuple(manner.encode() for manner in MANNERS)

    def _told(self, draft: Draft) -> Mapping[str, Any]:
        return {"manner": MANNERS[draft.index % len(MANNERS)]}

    async def _judged(self, draft: Draft, attempt: Attempt) -> Attempt:
        return await self._same_meaning(draft, attempt)
