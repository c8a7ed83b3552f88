from __future__ import annotations

from fractions import Fraction

import pytest
from datagen_plugin_cot.arithmetic import equations
from datagen_plugin_cot.sourced_numbers import unsourced_number
from hypothesis import given
from hypothesis import strategies as st

HOLD = [
    "2 * 6 = 12 jars",
    "2x6=12, then 12 × 3 = 36 and 36÷2=18",
    "$1,200 + $30.50 = $1,230.50",
    "(3 + 4) * 2 = 14",
    "2(3+4) = 14",
    "20% of 50 = 10",
    "20% + 30% = 50%",
    "8 + 4 + 2 + 1 equals 15",
    "4 hours * 60 minutes/hour = 240 minutes",
    "10 / 3 = 3.33",
    "2 / 3 = 0.67",
    "365 / 7 ≈ 52",
    "617 * 2 ≈ 1,200",
    "$2000 / 2/3 = $3000",
    "3 * 4 = 12 - which is a dozen",
    "On day 2 - 20 + 30 = 50",
    "5 - 8 = -3",
    "1.5 * 2 = 3 * 1 = 3",
    "٣ * ٤ = ١٢",
    "每箱３个，５箱：３×５＝１５个",
]
WRONG = [
    "14 * 20 = 140 minutes",
    "2*8 = 24",
    "$4200+$3000 = $8600",
    "10 / 3 = 3.4",
    "10 / 3 = 4",
    "7 / 2 = 3",
    "617 * 2 ≈ 1,300",
    "4 hours * 60 minutes/hour = 24 minutes",
    "20% of 50 = 20",
    "(3 + 4) * 2 = 11",
    "3 * 4 = 12 = 5 + 8",
    "每箱3个，5箱：3×5=16个",
]
UNCLEAR = [
    "2 hours + 30 minutes = 150 minutes",
    "3 dozen * 2 = 72 eggs",
    "5-7 days = 120 hours",
    "2x + 3 + 1 = 9",
    "x + 5 + 3 = 10",
    "1 1/2 + 2 = 3.5",
    "1 and 1/4 cup + 1/4 = 1.5",
    "6:00+18 hours = 00:00",
    "2^3 + 1 = 9",
    "sqrt(16) + 2 = 6",
    "3 * 4 = 2^3",
    "2 * 3 = 6 million",
    "$2.50 - $2.24 = 26 cents",
    "1 / 0 = 5",
]
NONE = [
    "x = 5",
    "1234 = 617 * 2",
    "a == b",
    "3 <= 4",
    "2 + 2",
    "no numbers = none",
    "f(x)=3",
    "12 = 12",
    "150 = 10 + 4c",
]


@pytest.mark.parametrize("text", HOLD)
def test_equations_that_hold_in_some_reading(text: str) -> None:
    found = [one.holds for one in equations(text)]
    assert found and all(found), found


@pytest.mark.parametrize("text", WRONG)
def test_equations_that_are_wrong_however_they_are_read(text: str) -> None:
    assert False in [one.holds for one in equations(text)]


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_may_be_meant_in_another_way_is_not_called_wrong(text: str) -> None:
    assert False not in [one.holds for one in equations(text)]


@pytest.mark.parametrize("text", NONE)
def test_what_calculates_nothing_is_no_equation(text: str) -> None:
    assert list(equations(text)) == []


@given(st.integers(0, 9999), st.integers(1, 999), st.sampled_from("+-*/"), st.integers(-5, 5))
def test_a_result_that_is_off_is_wrong_and_the_right_one_holds(a: int, b: int, sign: str, off: int) -> None:
    value = {"+": a + b, "-": a - b, "*": a * b, "/": Fraction(a, b)}[sign]
    if value.denominator > 1:
        return
    (found,) = equations(f"That makes {a} {sign} {b} = {value + off} in all.")
    assert found.holds is (off == 0)


@pytest.mark.parametrize(
    "text",
    [
        f"{'9+' * 29}9={'9*' * 29}9;" * 170,
        "(" * 20_000,
        "1+" * 10_000 + "=",
        "9" * 20_000 + "*9=9",
        "1=" * 10_000,
        "2 a " * 5_000,
    ],
)
def test_hostile_text_is_read_in_bounded_work(text: str) -> None:
    assert len(list(equations(text))) < 10_001


SOURCE = "The pump moves 40 litres a minute. The tank holds 600 litres. Of 1,200 pumps 25% fail."


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        (["It moves 40 litres a minute and the tank holds 600."], None),
        (["That takes 15 minutes."], None),  # 600 / 40
        (["Half of 600 is 300.", "With 40 more it is 340."], None),
        (["A quarter of 1200, 25%, is 300."], None),
        (["That is 25% of 1,200, or 300; 900 are left."], None),
        (["It takes 2 * 600 / 40 + 7 = 37 minutes."], None),
        (["By step 1 and step 2 the two agree."], None),
        (["It moves 47 litres a minute."], "47 litres"),
        (["It was built in 1987."], "1987"),
        (["At first 600.", "Then 4711 litres."], "4711 litres"),
        (["It takes 2 * 600 / 40 + 8 = 37 minutes."], "37 minutes"),
    ],
)
def test_numbers_come_from_the_source_or_follow_by_arithmetic(steps: list[str], found: str | None) -> None:
    assert unsourced_number(steps, SOURCE) == found


def test_a_chain_of_very_many_numbers_is_not_reckoned_through() -> None:
    assert unsourced_number([" ".join(f"{n}.5" for n in range(5_000, 50_000, 7))], SOURCE) is not None
