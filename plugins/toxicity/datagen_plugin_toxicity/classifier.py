"""A text-classification model of the transformers library on this machine."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from typing import Any

from datagen_core.model_weights import load_pretrained
from datagen_plugin_toxicity.config import ToxicityModelConfig

DIGITS = 4
"""Of probabilities: what else is in a batch changes the digits behind."""


class Classifier:
    """Probabilities of a model's labels, independent of each other for multi-label models and single outputs."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._torch = importlib.import_module("torch")
        self._model, self._tokenizer = model, tokenizer
        self.labels = [model.config.id2label[at] for at in range(model.config.num_labels)]
        is_multi = model.config.problem_type == "multi_label_classification"
        self._is_independent = is_multi or len(self.labels) == 1
        self._max_tokens = min(tokenizer.model_max_length, _positions(model.config))

    def probabilities(self, texts: Sequence[str], batch_size: int) -> list[dict[str, float]]:
        """Label → probability of each text; of a text with too many tokens, the highest of its pieces."""
        pieces = [(at, piece) for at, text in enumerate(texts) for piece in self._pieces(_storable(text))]
        pieces.sort(key=lambda one: len(one[1]))
        found = [dict.fromkeys(self.labels, 0.0) for _ in texts]
        for start in range(0, len(pieces), batch_size):
            batch = pieces[start : start + batch_size]
            for (at, _), row in zip(batch, self._batch([piece for _, piece in batch]), strict=True):
                for label, value in zip(self.labels, row, strict=True):
                    found[at][label] = max(found[at][label], round(value, DIGITS))
        return found

    def _batch(self, texts: Sequence[str]) -> list[list[float]]:
        tokens = self._tokenizer(list(texts), padding=True, return_tensors="pt").to(self._model.device)
        with self._torch.inference_mode():
            logits = self._model(**tokens).logits.double()
        rows = logits.sigmoid() if self._is_independent else logits.softmax(dim=1)
        return list(rows.tolist())

    def _pieces(self, text: str) -> Iterator[str]:
        """The text, or its halves, quarters … so that each fits; a single character is taken as it is."""
        if len(text) < 2 or len(self._tokenizer(text, verbose=False)["input_ids"]) <= self._max_tokens:
            yield text
            return
        yield from self._pieces(text[: len(text) // 2])
        yield from self._pieces(text[len(text) // 2 :])


def load(config: ToxicityModelConfig) -> Classifier:
    """The model, ready; torch is imported here.

    Raises:
        PluginError: its weights aren't on this machine, and `download` is false or can't get them.
    """
    tokenizer, model = load_pretrained(
        "AutoModelForSequenceClassification",
        config.model,
        revision=config.revision,
        download=config.download,
        device=config.device,
    )
    return Classifier(model, tokenizer)


def _positions(config: Any) -> int:
    """The most tokens that a model takes; RoBERTa's kin begin to count after the padding token."""
    most = getattr(config, "max_position_embeddings", None)
    if not isinstance(most, int) or most <= 0:
        return 2**31
    is_offset = any(name in config.model_type for name in ("roberta", "camembert", "longformer"))
    return most - (config.pad_token_id or 0) - 1 if is_offset else most


def _storable(text: str) -> str:
    """Without lone surrogates, which no tokenizer takes."""
    return text.encode("utf-8", "replace").decode("utf-8")
