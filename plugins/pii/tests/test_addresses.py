"""E-mail, IP and MAC addresses, wallets, URLs and hosts."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    "address",
    [
        *("jane@corp.com", "jane.roe+news@mail.corp.co.uk", "o'brien@corp.ie", "JANE@CORP.COM"),
        *("jürgen@müller.de", "иван@почта.рф", "user@xn--mller-kva.de", "x_1%2@a-b.museum"),
        *("jane [at] corp [dot] com", "jane(at)corp.com", "jane.roe {at} mail[.]corp (dot) com"),
    ],
)
def test_an_email_address_is_found_whole(find, address: str) -> None:
    for text in (f"Write to {address}.", f"<{address}>", f"mail:{address},", f"...{address}"):
        assert find(text) == [("EMAIL", address)], text


@pytest.mark.parametrize(
    "text",
    [
        *("look at example dot com", "jane@localhost", "@jane", "meet @ noon", "a@b", "3 @ 4.50", "x@1.2"),
        "john at corp dot com",  # said in words alone: `look at corp dot com` is no address either
    ],
)
def test_what_only_looks_like_an_email_address_is_not(find, text: str) -> None:
    assert find(text) == []


def test_an_address_amid_chinese_and_thai_ends_where_the_words_begin(find) -> None:
    assert find("请联系jane@corp.com谢谢") == [("EMAIL", "jane@corp.com")]
    assert find("ติดต่อjane@corp.comครับ") == [("EMAIL", "jane@corp.com")]
    assert find("راسلني على jane@corp.com اليوم") == [("EMAIL", "jane@corp.com")]


@pytest.mark.parametrize(
    "address",
    [
        "81.2.69.142",
        "10.240.0.13",
        "2a02:c7f:8e2a:1d00::1",
        "fe80::1",
        "6e40:4041:c617:e898:c11:40d2:c669:2eb4",
    ],
)
def test_ip_addresses_of_both_versions(find, address: str) -> None:
    assert find(f"from {address}, twice") == [("IP", address)]
    assert find(f"http://{address}/") == [("IP", address)] or ":" in address


@pytest.mark.parametrize(
    "text",
    [
        *(
            "127.0.0.1",
            "0.0.0.0",
            "::1",
            "::",
            "300.1.1.1",
            "1.2.3",
            "1.2.3.4.5",
            "v1.2.3.4",
            "version 10.0.1.2",
        ),
        *("x[::2]", "x[1::2]", "std::vector", "add::face", "12:30:45", "section 2.1.3.4", "a::b"),
    ],
)
def test_own_machines_versions_slices_and_times_are_no_ip_addresses(find, text: str) -> None:
    assert find(text) == []


def test_mac_addresses(find) -> None:
    for address in ("3C:22:FB:9A:01:5e", "3c-22-fb-9a-01-5e", "3c22.fb9a.015e"):
        assert find(f"device {address} joined") == [("MAC", address)]
    assert find("ff:ff:ff:ff:ff:ff 00:00:00:00:00:00 3C:22:FB:9A:01") == []


def test_wallets_by_checksum(find) -> None:
    good = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
    assert find(f"send to {good}!") == [("CRYPTO", good)]
    assert find(f"send to {good[:-1]}b!") == []
    bech32 = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    assert find(bech32) == [("CRYPTO", bech32)]
    ether = "0x52908400098527886E0F7030069857D2E4169EE7"
    assert find(f"({ether})") == [("CRYPTO", ether)]


def test_urls_and_hosts_are_found_only_when_named(find) -> None:
    text = "see https://corp.com/u/jane?id=7. And www.corp.org, or db.corp.io; README.md, e.g. this"
    assert find(text) == []
    assert find(text, types=["URL"]) == [("URL", "https://corp.com/u/jane?id=7"), ("URL", "www.corp.org")]
    assert find("ask db.corp.io, README.md, e.g. this", types=["DOMAIN"]) == [("DOMAIN", "db.corp.io")]


def test_allowed_values_and_domains_may_stay(find) -> None:
    text = "jane@corp.com, joe@mail.corp.com, eve@corp.com.evil.org"
    assert find(text, allow=["Corp.com"]) == [("EMAIL", "eve@corp.com.evil.org")]
    assert find(text, allow=["JANE@corp.com"])[0] == ("EMAIL", "joe@mail.corp.com")


@pytest.mark.parametrize(
    "value",
    [
        *("jane@example.org", "jane@mail.example.com", "jane@corp.test", "192.0.2.7", "2001:db8::17"),
        *("00:00:5E:00:53:01", "(202) 555-0143", "AKIAIOSFODNN7EXAMPLE"),
    ],
)
def test_values_set_aside_for_examples_count_unless_allowed(find, value: str) -> None:
    assert len(find(f"it is {value}")) == 1
    assert find(f"it is {value}", allow_reserved=True) == []


def test_what_is_near_a_reserved_value_still_counts(find) -> None:
    for value in ("jane@notexample.org", "jane@example.org.evil.com", "192.0.3.7", "(202) 555-0243"):
        assert len(find(f"it is {value}", allow_reserved=True)) == 1, value
