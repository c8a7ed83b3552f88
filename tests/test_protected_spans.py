from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.protected_spans import Protection, change_score, normalised, render

TEXTS = st.text(alphabet=st.sampled_from(list("ab é नि中5.,-'`{}<>[]%$A/:()\n \t")), max_size=60)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("pay 1,250.50 by 2/25/2025 at 03:43, +5% or -3", ["1,250.50", "2/25/2025", "03:43", "+5%", "-3"]),
        ("call `f(x)` or ``g`h`` now", ["`f(x)`", "``g`h``"]),
        ("see https://a.org/b?c=1 and www.x.org", ["https://a.org/b?c=1", "www.x.org"]),
        ("hi {name} {{x}} ${y} <user> </b> %s %(n)s [CITY NAME] $z", None),
        ("nothing here, [sic] 100 words less", ["100"]),
    ],
)
def test_numbers_code_urls_and_placeholders_are_protected(text: str, kept: list[str] | None) -> None:
    spans = [span.text for span in Protection().spans(text)]
    assert spans == (
        kept or ["{name}", "{{x}}", "${y}", "<user>", "</b>", "%s", "%(n)s", "[CITY NAME]", "$z"]
    )


def test_a_fenced_block_is_one_span_over_several_lines() -> None:
    text = "run ```\npip install x\n``` twice"
    assert [(s.kind, s.text) for s in Protection().spans(text)] == [("code", "```\npip install x\n```")]


def test_the_users_patterns_are_protected_and_joined_with_what_they_overlap() -> None:
    spans = Protection(["ISO [0-9]+", "New York"]).spans("ISO 9001-2 in New York")
    assert [(s.kind, s.text) for s in spans] == [("protected", "ISO 9001-2"), ("protected", "New York")]


def test_a_protected_span_is_one_fixed_word_with_the_letters_it_touches() -> None:
    words = Protection(["New York"]).words("hits of the 60s, from New York (now).")
    assert [(w.text, w.fixed) for w in words] == [
        ("hits", False),
        ("of", False),
        ("the", False),
        ("60s", True),
        ("from", False),
        ("New York", True),
        ("now", False),
    ]
    assert (words[3].tail, words[6].lead, words[6].tail) == (",", "(", ").")


def test_combining_signs_stay_with_their_word() -> None:
    assert [w.text for w in Protection().words("नमस्ते दुनिया।")] == ["नमस्ते", "दुनिया"]


def test_a_lost_number_is_found_and_a_kept_one_is_not() -> None:
    protection = Protection()
    spans = protection.spans("5 of 5 at 12")
    assert protection.lost(spans, "at 12 of 5 5") is None
    lost = protection.lost(spans, "5 of 12")
    assert lost is not None and (lost.kind, lost.text) == ("number", "5")


def test_a_number_that_merged_with_another_counts_as_lost() -> None:
    protection = Protection()
    lost = protection.lost(protection.spans("5-day"), "5-7")
    assert lost is not None and lost.text == "5"


def test_texts_that_differ_in_case_space_and_punctuation_normalise_alike() -> None:
    assert normalised(" Play  «Divine», now! ") == normalised("play divine now") == "play divine now"
    assert normalised("play it") != normalised("it play")


@pytest.mark.parametrize(
    ("text", "source", "score"),
    [("b a", "a b", 0.0), ("c d", "a b", 1.0), ("a b c d", "a b c", 0.25), ("a", "a a", 0.5), ("", "!", 0.0)],
)
def test_the_change_score_is_one_minus_the_share_of_words_in_common(
    text: str, source: str, score: float
) -> None:
    assert change_score(text, source) == score


@given(TEXTS)
@settings(max_examples=200)
def test_all_words_of_a_text_render_to_the_text(text: str) -> None:
    words = Protection().words(text)
    if words:
        assert render(words) == text.strip()
        assert all(text[w.start : w.end] == w.text for w in words)


@pytest.mark.parametrize(
    "text", ["", "!", "a", "\ud800 x", "- " * 1000, "`" * 10_001, "x" * 1_000_000, " " + "-" * 1_000_000]
)
def test_odd_texts_are_read_without_error(text: str) -> None:
    words = Protection().words(text)
    assert render(words) == (text.strip() if words else "")
    assert change_score(text, text) == 0.0
