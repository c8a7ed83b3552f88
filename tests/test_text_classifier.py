"""The classifier that labels, probes and rewards share."""

from __future__ import annotations

import pytest

from datagen_core.text_classifier import TextClassifier

ROWS = [
    ("play a song", "music"),
    ("play the album", "music"),
    ("will it rain today", "weather"),
    ("is it windy today", "weather"),
]


def fitted(rows=ROWS):
    return TextClassifier().fit([text for text, _ in rows], [label for _, label in rows])


def test_it_tells_the_classes_it_has_seen_apart():
    assert fitted().predict(["play it", "rain today"]) == ["music", "weather"]


def test_probabilities_sum_to_one_in_the_order_of_the_labels():
    model = fitted()
    found = model.probabilities(["play it", "rain", ""])
    assert model.labels == ("music", "weather")
    assert found.shape == (3, 2)
    assert found.sum(axis=1) == pytest.approx([1, 1, 1])
    assert found[0, 0] > 0.5 > found[1, 0]


def test_the_same_rows_give_the_same_bits():
    assert (fitted().probabilities(["play"]) == fitted().probabilities(["play"])).all()


def test_one_class_is_certain():
    assert TextClassifier().fit(["a", "b"], ["x", "x"]).probabilities(["c"]).tolist() == [[1.0]]


def test_texts_without_words_are_refused():
    with pytest.raises(ValueError, match="no words"):
        TextClassifier().fit(["!", "?"], ["x", "y"])


def test_no_rows_and_uneven_rows_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        TextClassifier().fit([], [])
    with pytest.raises(ValueError, match="as many labels"):
        TextClassifier().fit(["a"], ["x", "y"])


def test_asking_before_fitting_is_refused():
    with pytest.raises(ValueError, match="fit before"):
        TextClassifier().probabilities(["a"])


def test_fits_use_one_thread_and_give_the_others_back(monkeypatch):
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_info

    def threads():
        return {pool["num_threads"] for pool in threadpool_info()}

    fitted()
    before, during = threads(), set()
    fit = LogisticRegression.fit
    monkeypatch.setattr(
        LogisticRegression, "fit", lambda self, *a, **k: during.update(threads()) or fit(self, *a, **k)
    )
    fitted()
    assert during == {1}
    assert threads() == before
