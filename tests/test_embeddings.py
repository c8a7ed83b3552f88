"""Vectors of texts without a model: unit length, the same everywhere, near where wording is shared; computed once."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

numpy = pytest.importorskip("numpy")

from datagen_core.builtin.hashing import Hashing, HashingConfig  # noqa: E402
from datagen_core.config import Config  # noqa: E402
from datagen_core.embedder import Embedder  # noqa: E402
from datagen_core.embeddings import Embeddings  # noqa: E402
from datagen_core.errors import PluginError, UsageError  # noqa: E402

HASHING = Hashing(HashingConfig())
DUNES = "The red dunes glow at dawn."


def cosine(one: str, other: str, part: Embedder[Any] = HASHING) -> float:
    first, second = part.embed([one, other])
    return float(first @ second)


# -- hashing --------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_any_text_has_unit_length_or_is_zeros(text: str) -> None:
    (vector,) = HASHING.embed([text])
    length = float(numpy.linalg.norm(vector))
    assert vector.shape == (512,) and str(vector.dtype) == "float32"
    assert length == pytest.approx(1, abs=1e-5) or length == 0


@pytest.mark.parametrize("text", ["", " \n", "?!… – ,,", "«»"])
def test_a_text_without_letters_or_digits_is_zeros(text: str) -> None:
    assert not HASHING.embed([text]).any()


@pytest.mark.parametrize("text", ["a", "7", "沙", "ä", "मरु", "صحراء", "ทะเล", "👍", "\ud800 a"])
def test_one_letter_of_any_script_is_enough(text: str) -> None:
    assert float(numpy.linalg.norm(HASHING.embed([text])[0])) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        (DUNES, "The red dunes glwo at dawn.", "Fill in the tax form before April."),
        (DUNES, "Red dunes glow at dawn, the.", "Blue lakes freeze over night."),
        ("红色的沙丘在黎明时发光", "红色的沙丘在黄昏时发光", "请填写税务表格"),
        ("Красные дюны светятся", "Красные дюны светились", "Заполните налоговую форму"),
        ("الكثبان الحمراء تتوهج", "الكثبان الحمراء توهجت", "املأ نموذج الضريبة"),
    ],
)
def test_a_typo_is_nearer_than_an_unrelated_text_in_any_script(text: str, near: str, far: str) -> None:
    assert cosine(text, near) > cosine(text, far) + 0.3
    assert abs(cosine(text, far)) < 0.35


def test_case_signs_and_compatibility_forms_say_nothing() -> None:
    assert cosine(DUNES, "THE RED DUNES, GLOW (at) dawn") == pytest.approx(1, abs=1e-6)
    assert cosine("ﬁne", "fine") == pytest.approx(1, abs=1e-6)


def test_texts_without_a_run_in_common_are_orthogonal_but_for_chance() -> None:
    cosines = [cosine(one * 6, other * 6) for one in "abcde" for other in "vwxyz"]
    assert max(map(abs, cosines)) < 0.4 and abs(sum(cosines) / 25) < 0.1


def test_options_decide_the_width_and_the_runs() -> None:
    small = Hashing(HashingConfig(dimensions=16))
    assert small.embed(["a", "b", ""]).shape == (3, 16)
    words_alone = Hashing(HashingConfig(char_ngrams=(16, 16), word_ngrams=(1, 1)))
    assert cosine("red dunes", "dunes red", words_alone) == pytest.approx(1, abs=1e-6)
    assert cosine("red dunes", "dunes red") < 0.95


def test_runs_that_are_longer_first_are_refused() -> None:
    with pytest.raises(UsageError, match="n-grams of 5 to 3"):
        Hashing(HashingConfig(char_ngrams=(5, 3)))


def test_what_comes_after_the_first_20000_characters_is_not_read() -> None:
    text = "red dunes " * 2000
    assert (HASHING.embed([text]) == HASHING.embed([text + "a tax form"])).all()


SCRIPT = """
import json
from datagen_core.embeddings import Embeddings
print(json.dumps(Embeddings().of(["red dunes", "红色", "?"]).tolist()))
"""


def test_another_process_computes_the_same_whatever_its_hash_seed() -> None:
    own = os.environ.get("PYTHONHASHSEED", "random")
    environment = {**os.environ, "PYTHONHASHSEED": "2" if own == "1" else "1"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == HASHING.embed(["red dunes", "红色", "?"]).tolist()


# -- embeddings -----------------------------------------------------------------------------------------------


class Counting(Embedder[Config]):
    """The length of a text, and notes of which it was asked."""

    def __init__(self, loses: int = 0) -> None:
        super().__init__(Config())
        self.asked: list[list[str]] = []
        self.loses = loses

    def embed(self, texts: Sequence[str]) -> Any:
        self.asked.append(list(texts))
        kept = len(texts) - self.loses
        return numpy.array([[len(text), 1] for text in texts[:kept]], dtype=numpy.float32)


def test_each_text_is_computed_once_whoever_asks() -> None:
    counting = Counting()
    vectors = Embeddings(counting)
    assert vectors.of(["aa", "b", "aa"]).tolist() == [[2, 1], [1, 1], [2, 1]]
    assert vectors.of(["ccc", "b"]).tolist() == [[3, 1], [1, 1]]
    assert counting.asked == [["aa", "b"], ["ccc"]]


def test_texts_that_utf_8_cannot_hold_are_told_apart() -> None:
    assert Embeddings(Counting()).of(["\ud800", "\ud800\ud801"]).tolist() == [[1, 1], [2, 1]]


def test_no_texts_have_no_vectors_and_nobody_is_asked() -> None:
    counting = Counting()
    assert len(Embeddings(counting).of([])) == 0 and counting.asked == []


def test_an_embedder_that_loses_texts_is_named_as_broken() -> None:
    with pytest.raises(PluginError, match=r"shape \(1, 2\) for 2 texts"):
        Embeddings(Counting(loses=1)).of(["a", "b"])


def test_the_usual_embedder_is_hashing_and_it_is_light() -> None:
    vectors = Embeddings()
    assert (vectors.of([DUNES]) == HASHING.embed([DUNES])).all()
    assert isinstance(vectors.embedder, Hashing) and not vectors.is_heavy


def test_they_pickle_and_compute_the_same_again() -> None:
    vectors = Embeddings(HASHING)
    before = vectors.of([DUNES])
    assert (pickle.loads(pickle.dumps(vectors)).of([DUNES]) == before).all()
