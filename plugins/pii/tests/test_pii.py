from __future__ import annotations

import pickle
from typing import Any

import pytest
from datagen_plugin_pii.config import PiiConfig
from datagen_plugin_pii.finding import Finding
from datagen_plugin_pii.pii import Pii
from pydantic import ValidationError

from datagen_core.inputs import Inputs
from datagen_core.sample import Message, Metadata, Sample, Tool, Verdict

CANARY = "jane.canary@corp.com"


def judged(sample: Sample, **options: Any) -> Verdict:
    (verdict,) = Pii(PiiConfig.model_validate(options), Inputs()).validate([sample])
    return verdict


def said(role: str, content: str = "fine", **more: Any) -> Message:
    return Message(role=role, content=content, **more)


TALK = (said("user"), said("assistant"))
PLANTED: dict[str, Sample] = {
    "input": Sample(id="1", input=f"ask {CANARY}", response="ok"),
    "response": Sample(id="1", input="hi", response=f"ask {CANARY}"),
    "reasoning": Sample(id="1", response="ok", reasoning=f"they said {CANARY}"),
    "messages[0] system": Sample(id="1", messages=(said("system", f"You serve {CANARY}."), *TALK)),
    "messages[1] assistant": Sample(id="1", messages=(said("user"), said("assistant", CANARY))),
    "messages[1] assistant reasoning": Sample(
        id="1", messages=(said("user"), said("assistant", reasoning_content=CANARY))
    ),
    "messages[0] user name": Sample(id="1", messages=(said("user", name=CANARY), said("assistant"))),
    "messages[2] tool": Sample(id="1", messages=(*TALK, said("tool", f'{{"mail": "{CANARY}"}}'))),
    "messages[1] assistant tool_calls.function.arguments.to[0]": Sample(
        id="1",
        messages=(
            said("user"),
            said(
                "assistant",
                tool_calls=(
                    {
                        "id": "call_1",
                        "type": "function",
                        "function": {"name": "send", "arguments": {"to": [CANARY]}},
                    },
                ),
            ),
        ),
    ),
    "fields.contact": Sample(id="1", fields={"contact": CANARY, "age": 41}),
    "fields.a.b[1]": Sample(id="1", fields={"a": {"b": ["x", CANARY]}}),
    "tools[0] description": Sample(
        id="1", messages=TALK, tools=(Tool(name="send", description=f"to {CANARY}"),)
    ),
    "tools[0] parameters.default": Sample(
        id="1", messages=TALK, tools=(Tool(name="send", parameters={"default": CANARY}),)
    ),
}


@pytest.mark.parametrize("part", PLANTED)
def test_a_canary_is_found_in_every_part_and_nothing_of_it_is_told(part: str) -> None:
    verdict = judged(PLANTED[part])
    assert (verdict.passed, verdict.reason, verdict.measured, verdict.threshold) == (False, "pii_found", 1, 0)
    assert verdict.score is None
    assert verdict.evidence is not None
    assert f"EMAIL in {part} " in verdict.evidence and "«****.******@****.***»" in verdict.evidence
    assert not any(piece in verdict.evidence for piece in ("jane", "canary", "corp"))


def test_a_key_of_a_record_that_is_a_canary_is_found_and_left_out_of_the_evidence() -> None:
    verdict = judged(Sample(id="1", fields={"seen": {CANARY: f"twice by {CANARY}"}}))
    assert verdict.measured == 2 and verdict.evidence is not None
    assert "canary" not in verdict.evidence and "EMAIL in fields.… " in verdict.evidence


def test_whole_numbers_in_records_are_read_and_labels_are_not() -> None:
    assert judged(Sample(id="1", fields={"card": 4111111111111111})).reason == "pii_found"
    assert judged(Sample(id="1", fields={"phone": 4155552671})).reason == "pii_found"
    assert judged(Sample(id="1", fields={"n": 4155552671, "share": 0.5, "ok": True, "none": None})).passed
    assert judged(Sample(id="1", response="fine", label=CANARY)).passed


@pytest.mark.parametrize("card", [4111111111111111.0, "4111111111111111.0", "4111111111111111.00"])
def test_whole_numbers_with_a_decimal_point_are_read(card: float | str) -> None:
    verdict = judged(Sample(id="1", fields={"card": card, "n": [1.0, float("nan"), float("inf"), 1e300]}))
    assert (verdict.reason, verdict.measured) == ("pii_found", 1)
    assert judged(Sample(id="1", fields={"phone": 4155552671.0})).reason == "pii_found"
    assert judged(Sample(id="1", fields={"n": 4155552671.5, "m": "4111111111111111.5"})).passed


