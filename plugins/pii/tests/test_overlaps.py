"""Which of several findings counts, and where it stands."""

from __future__ import annotations

from itertools import pairwise

import pytest
from datagen_plugin_pii.config import SearchConfig
from datagen_plugin_pii.detector import Detector
from datagen_plugin_pii.finding import Claims, Finding
from datagen_plugin_pii.plain_text import PlainText
from hypothesis import given
from hypothesis import strategies as st


def test_digits_of_a_card_or_a_social_security_number_are_no_phone_number(find) -> None:
    text = "call me, card 4111 1111 1111 1111, ssn 536-22-8145, host 81.2.69.142"
    for leniency in ("valid", "possible"):
        found = [kind for kind, _ in find(text, phone_leniency=leniency)]
        assert found == ["CREDIT_CARD", "US_SSN", "IP"]


def test_the_longer_of_two_of_a_rank_counts(find) -> None:
    text = "https://corp.com/?mail=jane@corp.com"
    assert find(text, types=["EMAIL", "URL", "DOMAIN"]) == [("URL", text)]
    assert find("jane@corp.com", types=["EMAIL", "DOMAIN"]) == [("EMAIL", "jane@corp.com")]


def test_what_a_checksum_confirms_counts_before_what_is_longer() -> None:
    card, phone = Finding("CREDIT_CARD", 5, 9, "x"), Finding("PHONE", 0, 20, "y")
    assert Claims([phone, card]).found == [card]


@given(
    st.lists(st.tuples(st.sampled_from(["EMAIL", "PHONE", "IBAN"]), st.integers(0, 40), st.integers(1, 9)))
)
def test_findings_never_touch_and_come_in_order(spans) -> None:
    found = Claims(Finding(kind, start, start + n, "") for kind, start, n in spans).found
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert bool(found) is bool(spans)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("卡 ４１１１ １１１１ １１１１ １１１１ 谢谢", "４１１１ １１１１ １１１１ １１１１"),
        ("بطاقة ٤١١١١١١١١١١١١١١١ شكرا", "٤١١١١١١١١١١١١١١١"),
        ("card 4111\u200b1111\u200b1111\u200b1111 ok", "4111\u200b1111\u200b1111\u200b1111"),
        ("card 4111\u20111111\u20111111\u20111111 ok", "4111\u20111111\u20111111\u20111111"),
        ("mail jane\u200d@corp\ufeff.com ok", "jane\u200d@corp\ufeff.com"),
        ("mail ｊａｎｅ＠ｃｏｒｐ．ｃｏｍ ok", "ｊａｎｅ＠ｃｏｒｐ．ｃｏｍ"),
    ],
)
def test_digits_of_any_script_and_hidden_characters_hide_nothing(find, text: str, value: str) -> None:
    assert [found for _, found in find(text)] == [value]


@given(st.text())
def test_places_lead_back_to_the_original(text: str) -> None:
    plain = PlainText.of(text)
    places = range(len(text)) if plain.places is None else plain.places
    assert len(places) == len(plain.text)
    assert list(places) == sorted(set(places))
    for at in range(len(plain.text)):
        start, end = plain.span(at, at + 1)
        assert end - start == 1 and 0 <= start < len(text)


@given(st.text(alphabet="0123456789 -+().@aZ:/[]٣４\u200b請", max_size=60))
def test_any_text_is_searched_and_findings_lie_within_it(text: str) -> None:
    options = SearchConfig(phone_leniency="possible", national_ids=("ES", "IN"))
    for one in Detector(options, ("en",)).find(text):
        assert 0 <= one.start < one.end <= len(text)
        assert not any(map(str.isalnum, one.masked))
