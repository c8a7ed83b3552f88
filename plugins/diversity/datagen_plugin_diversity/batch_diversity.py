"""The diversity validator: how diverse a batch is, as a factor on its quality."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import BatchValidator, BatchVerdict, Context, Inputs, Sample, Suggestion
from datagen_core.text_field import TextField
from datagen_plugin_diversity.asked_for import suggested
from datagen_plugin_diversity.config import DiversityConfig
from datagen_plugin_diversity.text_diversity import TextDiversity, sample_of, text_diversity


class BatchDiversity(BatchValidator[DiversityConfig]):
    """Lowers the quality of a batch whose rows are alike; rejects none.

    The factor is the smallest of the parts: distinct-2 / `min_distinct_2`, (1 - self-BLEU) / (1 - `max_self_bleu`) and
    Vendi ratio / `min_vendi_ratio`, each at most 1. It is 1 for fewer than two rows with words. Of more than
    `sample_rows` rows a sample is measured, drawn by `seed`: all three get worse with more rows. Order decides nothing.
    """

    def __init__(self, config: DiversityConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._field = TextField(config.field)

    def validate_batch(self, samples: Sequence[Sample]) -> BatchVerdict:
        """The factor, in [0, 1].

        Raises:
            InputError: when no row at all has the field.
        """
        texts = [text for text in self._field.texts(samples) if text is not None]
        chosen = sample_of(texts, self.config.sample_rows, self.config.seed)
        return BatchVerdict(quality=self._factor(text_diversity(chosen, self.inputs.embeddings)))

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """Where the recipe's constraints ask for diversity or name a limit of it."""
        return suggested(inputs)

    def _factor(self, found: TextDiversity) -> float:
        if found.rows < 2:
            return 1.0
        limits = self.config
        parts = [1.0]
        if limits.min_distinct_2 is not None and found.distinct_2 is not None:
            parts.append(found.distinct_2 / limits.min_distinct_2)
        if limits.max_self_bleu is not None and found.self_bleu is not None:
            parts.append((1 - found.self_bleu) / (1 - limits.max_self_bleu))
        if limits.min_vendi_ratio is not None and found.vendi_ratio is not None:
            parts.append(found.vendi_ratio / limits.min_vendi_ratio)
        return max(0.0, min(parts))
