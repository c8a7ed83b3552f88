from __future__ import annotations

import asyncio
import json
import pickle
from typing import Any

import pytest
from datagen_plugin_pii.config import PiiConfig, RedactConfig
from datagen_plugin_pii.pii import Pii
from datagen_plugin_pii.redact import Redact
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from datagen_core.errors import InputError
from datagen_core.generator import Cell
from datagen_core.inputs import Inputs, Seed
from datagen_core.sample import Message, Rejection, Sample, Tool
from datagen_core.testing import generate, make_inputs, make_request

CHAT = Sample(
    id="p1",
    messages=(
        Message(role="system", content="You serve jane@corp.com."),
        Message(role="user", content="call 415-555-2671 or mail JANE@corp.com", name="joe@corp.com"),
        Message(
            role="assistant",
            content="done",
            reasoning_content="joe@corp.com asked",
            tool_calls=(
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "dial", "arguments": {"to": "415-555-2671", "times": 2}},
                },
            ),
        ),
        Message(role="tool", content="ok 415-555-2671", tool_call_id="call_1"),
        Message(role="assistant", content="I called 415-555-2671."),
    ),
    tools=(Tool(name="dial", description="calls"),),
    label="calls",
)


def redacted(sample: Sample, **options: Any) -> Sample:
    part = Redact(RedactConfig.model_validate(options), Inputs())
    (row,) = generate(part, make_request(1, parents=[sample], cells=[Cell(sample.label, 1)]))
    assert isinstance(row, Sample)
    return row


def test_placeholders_are_typed_and_the_same_value_has_the_same_one_in_all_parts_of_a_row() -> None:
    row = redacted(CHAT)
    assert [message.content for message in row.messages] == [
        "You serve <EMAIL_1>.",
        "call <PHONE_1> or mail <EMAIL_1>",
        "done",
        "ok <PHONE_1>",
        "I called <PHONE_1>.",
    ]
    assert row.messages[1].name == "<EMAIL_2>"
    assert row.messages[2].reasoning_content == "<EMAIL_2> asked"
    call = row.messages[2].tool_calls[0]
    assert call == {
        "id": "call_1",
        "type": "function",
        "function": {"name": "dial", "arguments": {"to": "<PHONE_1>", "times": 2}},
    }


def test_a_rows_form_label_tools_and_lineage_stay() -> None:
    row = redacted(CHAT)
    assert (row.label, row.tools, row.messages[3].tool_call_id) == ("calls", CHAT.tools, "call_1")
    assert row.trace.parents == ("p1",)
    pair = Sample(id="p", input="mail a@corp.com", response="no", reasoning="a@corp.com?", label="x")
    made = redacted(pair)
    assert (made.input, made.response, made.reasoning) == ("mail <EMAIL_1>", "no", "<EMAIL_1>?")
    assert made.label == "x" and not made.messages and not made.fields


def test_method_counts_by_type_and_tells_no_value() -> None:
    row = redacted(CHAT)
    assert row.metadata.method == {"mode": "placeholder", "redacted": {"EMAIL": 4, "PHONE": 4}}
    told = json.dumps([row.metadata.method, [dict(step.params) for step in row.trace.processing_steps]])
    assert "corp" not in told and "2671" not in told


def test_a_row_without_personal_data_passes_unchanged() -> None:
    clean = Sample(
        id="p",
        input="hi",
        response="yes",
        fields={"n": 12345678, "x": [1.5, None, True, {"k": "v"}]},
        label="a",
    )
    row = redacted(clean)
    assert row.content_hash == clean.content_hash
    assert row.metadata.method == {"mode": "placeholder", "redacted": {}}


def test_records_are_changed_at_any_depth_and_numbers_stay_numbers_where_they_can() -> None:
    record = Sample(
        id="p", fields={"who": {"mail": ["a@corp.com"]}, "phone": 4155552671, "a@corp.com": 1, "age": 41}
    )
    assert redacted(record).fields == {
        "who": {"mail": ["<EMAIL_1>"]},
        "phone": "<PHONE_1>",
        "a@corp.com": 1,
        "age": 41,
    }
    made = redacted(record, mode="surrogate").fields
    assert isinstance(made["phone"], int) and str(made["phone"])[3:8] == "55501"


def test_whole_numbers_with_a_decimal_point_are_changed_in_records_and_columns() -> None:
    fields = {
        "phone": 4155552671.0,
        "told phone": "4155552671.0",
        "share": 0.5,
        "n": 12345678.0,
        "s": "12345678.0",
    }
    kept = {"share": 0.5, "n": 12345678.0, "s": "12345678.0"}
    assert redacted(Sample(id="p", fields=fields)).fields == {
        "phone": "<PHONE_1>",
        "told phone": "<PHONE_1>",
        **kept,
    }
    made = redacted(Sample(id="p", fields=fields), mode="surrogate").fields
    assert isinstance(made["phone"], float) and str(made["phone"])[3:8] == "55501"
    assert made["told phone"] == str(made["phone"]) and kept.items() <= made.items()
    assert isinstance(made["n"], float)
    columns = Redact(RedactConfig(), Inputs()).carried({"card": 4111111111111111.0, "year": 1965.0})
    assert columns == {"card": "<CREDIT_CARD_1>", "year": 1965.0}


def test_keys_within_a_record_are_changed_and_none_is_lost() -> None:
    record = Sample(id="p", fields={"seen": {"a@corp.com": 1, "A@corp.com": 2, "b@corp.com": 3}})
    assert redacted(record).fields == {"seen": {"<EMAIL_1>": 1, "<EMAIL_1>_": 2, "<EMAIL_2>": 3}}


