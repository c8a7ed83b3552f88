from __future__ import annotations

from datagen_plugin_dev_gain.terms import bag_of_words, new_rows

from datagen_core.testing import make_samples, make_seeds

SEEDS = make_seeds([("play a song", "music"), ("rain today", "weather")])
DEVELOPMENT = make_seeds([("sing it loud", "music")])


def rows(*pairs):
    return new_rows(make_samples(pairs), SEEDS, DEVELOPMENT)


def test_a_bag_ignores_order_case_punctuation_and_single_letters():
    assert bag_of_words("Play a SONG!") == bag_of_words("song, play") == ("play", "song")
    assert bag_of_words("song song") != bag_of_words("song")
    assert bag_of_words("? a") == ()


def test_a_seed_in_another_order_is_not_new():
    assert rows(("song play", "music"), ("today: rain", "weather")) == []


def test_a_seed_with_another_label_is_kept_because_it_does_harm():
    assert rows(("play a song", "weather")) == [("play a song", "weather")]


def test_only_the_first_of_equal_rows_is_kept():
    assert rows(("play jazz", "music"), ("windy day", "weather"), ("jazz play", "music")) == [
        ("play jazz", "music"),
        ("windy day", "weather"),
    ]


def test_a_leaked_development_row_is_left_out_whatever_its_label():
    assert rows(("loud, sing it", "music"), ("sing it loud", "weather")) == []


def test_rows_without_a_label_or_a_word_are_left_out():
    assert rows("play jazz", ("?!", "music"), ("", "music")) == []
