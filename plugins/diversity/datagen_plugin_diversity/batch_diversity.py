"""The diversity validator: how diverse a batch is, as a factor on its quality."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import BatchValidator, BatchVerdict, Context, Inputs, Sample, Suggestion
from datagen_core.text_field import TextField
from datagen_plugin_diversity.asked_for import suggested
from datagen_plugin_diversity.config import DiversityConfig
from datagen_plugin_diversity.equal_draws import DRAW_ROWS, drawn_diversity
from datagen_plugin_diversity.text_diversity import TextDiversity, sample_of


class BatchDiversity(BatchValidator[DiversityConfig]):
    """Lowers the quality of a batch whose rows are alike; rejects none.

    The factor is the smallest of the parts of `min_distinct_2`, `max_self_bleu` and `min_vendi_ratio`: how far the
    measure is from that of copies / how far the limit is, at most 1. Measures are means over draws of 8 rows, so that
    a batch isn't better by being smaller. A row without words is a copy. A single row: 1, for there is nothing to
    compare (rewards count the rows that were asked for). Order decides nothing.
    """

    def __init__(self, config: DiversityConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._field = TextField(config.field)

    def validate_batch(self, samples: Sequence[Sample]) -> BatchVerdict:
        """The factor, in [0, 1].

        Raises:
            InputError: when no row at all has the field.
        """
        texts = sample_of(
            [text or "" for text in self._field.texts(samples)], self.config.sample_rows, self.config.seed
        )
        if len(texts) < 2:
            return BatchVerdict(quality=1.0)
        found = drawn_diversity(texts, self.inputs.embeddings, self.config.seed)
        return BatchVerdict(quality=self._factor(found))

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """Where the recipe's constraints ask for diversity or name a limit of it."""
        return suggested(inputs)

    def _factor(self, found: TextDiversity) -> float:
        limits, rows = self.config, found.rows
        parts = [1.0]
        if limits.min_distinct_2 is not None and found.distinct_2 is not None:
            far = _from_copies(found.distinct_2, rows)
            parts.append(_part(far, _from_copies(limits.min_distinct_2, DRAW_ROWS)))
        if limits.max_self_bleu is not None and found.self_bleu is not None:
            parts.append(_part(1 - found.self_bleu, 1 - limits.max_self_bleu))
        if limits.min_vendi_ratio is not None and found.vendi_ratio is not None:
            far = _from_copies(found.vendi_ratio, rows)
            parts.append(_part(far, _from_copies(limits.min_vendi_ratio, DRAW_ROWS)))
        return min(parts)


def _from_copies(share: float, rows: int) -> float:
    """0 where rows are copies (the share is 1 / rows) or worse, 1 where it is 1."""
    return max(0.0, (share - 1 / rows) / (1 - 1 / rows))


def _part(far: float, limit: float) -> float:
    """How far from copies / how far the limit is; more than 1 counts as 1."""
    return 1.0 if limit <= 0 else max(0.0, far) / limit
