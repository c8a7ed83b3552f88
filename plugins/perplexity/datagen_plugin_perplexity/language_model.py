"""A causal language model on this machine: how surprising a text is to it, in nats, with something before it or not."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from datagen_core.errors import PluginError
from datagen_core.model_weights import load_pretrained
from datagen_plugin_perplexity.config import PerplexityConfig


class Loss(NamedTuple):
    """Negative log-likelihood of a text's tokens, summed, in nats; how many there are, and unknown ones of them."""

    nats: float
    tokens: int
    unknown: int = 0

    @property
    def mean(self) -> float:
        """Nats per token."""
        return self.nats / self.tokens


class LanguageModel(Protocol):
    """What the validator asks of a model."""

    def losses(self, texts: Sequence[tuple[str, str]]) -> list[Loss]:
        """Of each (before, text) the loss of the text, in order."""


class Window(NamedTuple):
    """Tokens that the model is shown at once; the last `measured` of them are, given those before."""

    text: int
    ids: list[int]
    measured: int


class CausalModel:
    """A causal language model of the transformers library.

    Each text begins with the tokenizer's token for a beginning (else for an end, as lm-evaluation-harness has it), so
    that its first token is measured too. What stands before a text is tokenised apart from it: the text's tokens are
    the same with it and without. A long text is measured in windows (see `windows`).
    """

    def __init__(self, model: Any, tokenizer: Any, config: PerplexityConfig) -> None:
        self._model, self._tokenizer = model, tokenizer
        self._torch = importlib.import_module("torch")
        self._start = _start(tokenizer, config.model)
        most = getattr(model.config, "max_position_embeddings", None) or 2**31
        self._max_tokens = min(config.max_tokens, most)
        self._stride = min(config.stride, self._max_tokens - 1)
        self._batch_tokens = config.batch_tokens

    def losses(self, texts: Sequence[tuple[str, str]]) -> list[Loss]:
        """Of each (before, text) the loss of the text; `Loss(0.0, 0)` of an empty text."""
        nats, out = [0.0] * len(texts), []
        waiting: list[Window] = []
        for at, (before, text) in enumerate(texts):
            ids = self._ids(text)
            unknown = self._tokenizer.unk_token_id
            out.append((len(ids), sum(one == unknown for one in ids)))
            sequence = [self._start, *(self._ids(before) if before else []), *ids]
            waiting += windows(at, sequence, len(ids), self._max_tokens, self._stride)
        waiting.sort(key=lambda window: (len(window.ids), window.ids))
        for batch in batches(waiting, self._batch_tokens):
            for window, loss in zip(batch, self._measured(batch), strict=True):
                nats[window.text] += loss
        return [Loss(loss, *counts) for loss, counts in zip(nats, out, strict=True)]

    def _measured(self, batch: Sequence[Window]) -> list[float]:
        """Summed losses of the measured tokens of each window; padding on the right, masked."""
        torch, width = self._torch, max(len(window.ids) for window in batch)
        padded = [window.ids + [self._start] * (width - len(window.ids)) for window in batch]
        mask = [[1] * len(window.ids) + [0] * (width - len(window.ids)) for window in batch]
        labels = [
            [-100] * (len(window.ids) - window.measured)
            + window.ids[len(window.ids) - window.measured :]
            + [-100] * (width - len(window.ids))
            for window in batch
        ]
        given, seen, wanted = (
            torch.tensor(rows, device=self._model.device) for rows in (padded, mask, labels)
        )
        with torch.inference_mode():
            logits = self._model(input_ids=given, attention_mask=seen, use_cache=False).logits
            each = torch.nn.functional.cross_entropy(
                logits[:, :-1].transpose(1, 2).float(), wanted[:, 1:], ignore_index=-100, reduction="none"
            )
        losses: list[float] = each.double().sum(dim=1).tolist()
        return losses

    def _ids(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer(
            text, add_special_tokens=False, split_special_tokens=True, verbose=False
        )["input_ids"]
        return ids


def windows(text: int, ids: list[int], measured: int, max_tokens: int, stride: int) -> Iterator[Window]:
    """Windows in which each of the last `measured` ids is measured once, given `max_tokens - stride` before it or more.

    The sliding window of transformers' "Perplexity of fixed-length models": it moves by `stride` tokens, and only what
    the window before hadn't is measured. Windows that would measure nothing are left out.

    Args:
        text: Whose windows they are.
    """
    done = len(ids) - measured
    for begin in range(0, len(ids), stride):
        end = min(begin + max_tokens, len(ids))
        if end > done:
            yield Window(text, ids[begin:end], end - done)
            done = end
        if end == len(ids):
            return


def batches(waiting: Sequence[Window], batch_tokens: int) -> Iterator[list[Window]]:
    """Windows, shortest first, in batches of at most so many tokens, padding counted; a longer window alone."""
    batch: list[Window] = []
    for window in waiting:
        if batch and len(window.ids) * (len(batch) + 1) > batch_tokens:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def load(config: PerplexityConfig) -> CausalModel:
    """The model, ready; torch is imported here.

    Raises:
        PluginError: its weights aren't here or lack a part, or no token begins a text.
    """
    tokenizer, model = load_pretrained(
        "AutoModelForCausalLM",
        config.model,
        revision=config.revision,
        download=config.download,
        device=config.device,
    )
    return CausalModel(model, tokenizer, config)


def _start(tokenizer: Any, name: str) -> int:
    for token in (tokenizer.bos_token_id, tokenizer.eos_token_id):
        if token is not None:
            return int(token)
    raise PluginError(
        f"the tokenizer of {name} has no token that begins or ends a text",
        expected="a causal language model with its own tokenizer",
    )
