"""Weights for tests: a random GPT-2 over single bytes, made once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def make_gpt(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes a random two-layer GPT-2 over single bytes, or over these words."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    torch.set_num_threads(1)  # tests share cores: two threads would wait for each other

    def make(words: Sequence[str] = (), **special: str) -> Path:
        folder = tmp_path_factory.mktemp("gpt")
        size = _save_tokenizer(folder, words, special or {"bos_token": "<s>", "eos_token": "</s>"})
        _save_model(folder, size)
        return folder

    return make


@pytest.fixture(scope="session")
def gpt_weights(make_gpt: Callable[..., Path]) -> Path:
    """One that has all bytes, and a token for the beginning."""
    return make_gpt()


def _save_tokenizer(folder: Path, words: Sequence[str], special: dict[str, str]) -> int:
    library = pytest.importorskip("tokenizers")
    Tokenizer, models, pre_tokenizers = library.Tokenizer, library.models, library.pre_tokenizers

    every = words or sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {token: i for i, token in enumerate(["<unk>", "<s>", "</s>", *every])}
    if words:
        tokens = Tokenizer(models.WordLevel(vocab=vocab, unk_token="<unk>"))
        tokens.pre_tokenizer = pre_tokenizers.Whitespace()
    else:
        tokens = Tokenizer(models.BPE(vocab=vocab, merges=[]))
        tokens.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    unknown = {"unk_token": "<unk>"} if words else {}
    pytest.importorskip("transformers").PreTrainedTokenizerFast(
        tokenizer_object=tokens, **unknown, **special
    ).save_pretrained(folder)
    return len(vocab)


def _save_model(folder: Path, size: int) -> None:
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = transformers.GPT2Config(
            vocab_size=size,
            n_positions=64,
            n_embd=32,
            n_layer=2,
            n_head=2,
            initializer_range=0.3,
            bos_token_id=1,
            eos_token_id=2,
        )
        transformers.GPT2LMHeadModel(config).save_pretrained(folder)
