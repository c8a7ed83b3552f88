"""Secrets. The values are made up here, piece by piece, so that no scanner takes this file for a leak."""

from __future__ import annotations

import pytest
from datagen_plugin_pii.keys import bits_per_character

TAIL = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0"
KEYS = (
    *("AKIA" + "Z2X4Q7PLM5WN3TRB", "gh" + "p_" + TAIL[:36], "github" + "_pat_" + TAIL[:30]),
    *("s" + "k-" + TAIL, "s" + "k-ant-api03-" + TAIL, "s" + "k-proj-" + TAIL, "AI" + "za" + TAIL[:35]),
    *("xo" + "xb-12345678901-" + TAIL[:24], "s" + "k_live_" + TAIL[:24], "h" + "f_" + TAIL[:34]),
    *("gl" + "pat-" + TAIL[:20], "np" + "m_" + TAIL[:36], "12345678" + "90:AA" + TAIL[:33]),
    "ey" + "JhbGciOiJIUzI1NiJ9.ey" + "JzdWIiOiJqYW5lIn0." + TAIL,
)


@pytest.mark.parametrize("key", KEYS)
def test_keys_of_known_services_are_found_whole(find, key: str) -> None:
    for text in (f"use {key} here", f'"{key}"', f"密钥是{key}。", f"k={key};"):
        assert find(text) == [("SECRET", key)], text


@pytest.mark.parametrize("key", [key for key in KEYS if ":" not in key])
def test_a_key_within_a_longer_word_is_none(find, key: str) -> None:
    assert find(f"prefix{key}") == []


def test_a_private_key_is_found_with_its_body_even_if_cut_off(find) -> None:
    head, tail = "-----BEGIN RSA " + "PRIVATE KEY-----", "-----END RSA " + "PRIVATE KEY-----"
    whole = f"{head}\nMIIEow+4155552671/IBAAKC\nAQEA12==\n{tail}"
    assert find(f"key:\n{whole}\nbye") == [("SECRET", whole)]
    ((kind, cut),) = find(f"key:\n{head}\nMIIEow+IBAAKC")
    assert kind == "SECRET" and cut.endswith("MIIEow+IBAAKC")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('api_key = "f3Gx91LmQ2vT8wYz"', "f3Gx91LmQ2vT8wYz"),
        ("API-KEY: f3Gx91LmQ2vT8wYz.", "f3Gx91LmQ2vT8wYz"),
        ('{"client_secret": "f3Gx91LmQ2vT8wYz"}', "f3Gx91LmQ2vT8wYz"),
        ("export AUTH_TOKEN=f3Gx91LmQ2vT8wYz", "f3Gx91LmQ2vT8wYz"),
        ("password: Tr0ub4dor&3", "Tr0ub4dor&3"),
        ("my password is hunter2hunter", "hunter2hunter"),
        ("密码：Tr0ub4dor3", "Tr0ub4dor3"),
        ("postgres://app:s3cr3tPw9@db.corp.com/x", "s3cr3tPw9"),
    ],
)
def test_what_is_assigned_to_a_keys_name_is_a_secret(find, text: str, secret: str) -> None:
    assert ("SECRET", secret) in find(text)
    assert [kind for kind, _ in find(text)] == ["SECRET"]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "password: required",
            "password: ********",
            "password = your_password_1",
            "token: <TOKEN_12345678>",
        ),
        *("api_key = os.environ['KEY_1']", "api_key: ${API_KEY_1}", "secret: changeme123", "TOKEN=token-01"),
        *(
            "password = aaaa1111",
            "the secret of 12 good habits",
            "tokens: 1234567890",
            "key: value-with-1-digit",
        ),
        *(
            "http://user:pass@host/",
            "max_tokens=4096000000",
            "token count is 12345678",
            "primary key: 12345678",
        ),
    ],
)
def test_what_stands_in_for_a_secret_is_none(find, text: str) -> None:
    assert [one for one in find(text) if one[0] == "SECRET"] == []


def test_a_text_called_by_a_keys_name_is_a_secret(find) -> None:
    value = "f3Gx91LmQ2vT8wYz"
    assert find(value) == []
    assert find(value, named="fields.api_key") == [("SECRET", value)]
    assert find("Tr0ub4dor3", named="fields.login.password") == [("SECRET", "Tr0ub4dor3")]
    assert find("two words 12345678", named="fields.api_key") == []


def test_entropy_is_in_bits_per_character() -> None:
    assert bits_per_character("aaaa") == 0
    assert bits_per_character("abab") == 1
    assert bits_per_character("abcdefgh") == 3
