import pickle
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_grounding.config import GroundingConfig
from datagen_plugin_grounding.grounding import Grounding
from pydantic import ValidationError

from datagen_core import Context, InputError, Inputs, Message, Metadata, Sample, Seed, Verdict
from datagen_core.sample import Trace
from datagen_core.testing import make_inputs

SOURCE = (
    "Hydra 2.4.1 keeps 128 entries for 30 days, says Lena Ortiz. Start hydra --cold and read /var/hydra.log."
)


def grounding(**options: Any) -> Grounding:
    chunk = Seed(id="chunk", text=SOURCE)
    return Grounding(GroundingConfig.model_validate(options), make_inputs(chunks=(chunk,)))


def row(response: str = "", **more: Any) -> Sample:
    return Sample(id="r", response=response, trace=Trace(parents=("chunk",)), **more)


def judged(sample: Sample | str, **options: Any) -> Verdict:
    (verdict,) = grounding(**options).validate([row(sample) if isinstance(sample, str) else sample])
    return verdict


@pytest.mark.parametrize(
    ("response", "reason", "evidence"),
    [
        ("It keeps 128 entries for 30 days.", None, None),
        ("It keeps 256 entries.", "unsupported_number", "response 9–12: «256»"),
        ("It keeps them 30 weeks.", "unsupported_number", "response 14–22: «30 weeks»"),
        ("It was made by Lena Gomez.", "unsupported_name", "response 15–25: «Lena Gomez»"),
        ("Start it with --warm to go.", "unsupported_identifier", "response 14–20: «--warm»"),
        ("She calls it “fast and light”.", "unsupported_quote", "response 14–28: «fast and light»"),
        ("Read /var/hydra.log with care.", None, None),
        ("Nothing to look for here.", None, None),
        ("", None, None),
        ("Es hält ١٢٨ Einträge.", "unsupported_name", "response 12–20: «Einträge»"),
    ],
)
def test_rows_are_held_to_their_source(response: str, reason: str | None, evidence: str | None) -> None:
    verdict = judged(response)
    assert (verdict.passed, verdict.reason, verdict.evidence) == (reason is None, reason, evidence)


def test_the_score_is_the_share_that_is_supported() -> None:
    verdict = judged("It keeps 128 entries for 30 days, at most 7 of them for 9 hours.")
    assert (verdict.score, verdict.measured, verdict.threshold) == (0.5, 2, 0)
    assert judged("It keeps 128 entries.").score == 1.0
    assert judged("It keeps some.").score is None


def test_of_several_kinds_numbers_come_first_and_all_are_counted() -> None:
    verdict = judged("Bob Dole and Al Gore and Jo Cox used `x` and 7 more.")
    assert (verdict.reason, verdict.measured) == ("unsupported_number", 5)
    assert verdict.evidence is not None and verdict.evidence.endswith("; 2 more")


@pytest.mark.parametrize(("limit", "passed"), [(1, False), (2, True)])
def test_max_unsupported_is_inclusive(limit: int, passed: bool) -> None:
    assert judged("It keeps 7 or 9.", max_unsupported=limit).passed is passed


@pytest.mark.parametrize(("least", "passed"), [(0.5, True), (0.51, False)])
def test_a_sentence_at_min_overlap_passes(least: float, passed: bool) -> None:
    verdict = judged("Hydra keeps entries. Hydra entries cost money.", check=[], min_overlap=least)
    assert (verdict.passed, verdict.score) == (passed, 0.5)
    if not passed:
        assert (verdict.reason, verdict.measured, verdict.threshold) == ("low_overlap", 0.5, 0.51)
        assert verdict.evidence == "response 21–46: «Hydra entries cost money.»"


def test_the_question_counts_as_source_unless_it_may_not() -> None:
    asked = row("For 7 users it keeps 128 entries.", input="And for 7 users?")
    assert judged(asked).passed
    assert judged(asked, allow_from_input=False).reason == "unsupported_number"


def test_of_a_conversation_all_that_the_assistant_says_is_checked() -> None:
    turns = [
        ("user", "And for 7 users?"),
        ("assistant", "128 for 7."),
        ("user", "Sure?"),
        ("assistant", "Yes, 99."),
    ]
    chat = row(messages=tuple(Message(role=role, content=text) for role, text in turns))
    assert judged(chat).evidence == "messages[3] assistant 5–7: «99»"


