from __future__ import annotations

import pytest
from datagen_plugin_persona.diversity import Diversity, diversity


def test_shares_and_similarity_of_three_texts() -> None:
    """Words: a b, a c, a b: 3 distinct of 6; pairs: ab, ac, ab: 2 of 3; Jaccard 1/3, 1, 1/3."""
    found = diversity(["a b", "a c", "A b!"])
    assert (found.texts, found.compared) == (3, 3)
    assert (found.distinct_1, found.distinct_2) == (3 / 6, 2 / 3)
    assert found.mean_similarity == pytest.approx(5 / 9)


def test_copies_are_alike_and_strangers_are_not() -> None:
    assert diversity(["养蜂人"] * 4).mean_similarity == 1.0
    assert diversity(["one", "two", "three"]).mean_similarity == 0.0


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], Diversity(texts=0, distinct_1=None, distinct_2=None, mean_similarity=None, compared=0)),
        (["one"], Diversity(texts=1, distinct_1=1.0, distinct_2=None, mean_similarity=None, compared=1)),
        (["…", ""], Diversity(texts=2, distinct_1=None, distinct_2=None, mean_similarity=1.0, compared=2)),
    ],
)
def test_where_there_is_nothing_to_measure_it_says_none(texts: list[str], expected: Diversity) -> None:
    assert diversity(texts) == expected


def test_at_most_so_many_are_compared_spread_over_all() -> None:
    found = diversity(["same"] * 50 + [f"other{i}" for i in range(50)], most_compared=10)
    assert (found.texts, found.compared) == (100, 10)
    assert found.mean_similarity == pytest.approx(10 / 45)  # 5 of the 10 are the same: 10 pairs of 45
