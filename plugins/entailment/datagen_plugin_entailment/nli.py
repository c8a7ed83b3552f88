"""An NLI cross-encoder on this machine: windows of a premise, pieces of a hypothesis, and their odds."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, Protocol

from datagen_core.errors import PluginError
from datagen_core.model_weights import load_pretrained
from datagen_plugin_entailment.config import EntailmentConfig
from datagen_plugin_entailment.labels import Labels
from datagen_plugin_entailment.odds import DIGITS, Odds, Span

MARGIN = 8
"""Tokens kept free in a pair: a text cut out of another may have a few more by itself."""
OFFSET_POSITIONS = ("roberta", "camembert", "longformer")
"""Models whose first position comes after the padding token's, so that they take fewer tokens than positions."""


class Nli(Protocol):
    """What the validator asks of a model."""

    def windows(self, premise: str) -> list[str]:
        """The premise, or overlapping windows of it that fit beside a hypothesis."""

    def pieces(self, text: str, spans: Sequence[Span]) -> list[Span]:
        """The spans; one with too many tokens is cut into several."""

    def unknown_share(self, text: str) -> float:
        """The share of tokens, in [0, 1], that aren't in the model's vocabulary."""

    def odds(self, pairs: Sequence[tuple[str, str]]) -> list[Odds]:
        """Those of each pair (premise, hypothesis), in order."""


class CrossEncoder:
    """A sequence-classification model of the transformers library, with its fast tokenizer.

    Of `max_tokens` a hypothesis has a quarter, a premise the rest; windows of a premise overlap by a quarter.
    One output alone is read as a logit of entailment, as QNLI cross-encoders have it.
    """

    def __init__(self, model: Any, tokenizer: Any, labels: Labels, config: EntailmentConfig) -> None:
        self._model, self._tokenizer, self._labels = model, tokenizer, labels
        self._torch = importlib.import_module("torch")
        self._batch_size = config.batch_size
        self._max_tokens = min(config.max_tokens, tokenizer.model_max_length, _positions(model.config))
        self._hypothesis = self._max_tokens // 4
        special = tokenizer.num_special_tokens_to_add(pair=True)
        self._premise = self._max_tokens - self._hypothesis - special - MARGIN
        if self._premise < MARGIN:
            raise PluginError(
                f"a pair of {self._max_tokens} tokens is too short", where="entailment.max_tokens"
            )

    def windows(self, premise: str) -> list[str]:
        """The premise, or overlapping windows of it."""
        spans = self._cut(premise, self._premise, self._premise // 4)
        return [premise[start:end] for start, end in spans]

    def pieces(self, text: str, spans: Sequence[Span]) -> list[Span]:
        """The spans, the long ones cut."""
        return [
            (start + low, start + high)
            for start, end in spans
            for low, high in self._cut(text[start:end], self._hypothesis, 0)
        ]

    def unknown_share(self, text: str) -> float:
        """The share of unknown tokens; 0.0 where the vocabulary covers every byte, and for empty text."""
        ids = self._encoded(text)["input_ids"]
        unknown = self._tokenizer.unk_token_id
        return sum(one == unknown for one in ids) / len(ids) if ids and unknown is not None else 0.0

    def odds(self, pairs: Sequence[tuple[str, str]]) -> list[Odds]:
        """The odds of each pair; those alike in length go together."""
        order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]) + len(pairs[i][1]))
        out: list[Odds] = [Odds(0.0)] * len(pairs)
        for at in range(0, len(order), self._batch_size):
            batch = order[at : at + self._batch_size]
            for i, one in zip(batch, self._judged([pairs[i] for i in batch]), strict=True):
                out[i] = one
        return out

    def _judged(self, pairs: Sequence[tuple[str, str]]) -> list[Odds]:
        given = self._tokenizer(
            [premise for premise, _ in pairs],
            [hypothesis for _, hypothesis in pairs],
            truncation="longest_first",
            max_length=self._max_tokens,
            padding=True,
            split_special_tokens=True,
            return_tensors="pt",
        )
        with self._torch.inference_mode():
            logits = self._model(**given.to(self._model.device)).logits.double()
        rows = logits.sigmoid() if logits.shape[1] == 1 else logits.softmax(dim=1)
        return [self._read(row) for row in rows.tolist()]

    def _read(self, row: list[float]) -> Odds:
        entailment, contradiction = self._labels.entailment, self._labels.contradiction
        return Odds(
            round(row[entailment], DIGITS),
            0.0 if contradiction is None else round(row[contradiction], DIGITS),
        )

    def _cut(self, text: str, size: int, overlap: int) -> list[Span]:
        """Spans of at most `size` tokens; none of an empty text."""
        offsets = self._encoded(text, return_offsets_mapping=True)["offset_mapping"]
        if len(offsets) <= size:
            return [(0, len(text))] if offsets else []
        starts = range(0, len(offsets) - overlap, size - overlap)
        return [(offsets[at][0], offsets[min(at + size, len(offsets)) - 1][1]) for at in starts]

    def _encoded(self, text: str, **more: Any) -> Any:
        return self._tokenizer(
            text, add_special_tokens=False, split_special_tokens=True, verbose=False, **more
        )


def load(config: EntailmentConfig, labels: Labels) -> CrossEncoder:
    """The model, ready; torch is imported here.

    Raises:
        PluginError: its weights aren't here or lack a part, or its tokenizer doesn't tell where tokens stand.
    """
    tokenizer, model = load_pretrained(
        "AutoModelForSequenceClassification",
        config.model,
        revision=config.revision,
        download=config.download,
        device=config.device,
    )
    if not tokenizer.is_fast:
        raise PluginError(
            f"the tokenizer of {config.model} doesn't tell where its tokens stand in a text",
            expected="a fast tokenizer (tokenizer.json)",
        )
    return CrossEncoder(model, tokenizer, labels, config)


def _positions(config: Any) -> int:
    most = getattr(config, "max_position_embeddings", None)
    if not isinstance(most, int) or most <= 0:
        return 2**31
    is_offset = any(name in config.model_type for name in OFFSET_POSITIONS)
    return most - (config.pad_token_id or 0) - 1 if is_offset else most
