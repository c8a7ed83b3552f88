import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datagen_core.quantities import HeldQuantities, quantities


def found(text: str) -> list[str]:
    return [text[q.start : q.end] for q in quantities(text)]


def held(claim: str, source: str, *, units: bool = True) -> bool:
    (wanted,) = quantities(claim)
    return HeldQuantities(source, units=units).hold(wanted)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("1,000", "1000"),
        ("1000", "1 000"),
        ("1\u202f000", "1.000"),
        ("1'000", "1,000"),
        ("12,34,567", "1234567"),
        ("1.234,5", "1,234.5"),
        ("3.50", "3,5"),
        ("07", "7"),
        ("50%", "50 percent"),
        ("50 %", "50 per cent"),
        ("50 pour cent", "50%"),
        ("٥٠٪", "50%"),
        ("५०", "50"),
        ("百分之50", "50%"),
        ("81 في المئة", "81%"),
        ("50%", "a share of 0.5"),
        ("50%", "percentage of women | (rural, 50)"),
        ("three", "3"),
        ("3", "Three"),
        ("twenty km", "20 kilometres"),
        ("5 million", "5,000,000"),
        ("2.5 million dollars", "$2,500,000"),
        ("€5", "5 euros"),
        ("5", "-5 degrees"),
        ("5", "5 km"),
        ("21st", "21"),
        ("5-year", "5 years"),
        ("5 March 2024", "2024-03-05"),
        ("March 5, 2024", "05/03/2024"),
        ("the 5th of March 2024", "2024-03-05"),
        ("March 2024", "2024-03-05 00:00:00"),
        ("2024", "on 5 March 2024"),
        ("2021年3月4日", "2021-03-04"),
        ("10:30", "at 10:30"),
        ("1.2.3", "version 1.2.3"),
        ("共50人", "50"),
        ("1" * 40, "1" * 40),
    ],
)
def test_what_is_written_otherwise_is_held(claim: str, source: str) -> None:
    assert held(claim, source)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("1,001", "1000"),
        ("3.5", "35"),
        ("50%", "50 km"),
        ("50%", "50 people"),
        ("5 km", "5 miles"),
        ("5 km", "5 (of 7 miles)"),
        ("5 mg", "5 Mg"),
        ("-5", "5"),
        ("three", "13"),
        ("5 million", "5"),
        ("5 March 2024", "6 March 2024, then 5 April 2024"),
        ("10:30", "10 of 30"),
        ("1.2.3", "1.2 and 3"),
        ("12 345", "12 and 34"),
    ],
)
def test_what_is_another_quantity_is_not(claim: str, source: str) -> None:
    assert not held(claim, source)


def test_units_are_left_aside_on_request() -> None:
    assert not held("74%", "(2008, 74)")
    assert held("74%", "(2008, 74)", units=False)
    assert not held("74%", "(2008, 75)", units=False)


def test_a_group_of_three_after_a_comma_is_taken_either_way() -> None:
    assert held("1,234", "1234") and held("1,234", "1.234")
    assert not held("0,123", "123")


def test_what_is_no_number_is_none() -> None:
    assert found("H2O, v12, x_3 and iPhone4") == []
    assert found("1. First\n2) then\n (3) last") == []
    assert found("twenty-one, two thirds, often, tend") == []


def test_units_and_signs_belong_to_the_number() -> None:
    assert found("Pay $5 million, or 12 km/h at -3 °C; 7 of 9.") == [
        "$5 million",
        "12 km/h",
        "-3 °C",
        "7",
        "9",
    ]


def test_odd_texts_have_quantities_too() -> None:
    for text in ("", "\ud800 5 \x00", "7" * 20_000, "1," * 50, "1:" * 50, "²³½", "٣" * 30):
        HeldQuantities(text)


def test_time_is_linear_in_the_length() -> None:
    for text in ("7" * 100_000, "1," * 50_000, "1:" * 50_000, "1." * 50_000, " " * 100_000):
        began = time.process_time()
        list(quantities(text))
        assert time.process_time() - began < 5, text[:10]


@given(st.integers(0, 10**9), st.sampled_from([",", " ", "'", "\u00a0"]))
def test_a_number_is_held_whatever_its_grouping(number: int, separator: str) -> None:
    grouped = f"{number:,}".replace(",", separator)
    assert held(str(number), f"there are {grouped} of them")
    assert held(grouped, f"there are {number} of them")


@given(st.decimals(0, 10**6, places=3, allow_nan=False))
def test_a_number_is_held_by_itself_and_not_by_the_next(number: Decimal) -> None:
    assert held(str(number), str(number))
    assert not held(str(number), str(number + 1))
