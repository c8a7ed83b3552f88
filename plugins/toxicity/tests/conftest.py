"""Weights for tests: a small random BERT with a WordPiece tokenizer over letters, saved to a folder."""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
POSITIONS = 128


@pytest.fixture(scope="session")
def make_weights(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Makes a random two-layer classifier with these labels; `multi`: each label by itself."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")

    def make(labels: Sequence[str], *, multi: bool = False) -> Path:
        folder = tmp_path_factory.mktemp("weights")
        letters = string.ascii_lowercase + string.digits
        vocabulary = [*SPECIAL, *letters, *(f"##{letter}" for letter in letters), *"!?.,"]
        (folder / "vocab.txt").write_text("\n".join(vocabulary), "utf-8")
        tokenizer = {"tokenizer_class": "BertTokenizer", "model_max_length": POSITIONS, "do_lower_case": True}
        (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer), "utf-8")
        config = transformers.BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=POSITIONS,
            initializer_range=0.5,
            id2label=dict(enumerate(labels)),
            label2id={label: at for at, label in enumerate(labels)},
            problem_type="multi_label_classification" if multi else None,
        )
        with torch.random.fork_rng():
            torch.manual_seed(0)
            transformers.BertForSequenceClassification(config).save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def weights(make_weights: Callable[..., Path]) -> Path:
    """One with the labels of a usual binary classifier."""
    return make_weights(("neutral", "toxic"))
