import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.near_duplicates.shingles import SKETCH, hash_shingles, jaccard, sketches


def shingles(text: str, size: int) -> set[str]:
    return {text[i : i + size] for i in range(len(text) - size + 1)}


def jaccard_of(a: str, b: str, size: int = 5) -> tuple[int, int]:
    (first, _), (second, _) = sketches(*hash_shingles([a, b], size))
    return jaccard(first, second)


def test_the_jaccard_similarity_of_two_words_can_be_counted_by_hand() -> None:
    # abcde bcdef / abcde bcdef cdefg
    assert jaccard_of("abcdef", "abcdefg") == (2, 3)


@settings(max_examples=100)
@given(st.lists(st.text("abé音\U0001f600", max_size=30), max_size=6), st.integers(1, 6))
def test_hashes_are_those_of_the_shingles_of_each_text_alone(texts: list[str], size: int) -> None:
    hashes, offsets = hash_shingles(texts, size)
    assert len(offsets) == len(texts) + 1
    for i, text in enumerate(texts):
        own = hashes[offsets[i] : offsets[i + 1]].tolist()
        assert own == hash_shingles([text], size)[0].tolist()
        assert len(own) == max(0, len(text) - size + 1)
        assert len(set(own)) == len(shingles(text, size))


@settings(max_examples=100)
@given(st.text("abc", min_size=5, max_size=60), st.text("abc", min_size=5, max_size=60))
def test_the_jaccard_similarity_of_short_texts_is_exact(a: str, b: str) -> None:
    first, second = shingles(a, 5), shingles(b, 5)
    assert jaccard_of(a, b) == (len(first & second), len(first | second))


def test_the_jaccard_similarity_of_long_texts_is_close() -> None:
    """18,000 and 20,000 distinct shingles, of which 18,000 are shared: 0.9, estimated from 160 of them."""
    text = " ".join(str(i) for i in range(10_000, 13_500))
    shared, union = jaccard_of(text, text[: len(text) * 9 // 10])
    assert union <= 2 * SKETCH
    assert shared / union == pytest.approx(0.9, abs=0.07)


def test_a_text_without_shingles_has_an_empty_sketch() -> None:
    (empty, count), (full, one) = sketches(*hash_shingles(["abcd", "abcde"], 5))
    assert (len(empty), count, len(full), one) == (0, 0, 1, 1)
    assert sketches(*hash_shingles([], 5)) == []


def test_sketches_rise_and_hold_no_more_than_their_size() -> None:
    text = " ".join(str(i) for i in range(1000))
    ((kept, count),) = sketches(*hash_shingles([text], 5))
    assert len(kept) == SKETCH
    assert count == len(shingles(text, 5))
    assert np.all(kept[1:] > kept[:-1])
