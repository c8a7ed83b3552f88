import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.words import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't STOP, 3.5-times_a day!", "don t stop 3 5 times a day"),
        ("Добавь песню «Катюша»", "добавь песню катюша"),
        ("À la carte, déjà vu", "à la carte déjà vu"),
        ("أضف أغنية", "أضف أغنية"),
        ("हिन्दी में", "हिन्दी में"),
        ("노래 추가해", "노래 추가해"),
        ("播放音乐。", "播 放 音 乐"),
        ("iPhone 15を買う", "iphone 15 を 買 う"),
        ("สวัส", "ส ว ั ส"),
        ("ok 👍👍", "ok 👍 👍"),
        ("Ｐｌａｙ ｉｔ", "play it"),
        ("", ""),
        (" …!? _ ", ""),
        ("\ud800", ""),
    ],
)
def test_words_are_found_in_any_script(text: str, expected: str) -> None:
    # NFC: how an accent is stored must not matter to the reader of this test either
    assert words(text) == tuple(unicodedata.normalize("NFKC", expected).split())


def test_an_accent_makes_one_word_however_it_is_encoded() -> None:
    assert words("café au lait") == words("cafe\u0301 au lait")


def test_ascii_text_has_the_words_of_rouge_score() -> None:
    tokenizers = pytest.importorskip(
        "rouge_score.tokenizers", reason="rouge-score comes with the bench extra"
    )
    theirs = tokenizers.DefaultTokenizer(use_stemmer=False)

    @settings(max_examples=50)
    @given(st.text(st.characters(max_codepoint=127)))
    def agrees(text: str) -> None:
        assert list(words(text)) == theirs.tokenize(text)

    agrees()


@settings(max_examples=50)
@given(st.text())
def test_no_word_is_empty_or_holds_white_space(text: str) -> None:
    assert all(word and not any(char.isspace() for char in word) for word in words(text))
