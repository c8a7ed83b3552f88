import unicodedata

from datagen_plugin_decontaminate.tokens import tokens
from hypothesis import given
from hypothesis import strategies as st


def hashes(text: str) -> list[int]:
    return tokens(text).hashes


def test_case_punctuation_and_lone_dashes_make_no_difference() -> None:
    plain = hashes("the cat sat on the mat and did not move")
    for other in (
        "The CAT sat on the mat, and did not move!",
        "the cat - sat on — the mat and did not move",
        "“the cat” sat (on) the mat … and did not move ?",
        "the\tcat\n\nsat  on the mat and did not move",
        "ｔｈｅ ｃａｔ sat on the mat and did not move",
        "the ca\u00adt sat on the mat\u200b and did not move",
    ):
        assert hashes(other) == plain, other


def test_signs_within_a_word_go_without_a_gap() -> None:
    assert hashes("state-of-the-art") == hashes("stateoftheart")
    assert len(hashes("state of the art")) == 4
    assert hashes("1,000 don't") == hashes("1000 don’t")


def test_each_character_of_a_script_without_spaces_is_a_token() -> None:
    assert tokens("播放音乐").are_characters == [True] * 4
    assert tokens("play 音乐").are_characters == [False, True, True]
    assert hashes("明天，会下雨。") == hashes("明天会下雨")
    assert len(hashes("พรุ่งนี้")) == 4  # vowel and tone marks over letters aren't counted
    assert hashes("ｶﾞ") == hashes("ガ") == hashes("か\u3099".replace("か", "カ"))


def test_points_and_tatweel_of_arabic_make_no_difference() -> None:
    assert hashes("هَلْ سَتُمْطِرُ غَدًا") == hashes("هل ستمطر غدا") == hashes("هـل ستمطر غـــدا")


def test_accents_and_other_letters_do_make_one() -> None:
    assert hashes("résumé") != hashes("resume")
    assert hashes("e\u0301") == hashes("é")


def test_places_are_those_of_the_text() -> None:
    text = "A  cat, 音乐 ﬁn"
    found = tokens(text)
    pieces = [text[start:end] for start, end in zip(found.starts, found.ends, strict=True)]
    assert pieces == ["A", "cat,", "音", "乐", "ﬁn"]


def test_signs_alone_are_no_tokens() -> None:
    assert hashes("") == hashes(" - … !? \ud800 \x00 👍") == []


@given(st.text(max_size=60))
def test_any_text_has_the_tokens_of_its_normal_form_in_upper_or_lower_case(text: str) -> None:
    found = tokens(text)
    assert all(0 <= a < b <= len(text) for a, b in zip(found.starts, found.ends, strict=True))
    assert found.starts == sorted(found.starts)
    if text.isascii():
        assert hashes(text.upper()) == hashes(text) == hashes(unicodedata.normalize("NFKC", text))
