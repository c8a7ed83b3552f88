from __future__ import annotations

from typing import Any

import pytest
from datagen_plugin_unlabelled.agreement import MachineLabel, machine_labels

from datagen_core import InputError, Seed
from datagen_core.testing import make_seeds

SEEDS = make_seeds(
    [
        ("play jazz music", "music"),
        ("play rock music", "music"),
        ("rain in oslo", "weather"),
        ("snow in lima", "weather"),
    ]
)


def pool(*texts: str) -> list[Seed]:
    return [Seed(id=f"u{i}", text=text) for i, text in enumerate(texts)]


def found(*texts: str, neighbours: int = 10, votes: int = 3) -> dict[str, MachineLabel]:
    labelled = machine_labels(SEEDS, pool(*texts), neighbours=neighbours, votes=votes)
    return {label.text.text: label for label in labelled}


def test_texts_near_the_seeds_get_the_label_that_classifier_and_neighbours_agree_on() -> None:
    labelled = found("play some music", "rain in lima")
    assert {text: label.label for text, label in labelled.items()} == {
        "play some music": "music",
        "rain in lima": "weather",
    }
    assert all(label.is_majority and label.agreement == 1 for label in labelled.values())
    assert all(0.5 < label.confidence <= 1 for label in labelled.values())


def test_a_text_that_shares_no_word_with_a_seed_is_not_near() -> None:
    assert set(found("play music", "book a table")) == {"play music"}


def test_each_seed_retrieves_no_more_than_its_neighbours() -> None:
    texts = ["play jazz music now", "play rock music now", "rain in oslo now", "snow in lima now", "music"]
    assert set(found(*texts, neighbours=1)) == set(texts[:4])


def test_the_agreement_is_the_share_of_votes_for_the_label() -> None:
    seeds = make_seeds([("a b", "x"), ("aa bb cc", "x"), ("aa bb dd", "x"), ("bb ee", "y"), ("ff gg", "y")])
    (label,) = machine_labels(seeds, pool("aa bb cc dd"), neighbours=5, votes=3)
    assert (label.label, label.agreement, label.is_majority) == ("x", pytest.approx(2 / 3), True)


def test_a_tie_of_votes_goes_to_the_nearer_voters() -> None:
    seeds = make_seeds([("red wine glass", "x"), ("wine", "y"), ("beer", "y")])
    (label,) = machine_labels(seeds, pool("red wine glass now"), neighbours=5, votes=2)
    assert (label.label, label.agreement, label.is_majority) == ("x", 0.5, True)


def test_a_classifier_that_the_neighbours_outvote_has_no_majority() -> None:
    seeds = make_seeds([("wine", "x"), *[(f"wine bar {i}{i}", "y") for i in range(3)]])
    (label,) = machine_labels(seeds, pool("wine wine wine"), neighbours=5, votes=4)
    assert (label.label, label.is_majority, label.agreement) == ("x", False, 0.25)


@pytest.mark.parametrize(
    ("confidence", "is_majority", "qualifies"),
    [(0.5, True, True), (0.4999, True, False), (0.5, False, False), (0.51, True, True)],
)
def test_a_text_qualifies_from_the_threshold_on_and_only_with_a_majority(
    confidence: float, is_majority: bool, qualifies: bool
) -> None:
    label = MachineLabel(SEEDS[0], "music", confidence, 1.0, is_majority)
    assert label.qualifies(0.5) is qualifies


def test_more_texts_than_a_block_are_all_labelled_in_pool_order() -> None:
    texts = [f"play music {i:05}" for i in range(1500)]
    labelled = machine_labels(SEEDS, pool(*texts), neighbours=2000, votes=3)
    assert [label.text.text for label in labelled] == texts


def test_seeds_without_words_are_an_input_error() -> None:
    with pytest.raises(InputError, match="no classifier"):
        machine_labels(make_seeds([("?", "x"), ("!", "y")]), pool("play"), neighbours=1, votes=1)


@pytest.mark.parametrize("text", ["", "?", "ш", "\ud800 music", "music " * 100_000, "今日は音楽"])
def test_odd_pool_texts_are_labelled_or_left_out(text: str) -> None:
    labelled = found(text, "play music")
    assert "play music" in labelled
    assert all(0 <= label.agreement <= 1 for label in labelled.values())


def test_the_same_inputs_give_the_same_labels() -> None:
    texts: Any = ("play some music", "rain in lima", "music in oslo", "snow music")
    assert found(*texts) == found(*texts)
