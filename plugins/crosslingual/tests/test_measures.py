"""Numbers that can be checked by hand, or stand in the sources."""

from __future__ import annotations

import math

import pytest
from datagen_plugin_crosslingual.chrf import chrf, corpus_chrf, corpus_round_trip
from datagen_plugin_crosslingual.margin import cosines, margins, margins_of

from datagen_core.sample import Metadata, Sample

SIMILARITY = [[0.8, 0.3, 0.4], [0.2, 0.7, 0.4], [0.4, 0.1, 0.6]]
"""Of three xs (rows) to three ys."""


def test_chrf_is_that_of_sacrebleu() -> None:
    text, reference = "the cat sat on a mat", "the cat sat on the mat"
    assert round(chrf(text, reference), 2) == 65.98
    assert round(chrf(text, reference, word_order=2), 2) == 67.44
    assert chrf(reference, reference) == 100 and chrf("", reference) == 0


def test_corpus_chrf_counts_n_grams_over_all_and_is_no_mean() -> None:
    texts, references = ["the cat sat on a mat", "yes"], ["the cat sat on the mat", "yes"]
    mean = sum(map(chrf, texts, references)) / 2
    assert 65.98 < corpus_chrf(texts, references) < mean
    assert corpus_chrf(texts[:1], references[:1]) == chrf(texts[0], references[0])


@pytest.mark.parametrize(("texts", "references"), [([], []), (["a"], []), (["a"], ["a", "b"])])
def test_corpus_chrf_of_nothing_or_of_no_pairs_is_an_error(texts: list[str], references: list[str]) -> None:
    with pytest.raises(ValueError, match="references"):
        corpus_chrf(texts, references)


def test_the_round_trip_of_rows_is_taken_over_all_their_parts() -> None:
    def row(*parts: tuple[str, str]) -> Sample:
        trip = [{"part": "response", "source": source, "back": back} for source, back in parts]
        return Sample(id="x", metadata=Metadata(method={"round_trip": trip}))

    rows = [row(("the cat sat on the mat", "the cat sat on a mat")), Sample(id="y"), row(("yes", "yes"))]
    assert corpus_round_trip(rows) == corpus_chrf(
        ["the cat sat on a mat", "yes"], ["the cat sat on the mat", "yes"]
    )
    assert corpus_round_trip([Sample(id="y")]) is None


def test_margins_of_a_3_by_3_matrix_by_hand() -> None:
    # 0.8 / ((0.8+0.4)/2 /2 + (0.8+0.4)/2 /2); 0.7 / ((0.7+0.4)/2 /2 + (0.7+0.3)/2 /2); 0.6 / (0.5/2 + 0.5/2)
    assert margins_of(SIMILARITY, 2) == pytest.approx([0.8 / 0.6, 0.7 / 0.525, 0.6 / 0.5])
    assert margins_of(SIMILARITY, 1) == pytest.approx([1, 1, 1])
    assert margins_of(SIMILARITY, 16) == margins_of(SIMILARITY, 3)


def test_margins_of_vectors_are_those_of_their_cosines() -> None:
    xs = [(2.0, 0, 0, 0), (0, 1.0, 0, 0), (0, 0, 3.0, 0)]
    ys = [
        (*column, math.sqrt(1 - sum(value * value for value in column)))
        for column in zip(*SIMILARITY, strict=True)
    ]
    assert cosines(xs, ys) == [pytest.approx(row) for row in SIMILARITY]
    assert margins(xs, ys, 2) == pytest.approx(margins_of(SIMILARITY, 2))


def test_a_vector_without_length_is_near_nothing() -> None:
    assert margins([(0.0, 0.0)], [(1.0, 0.0)], 4) == [0.0]
