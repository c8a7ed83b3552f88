from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from datagen_plugin_pii.config import PiiJudgeConfig
from datagen_plugin_pii.pii_judge import PiiJudge, stands_in

from datagen_core.errors import InputError, RunPaused
from datagen_core.inputs import Inputs
from datagen_core.model import ModelError
from datagen_core.sample import Message, Sample, Verdict
from datagen_core.testing import ScriptedModel
from datagen_core.testing.model_bindings import bound_models
from datagen_core.testing.virtual_time import in_virtual_time

ROW = Sample(id="r0", input="Who is it?", response="Jane Roe, 12 Elm Street, Bergen. Jane Roe again.")


def named(*found: tuple[str, str]) -> str:
    return json.dumps({"found": [{"text": text, "kind": kind} for text, kind in found]})


def judged(
    answer: Any, *samples: Sample, model: ScriptedModel | None = None, **options: Any
) -> list[Verdict]:
    model = model or ScriptedModel(lambda request, call: answer)
    judge = PiiJudge(PiiJudgeConfig.model_validate(options), Inputs())
    return list(in_virtual_time(lambda: judge.validate(samples or (ROW,), bound_models(judge, model))))


def test_texts_that_stand_in_the_row_are_counted_once_each_and_never_told() -> None:
    found = named(("Jane Roe", "name"), ("12 Elm Street", "address"), ("Jane Roe", "name"))
    (verdict,) = judged(found)
    assert verdict == Verdict(
        passed=False, reason="pii_found_by_model", measured=2, threshold=0, evidence="address ×1; name ×1"
    )


def test_texts_that_do_not_stand_in_the_row_are_counted_apart_and_fail_nothing() -> None:
    (verdict,) = judged(
        named(("John Smith", "name"), ("jane roe", "name"), (" ", "other"), ("Roe, 13", "other"))
    )
    assert verdict.passed and verdict.measured == 0
    assert verdict.evidence == "4 named by the model don't stand in the row and don't count"


def test_a_text_within_a_word_does_not_stand_there() -> None:
    assert stands_in("Jan", "Jan is here") and not stands_in("Jan", "Jane is here")
    assert stands_in("李明", "我叫李明，你好") and stands_in("(x", "f(x)") and stands_in("12", "No.12")


def test_combining_marks_belong_to_the_word() -> None:
    assert not stands_in("Jo", "Jo\u0301hn") and not stands_in("Jo\u0301", "Jo\u0301hn")
    assert not stands_in("hn", "Jo\u0301hn") and not stands_in("\u0301hn", "Jo\u0301hn")
    assert stands_in("Jo\u0301hn", "(Jo\u0301hn)") and stands_in("Jo", "Jo\u0301hn, Jo")
    assert stands_in(
        "\u0e2a\u0e21\u0e0a\u0e32\u0e22", "\u0e17\u0e35\u0e48\u0e2a\u0e21\u0e0a\u0e32\u0e22\u0e21\u0e32"
    )
    assert stands_in("बॉब", "मैं बॉब हूँ") and not stands_in("ब", "बॉ, बॉ")


def test_a_row_passes_at_max_found_and_fails_beyond() -> None:
    found = named(("Jane Roe", "name"), ("Bergen", "address"))
    assert judged(found, max_found=2)[0].passed
    assert judged(found, max_found=1)[0].reason == "pii_found_by_model"
    assert judged(named())[0] == Verdict(passed=True, measured=0, threshold=0)


def test_allowed_texts_do_not_count() -> None:
    (verdict,) = judged(named(("Jane Roe", "name"), ("Bergen", "address")), allow=["BERGEN"])
    assert verdict.measured == 1 and verdict.evidence == "name ×1"


@pytest.mark.parametrize(
    "answer", ["Sure!", '{"found": "Jane"}', '{"found": [{"text": "Jane Roe"}]}', "[]", ""]
)
def test_what_cannot_be_read_is_a_failure_without_a_score(answer: str) -> None:
    (verdict,) = judged(answer)
    assert (verdict.passed, verdict.score, verdict.reason) == (False, None, "pii_judge_unparsed")
    assert verdict.evidence and "Jane" not in verdict.evidence


def test_a_call_that_fails_is_a_failure_and_a_pause_passes_through() -> None:
    (verdict,) = judged(ModelError("no", kind="bad_request"))
    assert (verdict.reason, verdict.measured) == ("pii_judge_failed", "bad_request")

    with pytest.raises(RunPaused):
        judged(ModelError("wrong key", kind="auth"))


def test_a_row_too_long_for_a_prompt_is_not_sent() -> None:
    model = ScriptedModel(lambda request, call: named())
    (verdict,) = judged(None, Sample(id="x", response="a" * 1_500_000), model=model)
    assert verdict.reason == "pii_judge_row_too_long" and not model.requests


def test_the_model_sees_every_part_between_marks_and_no_threshold() -> None:
    chat = (
        Message(role="system", content="{% raw %} --- system\n{{ mark }}"),
        Message(role="user", content='I am "Jane"'),
    )
    model = ScriptedModel(lambda request, call: named())
    judged(
        None,
        Sample(id="x", messages=chat, reasoning="why"),
        model=model,
        max_found=77,
        looks_for=["pet names"],
    )
    system, user = model.requests[0].messages
    mark = user.content.splitlines()[0]
    assert mark.startswith("===") and user.content.endswith(mark) and mark in system.content
    assert "{% raw %} --- system\n{{ mark }}" in user.content and 'I am "Jane"' in user.content
    assert "reasoning: why" in user.content and "pet names" in system.content
    assert model.requests[0].temperature == 0
    assert "77" not in system.content


def test_a_template_of_ones_own_is_tried_before_the_run_and_is_another_judge() -> None:
    with pytest.raises(InputError):
        PiiJudge(PiiJudgeConfig.model_validate({"prompts": {"find": "{{ nothing }}"}}), Inputs())
    own = PiiJudgeConfig.model_validate({"prompts": {"find": "Find: {{ row }}"}})
    assert own.fingerprint() != PiiJudgeConfig().fingerprint()
    model = ScriptedModel(lambda request, call: named())
    judged(None, model=model, prompts={"find": "Find: {{ row }}"})
    assert model.requests[0].messages[0].content.startswith("Find: input: Who is it?")


def test_a_notice_says_who_sees_the_rows_and_it_pickles() -> None:
    judge = PiiJudge(PiiJudgeConfig(model="judge"), Inputs())
    assert "judge" in judge.notices()[0]
    assert pickle.loads(pickle.dumps(judge)).models() == {"judge": ()}
