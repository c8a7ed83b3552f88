"""Weights for tests: a random BERT over single bytes, made once."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def bert_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `save_pretrained` writes it: sentence-transformers takes the mean of its tokens."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    torch.set_num_threads(1)  # tests share cores: two threads would wait for each other
    folder = tmp_path_factory.mktemp("bert")
    size = _save_tokenizer(folder)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = transformers.BertConfig(
            vocab_size=size,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=128,
            initializer_range=0.3,
            pad_token_id=0,
        )
        transformers.BertModel(config).save_pretrained(folder)
    return folder


def _save_tokenizer(folder: Path) -> int:
    library, transformers = pytest.importorskip("tokenizers"), pytest.importorskip("transformers")
    letters = sorted(library.pre_tokenizers.ByteLevel.alphabet())
    vocab = {token: number for number, token in enumerate(["[PAD]", *letters])}
    tokens = library.Tokenizer(library.models.BPE(vocab=vocab, merges=[]))
    tokens.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokens, pad_token="[PAD]", model_max_length=128
    ).save_pretrained(folder)
    return len(vocab)
