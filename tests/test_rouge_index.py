from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.rouge_index import RougeIndex

texts = st.lists(st.sampled_from("abcd"), max_size=8)
pools = st.lists(texts, max_size=12)


def index_of(pool: list[list[str]]) -> RougeIndex:
    index = RougeIndex()
    for sequence, text in enumerate(pool):
        index.add(text, sequence)
    return index


def lcs(a: list[str], b: list[str]) -> int:
    """The textbook recursion, row by row."""
    above = [0] * (len(b) + 1)
    for x in a:
        row = [0]
        for j, y in enumerate(b):
            row.append(above[j] + 1 if x == y else max(above[j + 1], row[j]))
        above = row
    return above[-1]


def f1(a: list[str], b: list[str]) -> Fraction:
    return Fraction(2 * lcs(a, b), len(a) + len(b)) if a or b else Fraction(1)


def bag_f1(a: list[str], b: list[str]) -> Fraction:
    shared = sum(min(a.count(word), b.count(word)) for word in set(a))
    return Fraction(2 * shared, len(a) + len(b)) if a or b else Fraction(1)


def test_the_example_of_the_self_instruct_rule_is_0_8() -> None:
    index = index_of([["write", "a", "long", "poem", "about", "the", "sea"]])
    best = index.best(["write", "a", "short", "poem", "about", "the", "winter", "sea"])
    assert best is not None
    assert (best.common, best.total, best.f1) == (6, 15, 0.8)


def test_nothing_is_similar_in_an_empty_pool_or_without_a_shared_word() -> None:
    assert RougeIndex().best(["a"]) is None
    assert RougeIndex().query(["a"]).best_bag() is None
    assert index_of([["x", "y"]]).best(["a"]) is None
    assert index_of([["x", "y"]]).most_similar(["a"]) == []


def test_a_repeated_word_counts_as_often_as_both_texts_have_it() -> None:
    match = index_of([["a", "a", "a", "b"]]).query(["a", "a", "c"]).best_bag()
    assert match is not None
    assert (match.common, match.total) == (2, 7)


def test_order_matters_to_rouge_l_and_not_to_the_bag() -> None:
    query = index_of([["play", "some", "jazz"]]).query(["jazz", "some", "play"])
    rouge, bag = query.best(), query.best_bag()
    assert rouge is not None
    assert bag is not None
    assert (rouge.common, bag.common) == (1, 3)


def test_texts_without_words_are_alike_only_with_each_other() -> None:
    index = index_of([["a"], []])
    empty = index.best([])
    assert empty is not None
    assert (empty.row, empty.f1) == (1, 1.0)
    assert index.best([], before=1) is None


def test_the_words_of_a_text_can_be_read_back() -> None:
    assert index_of([["b", "a", "b"], ["c"]]).words(0) == ["b", "a", "b"]


def test_sequence_numbers_may_not_fall() -> None:
    index = RougeIndex()
    index.add(["a"], 3)
    with pytest.raises(ValueError, match="comes after"):
        index.add(["b"], 2)


def test_more_words_than_there_are_characters_are_told_apart() -> None:
    index = RougeIndex()
    index.add([f"w{i}" for i in range(0x110000 + 5)], 0)
    last = f"w{0x110000 + 4}"
    index.add([last, "new"], 1)
    best = index.best([last, "other"])
    assert best is not None
    assert (best.row, best.common) == (1, 1)


@settings(max_examples=100)
@given(pools, texts, st.integers(0, 13))
def test_the_best_match_is_that_of_a_full_comparison(
    pool: list[list[str]], text: list[str], before: int
) -> None:
    index, seen = index_of(pool), pool[:before]
    query = index.query(text, before)
    for match, measure in ((query.best(), f1), (query.best_bag(), bag_f1)):
        expected = max((measure(text, other) for other in seen), default=Fraction(0))
        found = Fraction(0) if match is None else measure(text, pool[match.row])
        assert found == expected
        assert match is None or match.f1 == float(expected)


@settings(max_examples=50)
@given(pools, texts.filter(bool), st.integers(1, 12))
def test_the_most_similar_are_those_of_a_full_comparison(
    pool: list[list[str]], text: list[str], k: int
) -> None:
    expected = sorted((f1(text, other) for other in pool if f1(text, other)), reverse=True)[:k]
    assert [match.f1 for match in index_of(pool).most_similar(text, k)] == [
        float(value) for value in expected
    ]


@settings(max_examples=50)
@given(pools, texts, st.integers(0, 12))
def test_looking_back_equals_a_smaller_pool(pool: list[list[str]], text: list[str], before: int) -> None:
    assert index_of(pool).best(text, before) == index_of(pool[:before]).best(text)
