from __future__ import annotations

import math
import random
from collections import Counter
from typing import Any

import numpy as np
import pytest
from datagen_plugin_diversity.coverage import SeedCoverage, evenness
from datagen_plugin_diversity.distinct import Words, distinct_n, ngrams, repeats
from datagen_plugin_diversity.self_bleu import self_bleu
from datagen_plugin_diversity.vendi import Spread, vendi_score
from hypothesis import given
from hypothesis import strategies as st

from datagen_core.words import words

SENTENCES = [
    "please play some quiet jazz for me",
    "please play some loud rock for me",
    "will it rain in oslo tomorrow or on sunday",
    "play some quiet jazz for me please",
    "book a table for two in oslo",
]


def split(texts: list[str]) -> list[Words]:
    return [tuple(text.split()) for text in texts]


# -- distinct-n -------------------------------------------------------------------------------------------------


def test_distinct_n_by_hand() -> None:
    """a b a and a b: words a b a a b, 2 of 5; pairs ab ba ab, 2 of 3; triples aba, 1 of 1."""
    texts = split(["a b a", "a b"])
    assert [distinct_n(texts, n) for n in (1, 2, 3, 4)] == [2 / 5, 2 / 3, 1.0, None]


def test_pairs_do_not_reach_from_one_row_to_the_next() -> None:
    assert list(ngrams(("a", "b", "c"), 2)) == [("a", "b"), ("b", "c")]
    assert distinct_n(split(["a", "b"]), 2) is None


def test_distinct_n_of_chinese_counts_characters() -> None:
    assert distinct_n([words("播放音乐"), words("播放歌曲")], 1) == 6 / 8


def test_repeats_are_rows_whose_words_came_before() -> None:
    assert (
        repeats([words(text) for text in ("Play it!", "play it", "it play", "PLAY  it", "再见", "再见。")])
        == 3
    )


# -- self-BLEU --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["a", "a b", "a b c", "a b c d", "a b c d e f a b"])
def test_self_bleu_of_identical_rows_is_1_however_short_they_are(text: str) -> None:
    assert self_bleu(split([text] * 3)) == pytest.approx(1.0)


def test_self_bleu_of_rows_that_share_no_word_is_0() -> None:
    assert self_bleu(split(["a b c d", "e f g h", "i j"])) == 0.0


def test_self_bleu_equals_what_nltk_says() -> None:
    """NLTK 3.10.4, sentence_bleu with method1 against the four others: the mean of these five."""
    by_nltk = [
        0.9306048591020996,
        0.20556680845025987,
        0.050712153369465586,
        0.8408964152537146,
        0.07730551756939454,
    ]
    assert self_bleu(split(SENTENCES)) == pytest.approx(sum(by_nltk) / 5, abs=1e-12)


def test_self_bleu_by_hand_with_smoothing_and_brevity() -> None:
    """`a b` in `a b c d`: both words and the pair matched, half as long: exp(1 - 4/2). The other way round: words 2/4,
    pairs 1/3, triples 0.1/2, the whole 0.1/1."""
    short, long = math.exp(-1), (2 / 4 * 1 / 3 * 0.1 / 2 * 0.1) ** 0.25
    assert self_bleu(split(["a b", "a b c d"])) == pytest.approx((short + long) / 2)


@given(st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=9).map(tuple), min_size=2, max_size=7))
def test_self_bleu_equals_a_plain_computation(texts: list[Words]) -> None:
    plain = [_bleu(text, texts[:at] + texts[at + 1 :]) for at, text in enumerate(texts)]
    assert self_bleu(texts) == pytest.approx(sum(plain) / len(plain))


def _bleu(text: Words, others: list[Words]) -> float:
    logs = []
    for n in range(1, min(4, len(text)) + 1):
        counts = Counter(ngrams(text, n))
        most: Counter[Words] = Counter()
        for other in others:
            most |= Counter(ngrams(other, n))
        matched = (counts & most).total()
        if n == 1 and not matched:
            return 0.0
        logs.append(math.log((matched or 0.1) / counts.total()))
    nearest = min((len(other) for other in others), key=lambda length: (abs(length - len(text)), length))
    return min(1.0, math.exp(1 - nearest / len(text))) * math.exp(sum(logs) / len(logs))


@pytest.mark.parametrize("texts", [[], ["a b"], ["", ""], ["a b", ""]])
def test_self_bleu_needs_two_rows_with_words(texts: list[str]) -> None:
    assert self_bleu(split(texts)) is None


