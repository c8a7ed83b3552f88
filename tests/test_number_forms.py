from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datagen_core.number_forms import number, numbers


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-3", -3),
        ("−3", -3),
        (".5", Fraction(1, 2)),
        ("07", 7),
        ("1,234", 1234),
        ("1.234", Fraction(1234, 1000)),
        ("1,234.5", Fraction(2469, 2)),
        ("1.234,5", Fraction(2469, 2)),
        ("3,5", Fraction(7, 2)),
        ("0,123", Fraction(123, 1000)),
        ("1 234 567", 1234567),
        ("1\u202f234", 1234),
        ("1'000", 1000),
        ("1,00,000", 100000),
        ("1e5", 100000),
        ("2e-2", Fraction(1, 50)),
        ("3/4", Fraction(3, 4)),
        ("1 1/2", Fraction(3, 2)),
        ("1½", Fraction(3, 2)),
        ("½", Fraction(1, 2)),
        ("$5", 5),
        ("5 €", 5),
        ("€ 1.250,50", Fraction(2501, 2)),
        ("USD 5", 5),
        ("x = 5", 5),
        ("≈ 5", 5),
        ("5%", 5),
        ("5 km/h.", 5),
        ("5 red apples", 5),
        ("five", 5),
        ("twenty", 20),
        ("１２", 12),
        ("五", 5),
        ("5个苹果", 5),
        ("٣", 3),
        ("٣٫١٤", Fraction(314, 100)),
        ("१२", 12),
        ("5 किताबें", 5),
        ("๕ คน", 5),
        ("5 яблок", 5),
    ],
)
def test_a_number_is_read_as_people_of_any_script_write_it(text: str, value: int | Fraction) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    "text",
    [
        *("", "many", "5 of 6", "5 and 6", "100-150", "10:30", "1/2/2020", "v1.2.3", "1,2,3", "12 34", "3/0"),
        *("10²", "²", "H₂O", "not 5", "no. 5", "9" * 41, "1" * 300, "5" + " a" * 100, "十五", "\ud83d"),
    ],
)
def test_what_is_more_or_less_than_one_number_is_none(text: str) -> None:
    assert number(text) is None


def test_all_numbers_of_a_text_come_in_order() -> None:
    assert list(numbers("On day 3 she paid $1,250.50 for ٧ of 10")) == [3, Fraction(2501, 2), 7, 10]


@given(st.integers(-(10**12), 10**12))
def test_a_whole_number_is_itself_with_and_without_separators(value: int) -> None:
    assert number(str(value)) == number(f"{value:,}") == number(f"{value:,}".replace(",", " ")) == value


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(text: str) -> None:
    value = number(text)

    assert value is None or isinstance(value, Fraction)
