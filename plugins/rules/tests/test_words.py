from __future__ import annotations

import pytest
from datagen_plugin_rules.words import count_sentences, count_words, longest_run, repetition_rate, words
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        (" \n\t", 0),
        ("--- ... !!!", 0),
        ("hello", 1),
        ("Don't stop, state-of-the-art!", 3),
        ("3.5 km", 2),
        ("(yes) \"no\" 'maybe'", 3),
        ("我要听歌", 4),
        ("我要听歌。好吗？", 6),
        ("play 音乐 now", 4),
        ("ラーメンを食べる", 8),
        ("나는 노래를 듣는다", 3),  # Korean has spaces
        ("أريد أن أسمع أغنية", 4),
        ("हिन्दी में गाना", 3),  # combining marks don't split a word
        ("กิน", 2),  # two letters and a vowel sign
        ("ฟังเพลง now", 7),
        ("🎵 🎵", 0),
        ("a", 1),
        ("\ud800 word", 1),
    ],
)
def test_words_are_counted_in_any_script(text: str, expected: int) -> None:
    assert count_words(text) == expected


def test_words_keep_their_inner_and_lose_their_leading_punctuation() -> None:
    assert words('"Don\'t" (play) 音乐-now!') == ["Don't\"", "play)", "音", "乐", "now!"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("...", 0),
        ("No stop", 1),
        ("One. Two! Three?", 3),
        ("It costs 3.5 dollars.", 1),
        ('He said "Go." Then he left.', 2),
        ("好的。走吧！你呢？", 3),
        ("هل تسمع؟ نعم.", 2),
        ("यह ठीक है। चलो।", 2),
        ("A title\n\nA text", 2),
        ("wrapped\nline", 1),
        ("Wait... what?!", 2),
        ("Dr. Ito came.", 2),  # the documented limit
    ],
)
def test_sentences_are_counted_in_any_script(text: str, expected: int) -> None:
    assert count_sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "n", "expected"),
    [
        ("", 3, 0.0),
        ("two words", 3, 0.0),
        ("just three words", 3, 0.0),
        ("go on now, go on now", 3, 0.25),  # 4 trigrams, 3 distinct
        ("ha ha ha ha ha", 3, 2 / 3),  # 3 trigrams, 1 distinct
        ("Ha ha. HA! ha, ha", 3, 2 / 3),
        ("a b a b", 1, 0.5),
        ("哈哈哈哈哈", 3, 2 / 3),
    ],
)
def test_the_repetition_rate_is_repeated_over_all_ngrams(text: str, n: int, expected: float) -> None:
    assert repetition_rate(text, n) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 0), ("   \n\n\n", 0), ("abc", 1), ("no!!!!", 4), ("aabbb", 3), ("啊啊啊", 3), ("a    b", 1)],
)
def test_the_longest_run_leaves_white_space_out(text: str, expected: int) -> None:
    assert longest_run(text) == expected


@given(st.text(alphabet=st.characters(), max_size=60), st.integers(1, 4))
@settings(max_examples=50, deadline=None)
def test_measures_stay_in_their_ranges(text: str, n: int) -> None:
    assert 0.0 <= repetition_rate(text, n) < 1.0
    assert 0 <= count_words(text) <= len(text)
    assert 0 <= count_sentences(text) <= max(1, len(text))
    assert (longest_run(text) == 0) == (text.strip() == "")


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=60))
@settings(max_examples=50, deadline=None)
def test_a_foreign_letter_behind_ascii_text_adds_one_word(text: str) -> None:
    assert count_words(text + " 我") == count_words(text) + 1


def reference_rate(tokens: list[str], n: int) -> float:
    grams = [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]
    repeats = sum(1 for i, gram in enumerate(grams) if gram in grams[:i])
    return repeats / len(grams) if grams else 0.0


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=20), st.integers(1, 4))
@settings(max_examples=50, deadline=None)
def test_the_repetition_rate_equals_a_count_by_hand(tokens: list[str], n: int) -> None:
    assert repetition_rate(" ".join(tokens), n) == reference_rate(tokens, n)
