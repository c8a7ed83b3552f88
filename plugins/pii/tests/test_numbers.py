"""Cards, IBANs, social security numbers, national numbers and passports."""

from __future__ import annotations

import pytest
from stdnum import luhn

CARDS = (
    *(
        "4111111111111111",
        "4111 1111 1111 1111",
        "5555-5555-5555-4444",
        "3782 822463 10005",
        "30569309025904",
    ),
    *("6011 1111 1111 1117", "3530111333300000", "4222222222222", "6759649826438453", "2223003122003222"),
)


@pytest.mark.parametrize("card", CARDS)
def test_a_card_is_found_with_any_issuer_and_grouping(find, card: str) -> None:
    for text in (f"pay with {card}, thanks", f"card:{card}", f"卡号{card}。", f"12 {card} 12/27"):
        assert find(text) == [("CREDIT_CARD", card)], text


@pytest.mark.parametrize("card", CARDS)
def test_any_wrong_last_digit_is_no_card(find, card: str) -> None:
    for digit in set("0123456789") - {card[-1]}:
        assert not [kind for kind, _ in find(f"pay with {card[:-1]}{digit}") if kind == "CREDIT_CARD"]


def test_a_right_checksum_alone_is_no_card(find) -> None:
    assert luhn.is_valid("1234567812345670")
    for text in ("1234567812345670", "x4111111111111111", "0.4111111111111111", "41111111111111112222222"):
        assert not [kind for kind, _ in find(text) if kind == "CREDIT_CARD"]


@pytest.mark.parametrize(
    "iban",
    [
        *("GB82WEST12345698765432", "gb82 west 1234 5698 7654 32", "DE89 3704 0044 0532 0130 00"),
        *("FR14 2004 1010 0505 0001 3M02 606", "NO93 8601 1117 947", "MT84MALT011000012345MTLCAST001S"),
    ],
)
def test_an_iban_is_found_in_groups_or_not(find, iban: str) -> None:
    assert find(f"to {iban} and then") == [("IBAN", iban)]
    wrong = iban[:2] + ("13" if iban[2:4] != "13" else "14") + iban[4:]
    assert not [kind for kind, _ in find(f"to {wrong} and") if kind == "IBAN"]


def test_social_security_numbers(find) -> None:
    assert find("it is 536-22-8145.") == [("US_SSN", "536-22-8145")]
    assert find("it is 536 22 8145.") == [("US_SSN", "536 22 8145")]
    assert find("SSN: 536228145") == [("US_SSN", "536228145")]
    assert find("order 536228145") == []
    for wrong in ("000-22-8145", "666-22-8145", "900-22-8145", "536-00-8145", "536-22-0000", "536-22 8145"):
        assert not [kind for kind, _ in find(wrong) if kind == "US_SSN"], wrong


@pytest.mark.parametrize(
    ("country", "number"),
    [
        *(("BR", "390.533.447-05"), ("CN", "11010519491231002X"), ("ES", "54362315K"), ("ES", "X2482300W")),
        *(("FI", "131052-308T"), ("FR", "295109912611193"), ("IN", "2341 2341 2346"), ("PL", "44051401359")),
        *(("IT", "RCCMNL83S18D969H"), ("SE", "880320-0016")),
    ],
)
def test_national_numbers_only_of_the_countries_named(find, country: str, number: str) -> None:
    text = f"number {number} of the applicant"
    assert ("NATIONAL_ID", number) not in find(text)
    assert find(text, national_ids=[country]) == [("NATIONAL_ID", number)]
    other = "PL" if country != "PL" else "IT"
    assert ("NATIONAL_ID", number) not in find(text, national_ids=[other])


def test_passports_only_when_named_and_behind_a_word_for_one(find) -> None:
    text = "Passport no. C01X00T47 or passport number: 561234567; order 561234568"
    assert find(text, types=["PASSPORT"]) == [("PASSPORT", "561234567")]
