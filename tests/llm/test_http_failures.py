"""What statuses and bodies of failures mean, and how long an endpoint asks to wait."""

from __future__ import annotations

from typing import Any

import pytest

from datagen_core.llm.http_failures import EndpointFailures, retry_after_s, sentence_in
from datagen_core.testing.endpoints import STATUSES

FAILURES = EndpointFailures(where="vllm/m", address="http://gpu/v1", key_variables=("MY_KEY", "YOUR_KEY"))


@pytest.mark.parametrize("status", STATUSES)
def test_a_status_has_its_kind_and_tells_to_wait_only_where_that_helps(status: int) -> None:
    error = FAILURES.of_status(status, {"retry-after": "7"}, "the  \n cause")
    assert (error.kind, error.may_have_run) == STATUSES[status]
    assert error.retry_after_s == (7 if error.retryable else None)
    assert (error.where, error.message) == ("vllm/m", f"status {status}: the cause")


def test_a_message_is_cut_at_300_characters_and_may_be_missing() -> None:
    assert FAILURES.of_status(400, {}, "x" * 301).message == "status 400: " + "x" * 300
    assert FAILURES.of_status(400, {}, "").message == "status 400"


def test_an_account_without_credit_needs_money_whatever_the_status() -> None:
    for error in (FAILURES.of_status(402, {}, ""), FAILURES.of_status(429, {}, "", is_out_of_money=True)):
        assert (error.kind, error.expected) == ("auth", "an account with credit")


def test_a_redirect_asks_for_another_address() -> None:
    assert FAILURES.of_status(307, {}, "").hint == "it redirects: correct base_url http://gpu/v1"


def test_a_connection_that_was_not_made_has_run_nothing_and_one_that_broke_may_have() -> None:
    error, broken = FAILURES.not_connected("refused"), FAILURES.broken("reset")
    assert (error.kind, error.may_have_run) == ("connection", False) and "http://gpu/v1" in error.message
    assert (broken.kind, broken.may_have_run, broken.retryable) == ("connection", True, True)


def test_a_time_out_and_an_answer_that_is_none_may_have_run() -> None:
    late, odd = FAILURES.too_late(0.05), FAILURES.unreadable("<html>\n" + "x" * 200, ValueError())
    assert (late.kind, late.may_have_run, late.message) == ("timeout", True, "no answer within 0.05 s")
    assert (odd.kind, odd.may_have_run) == ("malformed", True)
    assert odd.message == "an answer that can't be read (ValueError): <html> " + "x" * 113


def test_a_key_is_asked_for_by_its_variable() -> None:
    missing, odd = FAILURES.no_key(), FAILURES.not_a_key("MY_KEY")
    assert missing.message == "no key: MY_KEY and YOUR_KEY are not set"
    assert (missing.kind, missing.hint) == (odd.kind, odd.hint) == ("auth", "export MY_KEY=…")
    assert "api_key_env" in str(EndpointFailures(where="m", address="a").of_status(401, {}, "").hint)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        *(({"error": {"message": "m"}}, "m"), ({"error": "e"}, "e"), ({"message": "m"}, "m")),
        *(({"detail": "d"}, "d"), ([{"error": {"message": "m"}}], "m"), ("text", "text")),
        ({"detail": [{"msg": "é"}]}, '[{"msg": "é"}]'),
        *(({"error": {"code": 3}}, ""), ({}, ""), ([], ""), (None, "")),
    ],
)
def test_the_sentence_of_an_error_is_found_whatever_its_shape(body: Any, sentence: str) -> None:
    assert sentence_in(body) == sentence


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        *(({}, None), ({"retry-after": "3"}, 3.0), ({"retry-after": "0.25"}, 0.25)),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:30 GMT"}, 30.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:27:00 GMT"}, 0.0),
        ({"retry-after-ms": "500", "retry-after": "1"}, 0.5),
        ({"retry-after-ms": "soon", "retry-after": "1"}, 1.0),
        *(({"retry-after": text}, None) for text in ("soon", "-1", "nan", "inf")),
    ],
)
def test_a_wait_is_in_seconds_milliseconds_or_until_a_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_s(headers, now=1445412480.0) == seconds  # 2015-10-21 07:28:00 UTC
