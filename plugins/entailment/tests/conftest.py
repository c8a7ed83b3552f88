"""Weights for tests: a random cross-encoder over single bytes, made once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def make_nli(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes a random two-layer cross-encoder with these labels, over single bytes or over these words."""
    pytest.importorskip("torch").set_num_threads(
        1
    )  # tests share cores: two threads would wait for each other
    pytest.importorskip("transformers")

    def make(labels: Sequence[str], words: Sequence[str] = ()) -> Path:
        folder = tmp_path_factory.mktemp("nli")
        size = _save_tokenizer(folder, words)
        _save_model(folder, labels, size)
        return folder

    return make


@pytest.fixture(scope="session")
def nli_weights(make_nli: Callable[..., Path]) -> Path:
    """One with three labels in an order and a case of its own."""
    return make_nli(("neutral", "ENTAILMENT", "Contradiction"))


def _save_tokenizer(folder: Path, words: Sequence[str]) -> int:
    library = pytest.importorskip("tokenizers")
    Tokenizer, models, pre_tokenizers = library.Tokenizer, library.models, library.pre_tokenizers

    special = ["[PAD]", "[CLS]", "[SEP]", "[UNK]"]
    every = words or sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {token: i for i, token in enumerate([*special, *every])}
    if words:
        tokens = Tokenizer(models.WordLevel(vocab=vocab, unk_token="[UNK]"))
        tokens.pre_tokenizer = pre_tokenizers.Whitespace()
    else:
        tokens = Tokenizer(models.BPE(vocab=vocab, merges=[], unk_token="[UNK]"))
        tokens.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokens.post_processor = library.processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    pytest.importorskip("transformers").PreTrainedTokenizerFast(
        tokenizer_object=tokens,
        model_max_length=128,
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        unk_token="[UNK]",
    ).save_pretrained(folder)
    return len(vocab)


def _save_model(folder: Path, labels: Sequence[str], size: int) -> None:
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = transformers.BertConfig(
            vocab_size=size,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=128,
            initializer_range=0.3,
            id2label=dict(enumerate(labels)),
            label2id={label: i for i, label in enumerate(labels)},
        )
        transformers.BertForSequenceClassification(config).save_pretrained(folder)
