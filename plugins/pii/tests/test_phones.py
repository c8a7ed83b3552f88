"""Phone numbers at both leniencies."""

from __future__ import annotations

import pytest
from datagen_plugin_pii.phones import regions_for

from datagen_core.errors import InputError


@pytest.mark.parametrize(
    "number",
    [
        *("+1 415-555-2671", "+14155552671", "+44 20 7946 0958", "0044 20 7946 0958", "+49 (0)30 901820"),
        *("(415) 555-2671", "415-555-2671", "415.555.2671", "415-555-2671 x123", "1-415-555-2671"),
        *("020 7946 0958", "01 42 68 53 00", "01.42.68.53.00", "+91 98765 43210", "+55 11 96123-4567"),
    ],
)
def test_a_valid_number_is_found_whole(find, number: str) -> None:
    for text in (f"Reach me at {number}, please", f"{number}", f"号码{number}。", f"see ({number})"):
        assert find(text) == [("PHONE", number)], text


def test_without_grouping_a_number_needs_a_word_for_one_or_to_be_a_long_mobile(find) -> None:
    assert find("order 4155552671") == []
    for text in ("call 4155552671", "phone: 4155552671", "4155552671 (mobile)", "my number: 4155552671"):
        assert find(text) == [("PHONE", "4155552671")], text
    assert find("4155552671", named="fields.phone") == [("PHONE", "4155552671")]
    assert find("我的13812345678", languages=("zh",)) == [("PHONE", "13812345678")]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("电话010-62345678", "010-62345678"),
        ("اتصل على ٠١٠٠١٢٣٤٥٦٧", "٠١٠٠١٢٣٤٥٦٧"),
        ("โทร 02-123-4567", "02-123-4567"),
        ("звоните 8 (495) 123-45-67", "8 (495) 123-45-67"),
    ],
)
def test_numbers_of_the_recipes_languages(find, text: str, number: str) -> None:
    assert find(text, languages=("zh", "ar", "th", "ru")) == [("PHONE", number)]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "on 2023-10-05 12",
            "born 05/10/1987",
            "from 1990-1999",
            "1 000 000 000",
            "3.14159265",
            "$4155552671",
        ),
        *("3000-1650 = 1350", "<<3000/1000=3>>", "(3000-2350 BC)", "ISBN 978-3-16-148410-0", "#4155552671"),
        *("id 550e8400-e29b-41d4-a716-446655440000", "12345678", "415-555-267100000000000", "1700000000"),
        "12 415 555 26 71 12 15 17 99 1234",  # a row of a table
    ],
)
def test_dates_sums_ranges_ids_and_tables_are_no_numbers_at_either_leniency(find, text: str) -> None:
    assert find(text) == []
    assert find(text, phone_leniency="possible") == []


def test_possible_takes_what_cannot_have_been_given_out(find) -> None:
    for text in ("+1-984-182-0190", "(579)888-3058", "call 78 651 450", "71-33-52-22", "0699 868 88 55"):
        assert [kind for kind, _ in find(text, phone_leniency="possible")] == ["PHONE"], text
    assert find("+1-984-182-0190") == find("(579)888-3058") == find("71-33-52-22", regions=["US"]) == []
    assert find("78 651 450", phone_leniency="possible") == []


def test_regions_decide_what_a_number_without_a_country_is(find) -> None:
    assert find("020 7946 0958", regions=["GB"]) == [("PHONE", "020 7946 0958")]
    assert find("020 7946 0958", regions=["US"]) == []


def test_a_region_without_numbers_is_refused_before_the_run(find) -> None:
    with pytest.raises(InputError) as caught:
        find("", regions=["QQ"])
    assert caught.value.where == "regions" and caught.value.expected


def test_regions_follow_the_languages() -> None:
    assert regions_for(("pl", "de-AT"))[:4] == ("PL", "DE", "AT", "CH")
    assert set(regions_for(("xx",))) == {"US", "GB", "DE", "FR", "IN", "BR"}