def test_placeholders_that_a_row_holds_keep_their_numbers() -> None:
    row = Sample(id="p", response="<EMAIL_7> wrote to a@corp.com")
    assert redacted(row).response == "<EMAIL_7> wrote to <EMAIL_8>"


def test_what_hides_behind_other_digits_and_invisible_characters_goes_whole() -> None:
    row = Sample(id="p", response="卡４１１１１１１１１１１１１１１１！ mail jane\u200d@corp.com now")
    assert redacted(row).response == "卡<CREDIT_CARD_1>！ mail <EMAIL_1> now"


def test_surrogates_are_the_same_across_rows_and_other_with_another_salt() -> None:
    one, two = (
        Sample(id="a", response="mail jane@corp.com"),
        Sample(id="b", input="jane@corp.com?", response="no"),
    )
    first, second = redacted(one, mode="surrogate", salt="s"), redacted(two, mode="surrogate", salt="s")
    assert first.response.removeprefix("mail ") == second.input.removesuffix("?")
    assert redacted(one, mode="surrogate", salt="t").response != first.response


def test_the_salt_may_come_from_the_environment_and_makes_another_run(monkeypatch) -> None:
    config = RedactConfig(mode="surrogate", salt_env="PII_TEST_SALT")
    with pytest.raises(InputError) as caught:
        Redact(config, Inputs())
    assert caught.value.hint and "PII_TEST_SALT" in str(caught.value)
    digests = []
    for salt in ("one-salt", "another-salt"):
        monkeypatch.setenv("PII_TEST_SALT", salt)
        part = Redact(config, Inputs())
        digests.append(part.digest())
        assert salt not in part.digest() and salt not in json.dumps(config.fingerprint())
        original = Sample(id="a", response="mail jane@corp.com")
        (row,) = generate(part, make_request(1, parents=[original]))
        assert isinstance(row, Sample)
        assert row.response == redacted(original, mode="surrogate", salt=salt).response
    assert digests[0] != digests[1]
    with pytest.raises(ValidationError):
        RedactConfig(salt="a", salt_env="B")


def test_seeds_are_originals_in_their_own_form() -> None:
    seeds = [
        Seed(id="s1", text="mail a@corp.com", label="x", row={"text": "mail a@corp.com", "label": "x"}),
        Seed(
            id="s2", text="hi", label="y", row={"instruction": "hi", "output": "ask b@corp.com", "label": "y"}
        ),
    ]
    inputs = make_inputs(seeds)
    part = Redact(RedactConfig(), inputs)
    rows = generate(part, make_request(2, cells=[Cell("x", 1), Cell("y", 1)], inputs=inputs))
    assert [(row.label, row.input, row.response) for row in rows if isinstance(row, Sample)] == [
        ("x", "", "mail <EMAIL_1>"),
        ("y", "hi", "ask <EMAIL_1>"),
    ]
    assert part.labels() == {"x", "y"}
    (missing,) = generate(part, make_request(1, cells=[Cell("z", 1)], inputs=inputs))
    assert isinstance(missing, Rejection) and (missing.reason, missing.measured) == ("no_original", "z")


def test_notices_name_what_stays() -> None:
    told = " ".join(Redact(RedactConfig(mode="surrogate"), Inputs()).notices())
    assert "Names and postal addresses have no pattern and stay" in told and "without a salt" in told

    assert "salt" not in " ".join(Redact(RedactConfig(mode="surrogate", salt="x"), Inputs()).notices())


def test_the_other_columns_of_a_dataset_are_redacted_where_they_are_carried_over() -> None:
    found = Redact(RedactConfig(), Inputs()).carried(
        {"email": "a@corp.com", "source": "web", "year": 1965, "source_id": "jane@corp.com"}
    )
    assert found == {"email": "<EMAIL_1>", "source": "web", "year": 1965, "source_id": "<EMAIL_2>"}


def test_it_pickles_without_its_patterns() -> None:
    part = pickle.loads(pickle.dumps(Redact(RedactConfig(salt="s", mode="surrogate"), Inputs())))
    request = make_request(1, parents=[Sample(id="a", response="mail jane@corp.com")])

    async def rows() -> list[Any]:
        return [row async for row in part.generate(request)]

    (row,) = asyncio.run(rows())
    assert (
        row.response
        == redacted(Sample(id="a", response="mail jane@corp.com"), mode="surrogate", salt="s").response
    )


VALUES = st.sampled_from(
    [
        *("jane@corp.com", "(415) 555-2671", "+44 20 7946 0958", "4111 1111 1111 1111", "536-22-8145"),
        *("GB82 WEST 1234 5698 7654 32", "81.2.69.142", "3c-22-fb-9a-01-5e", "password: Tr0ub4dor&3"),
        *("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "２０２-555-2671", "plain words", "请看", "2023-10-05"),
    ]
)


@settings(max_examples=60)
@given(
    st.lists(VALUES, min_size=1, max_size=6),
    st.sampled_from(["placeholder", "surrogate"]),
    st.text(max_size=4),
)
def test_what_redact_makes_passes_pii(values: list[str], mode: str, salt: str) -> None:
    text = "; ".join(values)
    row = redacted(Sample(id="p", input=text, response=text, fields={"f": text}), mode=mode, salt=salt)
    (verdict,) = Pii(PiiConfig(allow_reserved=True), Inputs()).validate([row])
    assert verdict.passed, verdict.evidence