def test_evidence_has_a_star_for_combining_marks_too() -> None:
    assert Finding("EMAIL", 0, 14, "बॉब@कंपनी.भारत").masked == "***@*****.****"
    assert Finding("EMAIL", 0, 8, "jo\u0301_@x.y").masked == "***_@*.*"


def test_a_row_passes_at_max_found_and_fails_beyond() -> None:
    two = Sample(id="1", input="a@corp.com", response="a@corp.com")
    assert judged(two, max_found=2) == Verdict(
        passed=True,
        measured=2,
        threshold=2,
        evidence="EMAIL in input 0–10: «*@****.***»; EMAIL in response 0–10: «*@****.***»",
    )
    assert judged(two, max_found=1).reason == "pii_found"
    assert judged(Sample(id="1", response="a@corp.com"), max_found=0).reason == "pii_found"
    assert judged(Sample(id="1", response="none here")) == Verdict(passed=True, measured=0)


def test_evidence_shows_five_and_counts_the_rest() -> None:
    verdict = judged(Sample(id="1", response=" ".join(f"u{i}@corp.com" for i in range(8))))
    assert verdict.measured == 8 and verdict.evidence is not None
    assert verdict.evidence.count("EMAIL") == 5 and verdict.evidence.endswith("; and 3 more")


def test_a_long_secret_is_shortened_in_evidence() -> None:
    verdict = judged(Sample(id="1", response="s" + "k-" + "a1B2c3D4" * 30))
    assert verdict.evidence is not None and "…»" in verdict.evidence and len(verdict.evidence) < 80


@pytest.mark.parametrize(
    ("parts", "held"),
    [
        (["input"], {"input", "messages[0] user name"}),
        (
            ["response"],
            {
                "response",
                "messages[1] assistant",
                "messages[1] assistant tool_calls.function.arguments.to[0]",
            },
        ),
        (["reasoning"], {"reasoning", "messages[1] assistant reasoning"}),
        (["tools"], {"tools[0] description", "tools[0] parameters.default"}),
        (["fields.contact"], {"fields.contact"}),
        (["fields"], {"fields.contact", "fields.a.b[1]"}),
        (["messages"], {name for name in PLANTED if name.startswith("messages")}),
    ],
)
def test_only_the_parts_named_are_searched(parts: list[str], held: set[str]) -> None:
    assert {name for name, row in PLANTED.items() if not judged(row, parts=parts).passed} == held


@pytest.mark.parametrize(
    "options",
    [
        {"parts": ["respones"]},
        {"types": []},
        {"types": ["NAME"]},
        {"types": ["PERSON"]},
        {"types": ["PERSON"], "detector": "presidio"},
        {"types": ["NATIONAL_ID"]},
        {"national_ids": ["XX"]},
        {"regions": ["us"]},
        {"allow": [" "]},
        {"max_found": -1},
    ],
)
def test_options_that_could_not_work_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PiiConfig.model_validate(options)


def test_a_notice_says_that_names_and_addresses_are_not_looked_for() -> None:
    (notice,) = Pii(PiiConfig(), Inputs()).notices()
    assert "Names and postal addresses have no pattern and aren't looked for" in notice


def test_it_pickles() -> None:
    part = Pii(PiiConfig(national_ids=("ES",)), Inputs(languages=("de",)))
    again = pickle.loads(pickle.dumps(part))
    rows = list(PLANTED.values())
    assert again.validate(rows) == part.validate(rows)


def test_the_other_columns_of_a_given_row_are_searched() -> None:
    """`curate` writes them again as they are."""
    given = Metadata(
        generation_method="as-is", method={"email": "bob@acme-corp.com", "card": 4111111111111111}
    )
    made = Metadata(generation_method="naive", method={"email": "bob@acme-corp.com"})
    rows = [Sample(id=name, response="all fine", metadata=told) for name, told in (("a", given), ("b", made))]
    first, second = Pii(PiiConfig(), Inputs()).validate(rows)
    assert (first.reason, first.measured) == ("pii_found", 2) and "columns.email" in (first.evidence or "")
    assert second.passed
