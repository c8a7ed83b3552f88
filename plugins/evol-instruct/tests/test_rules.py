"""The rules that no model is asked for, each alone, at its boundary."""

from __future__ import annotations

import pytest
from datagen_plugin_evol_instruct import rules
from datagen_plugin_evol_instruct.kept_data import data_parts, input_lost
from hypothesis import given
from hypothesis import strategies as st

TABLE = "| city | people |\n| --- | --- |\n| Oslo | 709000 |"
CODE = "```python\ndef area(r):\n    return 3.14 * r * r\n```"


@pytest.mark.parametrize("mark", ["given prompt", "rewritten prompt", "created prompt"])
@pytest.mark.parametrize(
    "form", ["{}", "#{}#", "#The {}#:", "**{}**", "the {} below", "{}s", "Here is my\n{}\nfor you"]
)
def test_a_marker_leaks_in_any_form_and_case(mark: str, form: str) -> None:
    for text in (mark, mark.upper(), mark.title(), mark.replace(" ", "_"), mark.replace(" ", "  ")):
        broken = rules.prompt_leak(f"List rivers. {form.format(text)} and more")
        assert broken is not None and broken.reason == "prompt_leak"
        assert broken.measured == text


@pytest.mark.parametrize(
    "text",
    [
        "Write a prompt for a painter",
        "the given text",
        "a rewritten story",
        "prompt payment",
        "given. Prompt!",
    ],
)
def test_a_prompt_may_be_about_prompts(text: str) -> None:
    assert rules.prompt_leak(text) is None


def test_a_leak_of_the_response_prompts_is_looked_for_in_responses_alone() -> None:
    assert rules.prompt_leak("the #Given Response# says") is None
    assert rules.prompt_leak("the #Given Response# says", of=("prompt", "response")) is not None


@pytest.mark.parametrize("text", ["", "   ", "...", "!?\n#", "——", "…。"])
def test_an_evolved_text_without_words_is_empty(text: str) -> None:
    assert rules.evolved_empty(text) is not None


@pytest.mark.parametrize("text", ["Why", "明天", "لماذا", "почему", "7"])
def test_an_evolved_text_with_a_word_of_any_script_is_not(text: str) -> None:
    assert rules.evolved_empty(text) is None


def sorry(n: int, word: str = "sorry") -> str:
    return " ".join([word, *("word" for _ in range(n - 1))])


def test_sorry_with_80_words_passes_and_with_79_fails() -> None:
    broken = rules.response_refusal(sorry(79), ("sorry",))
    assert broken is not None
    assert (broken.reason, broken.measured, broken.threshold) == ("response_refusal", 79, 80)
    assert rules.response_refusal(sorry(80), ("sorry",)) is None


def test_contractions_and_hyphens_are_one_word_each() -> None:
    assert rules.response_refusal("I'm sorry. " + "don't well-known " * 39, ("sorry",)) is None  # 80
    assert rules.response_refusal("I'm sorry. " + "don't well-known " * 38 + "now", ("sorry",)) is not None


@pytest.mark.parametrize(
    ("response", "refused"),
    [
        ("Sorry, I can't.", True),
        ("SORRY", True),
        ("He said he was sorry", True),
        ("I can't help with that.", False),
        ("The answer is 4.", False),
        (f"{sorry(200)}", False),
    ],
)
def test_a_refusal_is_a_short_apology_in_any_case(response: str, refused: bool) -> None:
    assert (rules.response_refusal(response, ("sorry",)) is not None) is refused


def test_other_languages_bring_their_own_refusal_words() -> None:
    assert rules.response_refusal("抱歉，我无法协助。", ("sorry", "抱歉")) is not None
    assert rules.response_refusal("抱歉，我无法协助。", ("sorry",)) is None
    long = "抱歉" + "好" * 78
    assert rules.word_count(long) == 80
    assert rules.response_refusal(long, ("抱歉",)) is None
    assert rules.response_refusal(long[:-1], ("抱歉",)) is not None


@pytest.mark.parametrize(
    "response", ["", " \n", "...", "- - -", "It is what it is.", "Would you? You would!"]
)
def test_a_response_of_punctuation_and_stop_words_is_empty(response: str) -> None:
    broken = rules.response_empty(response)
    assert broken is not None and broken.reason == "response_empty"


@pytest.mark.parametrize("response", ["No.", "Not.", "42", "It is red.", "是的", "نعم", "да", "👍", "x"])
def test_a_response_with_one_word_of_substance_is_not(response: str) -> None:
    assert rules.response_empty(response) is None


@given(
    st.lists(st.sampled_from(sorted(rules.STOP_WORDS)), max_size=30), st.sampled_from([" ", ", ", "! ", "\n"])
)
def test_no_number_of_stop_words_makes_a_response(words: list[str], between: str) -> None:
    assert rules.response_empty(between.join(words)) is not None
    assert rules.response_empty(between.join([*words, "heron"])) is None


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("", 0),
        (" a  b\n", 2),
        ("don't", 1),
        ("明天下雨。", 4),
        ("Привет, мир", 2),
        ("مرحبا بالعالم", 2),
        ("3.5 km", 2),
    ],
)
def test_words_stand_between_spaces_or_are_characters(text: str, n: int) -> None:
    assert rules.word_count(text) == n


@given(st.text(), st.text())
def test_words_add_up(left: str, right: str) -> None:
    assert rules.word_count(f"{left} {right}") == rules.word_count(left) + rules.word_count(right)


def test_no_change_ignores_case_space_and_punctuation() -> None:
    assert rules.no_change("the MOON does it!", "The moon does it.") is not None
    assert rules.no_change("The moon does this.", "The moon does it.") is None


@pytest.mark.parametrize(
    ("given_text", "evolved", "lost"),
    [
        (f"Which is larger?\n{TABLE}", f"Which is larger, and by how much?\n{TABLE}", None),
        (f"Which is larger?\n{TABLE}", "Which city of the table is larger?", "| city | people |"),
        (f"Which?\n{TABLE}", "Which?\n|city|people|\n|:-|:-|\n|Oslo|709000|", None),
        (f"Which?\n{TABLE}", f"Which?\n{TABLE.replace('709000', '710000')}", "| Oslo | 709000 |"),
        (f"Fix it.\n{CODE}", f"Fix it and test it.\n{CODE}", None),
        (f"Fix it.\n{CODE}", f"Fix it.\n{CODE.replace('python', '')}", None),
        (
            f"Fix it.\n{CODE}",
            "Fix the function that computes an area.",
            "def area(r):\n    return 3.14 * r * r",
        ),
        ("Sum up https://example.org/a.", "Sum up https://example.org/a, in 3 points.", None),
        ("Sum up https://example.org/a.", "Sum up the page.", "https://example.org/a"),
        ("Is 3 more than 2?", "Is seven more than two?", None),
        ("this || that", "either", "this || that"),
    ],
)
def test_tables_code_and_addresses_survive(given_text: str, evolved: str, lost: str | None) -> None:
    broken = input_lost(evolved, given_text)
    assert (broken.measured if broken else None) == lost
    assert broken is None or broken.reason == "input_lost"


def test_a_rule_between_rows_of_a_table_is_no_data() -> None:
    assert data_parts(TABLE) == ("| city | people |", "| Oslo | 709000 |")
    assert data_parts("plain words") == ()
