from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import pytest

from datagen_core.sample import Sample
from datagen_core.testing import ModelValidatorConformance, ScriptedModel, ValidatorConformance
from datagen_core.testing.toy_data import make_samples

RUDE = ["play something, you stupid bitch", "shut the fuck up"]


def is_missing(module: str) -> bool:
    return importlib.util.find_spec(module) is None


@pytest.mark.skipif(is_missing("profanity_check"), reason="the extra sklearn isn't installed")
class TestToxicity(ValidatorConformance):
    component = "toxicity"

    def failing(self) -> Sequence[Sample]:
        return make_samples(RUDE)


@pytest.mark.skipif(is_missing("profanity_check"), reason="the extra sklearn isn't installed")
class TestToxicityThatMustBeTold(ValidatorConformance):
    component = "toxicity"
    options = {"threshold": 0.3, "max_chars": 20, "undefined": "reject"}

    def failing(self) -> Sequence[Sample]:
        return make_samples([*RUDE, "明天北京会下雨吗"])


@pytest.mark.skipif(is_missing("torch") or is_missing("transformers"), reason="the extra hf isn't installed")
class TestToxicityModel(ValidatorConformance):
    component = "toxicity-model"

    @pytest.fixture(autouse=True)
    def _weights(self, weights: Path) -> None:
        self.weights = weights

    def options_in(self, folder: Path) -> dict[str, object]:
        return {"model": str(self.weights), "languages": ["en", "zh", "ar", "hi", "th"]}


class TestToxicityJudge(ModelValidatorConformance):
    component = "toxicity-judge"


class TestAJudgeWithAMindOfItsOwn(ModelValidatorConformance):
    """Judges by whether the row shouts; can't be read where it says skip."""

    component = "toxicity-judge"
    options = {"categories": ["harassment", "threat"], "temperature": 0.5}

    def model(self) -> ScriptedModel:
        def answer(request, call):
            text = request.messages[1].content
            if "skip" in text:
                return "no judgement from me"
            score = 0.9 if "HELLO" in text else 1.5 if "cancel" in text else 0.1
            return f'{{"reason": "shouts or not", "categories": [], "score": {score}}}'

        return ScriptedModel(answer, latency_s=0)

    def passing(self) -> Sequence[Sample]:
        return make_samples(["please play something"])

    def failing(self) -> Sequence[Sample]:
        return make_samples(["HELLO THERE", "skip this track", "cancel dinner"])
