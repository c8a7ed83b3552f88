from __future__ import annotations

import json

import pytest
from datagen_plugin_rules.config import FORMATS
from datagen_plugin_rules.formats import PREDICATES
from hypothesis import given, settings
from hypothesis import strategies as st

GOOD = {
    "json": ['{"a": [1, null]}', '"x"', " 3 ", "true", '"我"'],
    "number": ["0", "-3", "+2.50", ".5", "5.", "1e-3", "1E10"],
    "integer": ["0", "-12", "+7", "007"],
    "email": ["a@b.co", "first.last+tag@sub.example.org"],
    "url": ["https://example.org", "http://localhost:8080/a?b=c#d", "ftp://[::1]/x", "https://例え.jp/音"],
    "date": ["2024-02-29", "0001-01-01"],
    "identifier": ["x", "_a1", "été", "变量"],
    "one-line": ["", "hello there", "我要听歌"],
}
BAD = {
    "json": ["", "{'a': 1}", "NaN", "[Infinity]", "-Infinity", "{} {}", "[" * 100_000, "```json\n{}\n```"],
    "number": ["", "1,000", "1e", ".", "٣", "0x10", " 1", "1\n", "NaN", "inf"],
    "integer": ["", "1.0", "1e3", "٣", "--1", "1\n"],
    "email": ["", "a@b", "@b.co", "a@b..co", "a b@c.de", "a@b.co\n", "a@-b.co", "a" * 250 + "@b.co"],
    "url": ["", "example.org", "//example.org", "javascript:alert(1)", "http://", "http://a b.org", "http://a:x",
            "http://a..b", "http://[", " http://a.b", "http://a.b\n", "file:///etc/hosts"],
    "date": ["", "2023-02-29", "2024-13-01", "20240101", "2024-W01-1", "2024-1-1", "٢٠٢٤-٠١-٠١", "2024-01-01\n"],
    "identifier": ["", "1a", "a-b", "a b", "a\n"],
    "one-line": ["a\nb", "a\r", "a\u2028b", "a\x85b", "a\n"],
}  # fmt: skip


def test_every_format_of_the_options_has_a_predicate_and_cases() -> None:
    assert set(FORMATS) == set(PREDICATES) == set(GOOD) == set(BAD)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name in GOOD for text in GOOD[name]])
def test_a_text_of_the_format_is_known_as_such(name: str, text: str) -> None:
    assert PREDICATES[name](text)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name in BAD for text in BAD[name]])
def test_any_other_text_is_not(name: str, text: str) -> None:
    assert not PREDICATES[name](text)


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=50, deadline=None)
def test_every_number_python_writes_is_a_number_and_json(value: float) -> None:
    assert PREDICATES["number"](repr(value))
    assert PREDICATES["json"](json.dumps(value))


@given(st.dates())
@settings(max_examples=50, deadline=None)
def test_every_calendar_day_is_a_date(day: object) -> None:
    assert PREDICATES["date"](str(day))


@given(st.text(alphabet=st.characters(), max_size=40), st.sampled_from(FORMATS))
@settings(max_examples=50, deadline=None)
def test_a_predicate_answers_for_any_text(text: str, name: str) -> None:
    assert PREDICATES[name](text) in (True, False)
    if name == "one-line":
        assert PREDICATES[name](text) == (len((text + "x").splitlines()) == 1)