def test_twins_among_others_raise_self_bleu_by_their_share() -> None:
    assert self_bleu(split(["a b c d", "a b c d", "e f g h", "i j k l"])) == pytest.approx(0.5)


# -- Vendi ------------------------------------------------------------------------------------------------------


def unit(seed: int, n: int, d: int) -> Any:
    drawn = np.random.default_rng(seed).standard_normal((n, d))
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("n", [1, 2, 10, 50])
def test_vendi_of_n_identical_rows_is_1(n: int) -> None:
    vectors = np.repeat(unit(0, 1, 16), n, axis=0)
    assert vendi_score(vectors) == pytest.approx(1.0, abs=1e-5)
    assert spread(vectors).score == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("n", [1, 2, 10, 16])
def test_vendi_of_n_orthogonal_rows_is_n(n: int) -> None:
    vectors = np.eye(16, dtype=np.float32)[:n]
    assert vendi_score(vectors) == pytest.approx(n)
    assert spread(vectors).ratio == pytest.approx(1.0)


def test_vendi_of_two_rows_at_60_degrees_by_hand() -> None:
    """Cosine 0.5: the eigenvalues of K / 2 are 0.75 and 0.25."""
    vectors = np.array([[1, 0], [0.5, 3**0.5 / 2]], dtype=np.float32)
    by_hand = math.exp(-(0.75 * math.log(0.75) + 0.25 * math.log(0.25)))
    assert vendi_score(vectors) == pytest.approx(by_hand, abs=1e-6)


def test_vendi_equals_what_the_authors_package_says() -> None:
    """vendi-score 0.0.3: score_dual of 40 vectors of 16 numbers, score_K of the first 10."""
    vectors = _package_vectors()
    assert vendi_score(vectors) == pytest.approx(13.703032, abs=1e-4)
    assert vendi_score(vectors[:10]) == pytest.approx(7.4191647, abs=1e-5)


def _package_vectors() -> Any:
    drawn = np.random.default_rng(0).standard_normal((40, 16)).astype("float32")
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


@pytest.mark.parametrize(("n", "d"), [(5, 30), (30, 5), (20, 20)])
def test_rows_by_rows_numbers_by_numbers_and_block_by_block_agree(n: int, d: int) -> None:
    vectors = unit(n, n, d)
    values = np.linalg.eigvalsh(vectors.astype(float) @ vectors.T.astype(float) / n)
    values = values[values > 1e-12]
    plain = float(np.exp(-(values * np.log(values)).sum()))
    assert vendi_score(vectors) == pytest.approx(plain, abs=1e-6)
    assert spread(vectors, block=3).score == pytest.approx(plain, abs=1e-6)


def spread(vectors: Any, block: int = 1000) -> Spread:
    found = Spread()
    for start in range(0, len(vectors), block):
        found.add(vectors[start : start + block])
    return found


def test_rows_without_a_vector_are_left_out_of_vendi() -> None:
    vectors = np.vstack([np.eye(4, dtype=np.float32)[:2], np.zeros((5, 4), dtype=np.float32)])
    assert vendi_score(vectors) == pytest.approx(2.0)
    assert spread(vectors).count == 2
    assert vendi_score(np.zeros((3, 4), dtype=np.float32)) is None
    assert (Spread().score, Spread().ratio) == (None, None)


# -- coverage ---------------------------------------------------------------------------------------------------


def test_each_seed_has_the_cosine_of_its_nearest_row_in_whichever_block() -> None:
    coverage = SeedCoverage(np.eye(3, dtype=np.float32))
    coverage.add(np.array([[0.6, 0.8, 0.0]], dtype=np.float32))
    coverage.add(np.array([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]], dtype=np.float32))
    assert coverage.nearest == [1.0, 0.8, 0.0]
    assert SeedCoverage(np.zeros((0, 1), dtype=np.float32)).nearest == []


def test_evenness_by_hand() -> None:
    assert evenness("aabb") == 1.0
    assert evenness("aaab") == pytest.approx(-(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25)))
    assert evenness("aabb", wanted=["a", "b", "c", "d"]) == pytest.approx(0.5)
    assert evenness("aaaa", wanted=["a", "b"]) == 0.0
    assert evenness("aaaa") is None
    assert evenness("", wanted=["a", "b"]) is None


def test_the_order_of_values_decides_not_even_the_rounding() -> None:
    values = list("aaabbcdddddde")
    for seed in range(5):
        assert evenness(random.Random(seed).sample(values, len(values))) == evenness(values)
