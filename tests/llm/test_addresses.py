"""Addresses of endpoints, and the keys that go there."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from datagen_core.llm.addresses import is_loopback, is_private
from datagen_core.llm.keys import blotted, can_be_sent, may_get_keys, value_of
from datagen_core.model import Price
from datagen_core.model_options import Address, PriceConfig


@pytest.mark.parametrize(
    "url",
    [
        *("", "localhost:8000", "ftp://host", "http://", "http://u:p@host/v1", "http://host/v1?key=k"),
        "http://[x",
    ],
)
def test_an_address_is_http_with_a_host_and_without_credentials(url: str) -> None:
    with pytest.raises(ValidationError, match="keys come from the environment"):
        TypeAdapter(Address).validate_python(url)


def test_an_address_ends_without_a_slash() -> None:
    assert TypeAdapter(Address).validate_python("http://host/v1/") == "http://host/v1"


@pytest.mark.parametrize(
    ("address", "private"),
    [
        *(("http://localhost:1", True), ("http://gpu-box", True), ("gpu-box:11434", True)),
        *(("http://mac.local", True), ("http://192.168.1.9/v1", True), ("http://[::1]:1", True)),
        *(
            ("https://example.org", False),
            ("http://8.8.8.8", False),
            ("http://[2001:4860:4860::8888]", False),
        ),
        *(("http://[x", False), ("", False)),
    ],
)
def test_a_private_address_is_of_this_machine_or_its_network(address: str, private: bool) -> None:
    assert is_private(address) is private


def test_a_loopback_address_is_of_this_machine() -> None:
    for url in ("http://localhost:1/v1", "http://127.0.0.5", "http://[::1]:1"):
        assert is_loopback(url)
    assert not is_loopback("http://192.168.1.9") and not is_loopback("http://[x")


def test_the_first_variable_that_is_set_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONE", "  ")
    monkeypatch.setenv("TWO", " second\n")
    monkeypatch.setenv("THREE", "third")
    assert value_of("ONE", "TWO", "THREE") == "second"
    assert value_of("ONE") is value_of() is None


def test_a_key_is_printable_ascii_in_one_word() -> None:
    assert can_be_sent("sk-0123") and not any(map(can_be_sent, ("a\nb", "a b", "é")))


def test_secrets_are_blotted_out_the_longest_first() -> None:
    assert blotted("abcd and ab", ["", "ab", "abcd"]) == "*** and ***"


def test_a_price_in_a_recipe_is_the_models() -> None:
    given = {"prompt_per_million": 1.0, "completion_per_million": 2.0}
    assert PriceConfig(**given).price() == Price(**given)


@pytest.mark.parametrize(
    ("url", "listed", "may"),
    [
        ("http://localhost:8000/v1", "", True),
        ("http://gpu-box:8000/v1", "", True),
        ("https://api.example.org/v1", "", False),
        ("https://api.example.org/v1", "other.org, API.example.org", True),
        ("https://api.example.org.evil.net/v1", "api.example.org", False),
    ],
)
def test_a_key_that_a_recipe_names_goes_only_where_the_user_says(
    url: str, listed: str, may: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAGEN_KEY_HOSTS", listed)
    assert may_get_keys(url) is may


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1.evil.com/v1",
        "http://evil\u3002com/v1",
        "http://134744072/v1",
        "http://0x08080808/v1",
    ],
)
def test_a_host_in_disguise_is_neither_this_machine_nor_its_network(url: str) -> None:
    assert not is_loopback(url) and not is_private(url) and not may_get_keys(url)
