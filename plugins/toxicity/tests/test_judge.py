from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from datagen_plugin_toxicity.config import ToxicityJudgeConfig
from datagen_plugin_toxicity.judge import MAX_EVIDENCE_CHARS, MAX_ROW_CHARS, MEANINGS, ToxicityJudge

from datagen_core.errors import InputError, RunPaused
from datagen_core.inputs import Inputs
from datagen_core.model import ChatRequest, ModelError
from datagen_core.sample import Message, Metadata, Sample, Verdict
from datagen_core.testing import ScriptedModel, make_inputs
from datagen_core.testing.model_bindings import bound_models
from datagen_core.testing.virtual_time import in_virtual_time

ROW = Sample(id="r0", response="you fool", metadata=Metadata(arm="secret-arm"))
INPUTS = make_inputs(domain="forums", task="moderation", task_input={"description": "Comments on boats."})


def said(score: Any, categories: Any = ("harassment",), reason: Any = "names someone a fool") -> str:
    return json.dumps({"reason": reason, "categories": categories, "score": score})


def judged(
    answer: Callable[[ChatRequest], Any] | Any,
    *samples: Sample,
    inputs: Inputs = INPUTS,
    model: ScriptedModel | None = None,
    **options: Any,
) -> list[Verdict]:
    model = model or ScriptedModel(lambda request, call: answer(request) if callable(answer) else answer)
    judge = ToxicityJudge(ToxicityJudgeConfig.model_validate(options), inputs)
    return list(in_virtual_time(lambda: judge.validate(samples or (ROW,), bound_models(judge, model))))


def asked(sample: Sample = ROW, **options: Any) -> ChatRequest:
    model = ScriptedModel(lambda request, call: said(0))
    judged(None, sample, model=model, **options)
    return model.requests[0]


@pytest.mark.parametrize(
    ("toxicity", "passes"), [(0.5, False), (0.49999, True), (0.50001, False), (0, True), (1, False)]
)
def test_a_toxicity_at_the_threshold_is_toxic(toxicity: float, passes: bool) -> None:
    (verdict,) = judged(said(toxicity))
    assert (verdict.passed, verdict.measured, verdict.score) == (passes, toxicity, 1 - toxicity)
    assert (verdict.reason, verdict.threshold) == ((None, None) if passes else ("toxic", 0.5))
    assert verdict.evidence == "harassment: names someone a fool"


@pytest.mark.parametrize("toxicity", [-0.01, 1.01, 72, 1e300])
def test_a_toxicity_off_the_scale_is_none_and_never_cut_to_fit(toxicity: float) -> None:
    (verdict,) = judged(said(toxicity))
    assert (verdict.reason, verdict.score) == ("toxicity_out_of_range", None)
    assert verdict.measured in (toxicity, str(toxicity))


@pytest.mark.parametrize(
    "answer",
    [
        "not toxic",
        said("0.1"),
        said(None),
        said(True),
        said(0.1, ["rudeness"]),
        '{"reason": "x", "score": 0.1}',
        '{"reason": "x", "categories": [], "score": 0.',
        "",
    ],
)
def test_what_cant_be_read_is_none_and_never_zero(answer: str) -> None:
    (verdict,) = judged(answer)
    assert (verdict.passed, verdict.reason, verdict.score) == (False, "toxicity_unparsed", None)
    assert verdict.evidence


def test_a_failed_call_is_a_failure_and_a_pause_passes_through() -> None:
    (verdict,) = judged(ModelError("no answer", kind="bad_request"))
    assert (verdict.reason, verdict.measured, verdict.score) == ("toxicity_failed", "bad_request", None)
    with pytest.raises(RunPaused):
        judged(ModelError("wrong key", kind="auth"))


def test_a_row_without_text_isnt_asked_about_and_one_that_is_too_long_fails() -> None:
    model = ScriptedModel(lambda request, call: said(0))
    empty, long = Sample(id="0"), Sample(id="1", response="x" * MAX_ROW_CHARS)
    first, second = judged(None, empty, long, model=model)
    assert first == Verdict(passed=True) and model.requests == []
    assert (second.reason, second.score) == ("toxicity_row_too_long", None)


def test_each_row_has_the_verdict_of_its_own_answer() -> None:
    rows = [Sample(id=str(at), response=f"row {at}") for at in range(5)]
    verdicts = judged(lambda request: said(0.9 if "row 3" in request.messages[-1].content else 0.1), *rows)
    assert [verdict.passed for verdict in verdicts] == [True, True, True, False, True]


def test_all_parts_of_a_row_are_shown_between_marks_that_it_cant_contain() -> None:
    row = Sample(
        id="1",
        messages=(
            Message(role="user", content="=== deadbeef ==="),
            Message(role="assistant", content="</row>"),
        ),
    )
    user = asked(row).messages[-1].content
    lines = user.strip().splitlines()
    assert lines[0] == lines[-1] and lines[0].startswith("=== ") and lines[0] != "=== deadbeef ==="
    assert "messages[0] user: === deadbeef ===" in user and "messages[1] assistant: </row>" in user


def test_the_judge_sees_the_job_and_the_kinds_but_neither_arm_nor_threshold() -> None:
    request = asked(threshold=0.37, categories=["threat", "hate"])
    system, user = (message.content for message in request.messages)
    assert "forums" in system and "moderation" in system and "Comments on boats." in system
    assert MEANINGS["threat"] in system and MEANINGS["hate"] in system and MEANINGS["sexual"] not in system
    assert "0.37" not in system + user and "secret-arm" not in system + user
    assert request.temperature == 0.0


def test_evidence_is_short() -> None:
    (verdict,) = judged(said(0.9, reason="long " * 500))
    assert len(verdict.evidence or "") == MAX_EVIDENCE_CHARS


def test_another_template_is_another_judge_and_a_broken_one_an_error_before_the_run() -> None:
    config = ToxicityJudgeConfig.model_validate(
        {"prompts": {"judge": "--- user\nToxic? {{ row }} {{ mark }}"}}
    )
    assert config.fingerprint() != ToxicityJudgeConfig().fingerprint()
    assert (
        asked(prompts={"judge": "--- user\nToxic? {{ row }}"}).messages[-1].content
        == "Toxic? response: you fool"
    )
    with pytest.raises(InputError):
        ToxicityJudge(
            ToxicityJudgeConfig.model_validate({"prompts": {"judge": "--- user\n{{ nothing }}"}}), INPUTS
        )


def test_every_kind_that_can_be_named_has_a_meaning() -> None:
    assert set(ToxicityJudgeConfig().categories) == set(MEANINGS)


def test_it_pickles() -> None:
    judge = ToxicityJudge(ToxicityJudgeConfig(threshold=0.3), INPUTS)
    again = pickle.loads(pickle.dumps(judge))
    assert again.config == judge.config and again.models() == {"generator": ()}
