import pytest

from datagen_core.near_duplicates.normalise import Form, normalise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Play\tsome \n JAZZ ", "play some jazz"),
        ("Ｐｌａｙ ﬁve", "play five"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("cafe\u0301", "caf\u00e9"),
        ("ℌ", "h"),
        ("Stop!", "stop!"),
        ("", ""),
        ("\ud800", "\ud800"),
    ],
)
def test_the_usual_form_ignores_case_width_and_white_space(text: str, expected: str) -> None:
    assert normalise(text, Form()) == expected


def test_each_step_can_be_switched_off() -> None:
    text = "Ａ  b!"
    assert normalise(text, Form(nfkc=False)) == "ａ b!"
    assert normalise(text, Form(casefold=False)) == "A b!"
    assert normalise(text, Form(collapse_whitespace=False)) == "a  b!"
    assert normalise(text, Form(strip_punctuation=True)) == "a b"


def test_punctuation_becomes_space_so_that_numbers_stay_apart() -> None:
    config = Form(strip_punctuation=True)
    assert normalise("3.5", config) != normalise("35", config)
    assert normalise("«Hi», 你好！", config) == "hi 你好"