def test_of_a_record_the_texts_beside_the_source_are_checked() -> None:
    record = Sample(id="r", fields={"source": SOURCE, "title": "Keeps 128", "notes": ["for 31 days"]})
    assert judged(record, column="source").evidence == "fields.notes[0] 4–11: «31 days»"
    assert judged(record, column="source", field="title").passed


def test_the_source_is_a_column_what_the_method_noted_or_the_lineage() -> None:
    noted = Sample(id="r", response="It is 5 km.", metadata=Metadata(method={"passage": "5 km away"}))
    assert judged(noted, column="passage").passed
    assert judged(row("It is 5 km."), column="passage").reason == "no_source"
    assert judged("It keeps 128.").passed


def test_a_row_without_source_is_rejected_or_passes_and_is_never_graded() -> None:
    lone = Sample(id="r", response="It keeps 128 entries.")
    rejected, passed = judged(lone), judged(lone, no_source="pass")
    assert (rejected.passed, rejected.reason, rejected.score) == (False, "no_source", None)
    assert (passed.passed, passed.reason, passed.score) == (True, None, None)


def test_units_are_left_aside_on_request() -> None:
    assert not judged("It keeps 30%.").passed
    assert not judged("It keeps them 30 weeks.", units=True).passed
    assert judged("It keeps them 30 weeks.", units=False).passed


def test_other_scripts_are_judged() -> None:
    chunk = Seed(id="chunk", text="九头蛇保存１２８条记录，为期30天。")
    validator = Grounding(GroundingConfig(min_overlap=0.5), make_inputs(chunks=(chunk,)))
    texts = ["九头蛇保存128条记录。", "九头蛇保存129条记录。", "今天天气非常好。"]
    reasons = [verdict.reason for verdict in validator.validate([row(text) for text in texts])]
    assert reasons == [None, "unsupported_number", "low_overlap"]


@pytest.mark.parametrize(
    ("source", "supported", "unsupported"),
    [
        ("ระบบเก็บข้อมูล ๑๒๘ รายการเป็นเวลา 30 วัน", "เก็บข้อมูล 128 รายการ", "เก็บข้อมูล 129 รายการ"),
        ("يحتفظ النظام بـ ١٢٨ سجلا لمدة ٣٠ يوما", "يحتفظ بـ 128 سجلا", "يحتفظ بـ 129 سجلا"),
        ("The system 系统 keeps ١٢٨ records", "系统 keeps 128 records", "系统 keeps 129 records"),
    ],
    ids=["Thai", "Arabic", "mixed"],
)
def test_digits_of_other_scripts_are_numbers(source: str, supported: str, unsupported: str) -> None:
    validator = Grounding(GroundingConfig(units=False), make_inputs(chunks=(Seed(id="chunk", text=source),)))
    reasons = [verdict.reason for verdict in validator.validate([row(supported), row(unsupported)])]
    assert reasons == [None, "unsupported_number"]


def test_it_says_where_rows_have_no_source_and_names_cannot_be_told() -> None:
    def told(**inputs: Any) -> list[str]:
        return list(Grounding(GroundingConfig(), Inputs(**inputs)).notices())

    chunk = (Seed(id="c", text=SOURCE),)
    assert told(chunks=chunk) == []
    (first,) = told()
    assert "rows are rejected" in first
    (second,) = told(chunks=chunk, languages=("zh-CN", "th", "en"))
    assert "th, zh has no capitals" in second
    (third,) = told(chunks=chunk, languages=("de",))
    assert "German" in third


def test_what_cannot_work_is_a_clear_error() -> None:
    with pytest.raises(InputError, match="without a check"):
        grounding(check=[])
    with pytest.raises(ValidationError):
        grounding(check=["words"])


def test_it_is_suggested_where_rows_are_made_from_documents_alone() -> None:
    def suggested(**inputs: Any) -> bool:
        return Grounding.suggestion(Inputs(**inputs), Context()) is not None

    chunk, seed = (Seed(id="c", text=SOURCE),), (Seed(id="s", text="a"),)
    assert suggested(chunks=chunk) and suggested(documents=(Path("a.md"),))
    assert not suggested() and not suggested(seeds=seed) and not suggested(chunks=chunk, seeds=seed)
    found = Grounding.suggestion(Inputs(chunks=chunk), Context())
    assert found is not None and GroundingConfig.model_validate(found.options).no_source == "pass"


def test_it_pickles() -> None:
    validator = pickle.loads(pickle.dumps(grounding()))
    assert validator.validate([row("It keeps 7.")]) == grounding().validate([row("It keeps 7.")])
