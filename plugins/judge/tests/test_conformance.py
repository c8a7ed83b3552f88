from __future__ import annotations

from collections.abc import Sequence

from datagen_core.sample import Sample
from datagen_core.testing import ModelValidatorConformance, ScriptedModel
from datagen_core.testing.toy_data import make_samples


class TestJudge(ModelValidatorConformance):
    component = "judge"
    options = {"threshold": 0.75}


class TestAJudgeWithAMindOfItsOwn(ModelValidatorConformance):
    """Grades by whether the row says please; can't be read where a row shouts."""

    component = "judge"
    options = {"rubric": "It must be polite.", "temperature": 0.5}

    def model(self) -> ScriptedModel:
        def answer(request, call):
            text = request.messages[-1].content
            if "HELLO" in text:
                return "no grade from me"
            score = 0.9 if "please" in text else 1.5 if "skip" in text else 0.2
            return f'{{"reason": "polite or not", "score": {score}}}'

        return ScriptedModel(answer, latency_s=0)

    def passing(self) -> Sequence[Sample]:
        return make_samples(["please play something"])

    def failing(self) -> Sequence[Sample]:
        return make_samples(["HELLO THERE", "play something"])
