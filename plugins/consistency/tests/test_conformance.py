from __future__ import annotations

import json
from collections.abc import Sequence

from datagen_core.sample import Message, Sample
from datagen_core.testing import (
    EvaluatorConformance,
    ModelValidatorConformance,
    PoolValidatorConformance,
    ScriptedModel,
)
from datagen_core.testing.toy_data import make_samples, toy_inputs

SEED = toy_inputs().seeds[0].text
PAIRS = [
    Sample(id="one moon", input="How many moons has Earth?", response="1"),
    Sample(id="two moons", input="how many moons has earth", response="The answer is 2."),
    Sample(id="a moon", input="How many moons has Earth?", response="one"),
]


class TestConsistency(PoolValidatorConformance):
    component = "consistency"

    def passing(self) -> Sequence[Sample]:
        texts = [("wake me at seven every day", "alarm"), ("wake me at seven every day!", "music")]
        return [*make_samples(texts), *PAIRS]

    def failing(self) -> Sequence[Sample]:
        return make_samples([(SEED, "weather"), (SEED + "s", "weather")])


class TestConsistencyOfAnswers(PoolValidatorConformance):
    component = "consistency"
    options = {
        "near_jaccard": None,
        "near_question_jaccard": 0.8,
        "compare": "similarity",
        "against_seeds": False,
    }

    def passing(self) -> Sequence[Sample]:
        return PAIRS


class TestConsistencyOfNamedParts(PoolValidatorConformance):
    component = "consistency"
    options = {"key": "text", "value": "label"}

    def passing(self) -> Sequence[Sample]:
        return make_samples(
            [("wake me at seven every day", "alarm"), ("wake me at seven every day", "music")]
        )


class TestConsistencyReport(EvaluatorConformance):
    component = "consistency"


class TestSelfAgreement(ModelValidatorConformance):
    component = "self-agreement"
    options = {"min_agreement": 0.3, "samples": 3}


class TestSelfAgreementWithAMindOfItsOwn(ModelValidatorConformance):
    """Hears music in everything that plays; can't be read where a row shouts."""

    component = "self-agreement"
    options = {"samples": 3, "stop_early": True, "temperature": None}

    def model(self) -> ScriptedModel:
        def answer(request, call):
            text = request.messages[-1].content
            if "HELLO" in text:
                return "no idea"
            if "label" in request.json_schema["required"]:
                return json.dumps({"label": "music" if "play" in text else "weather"})
            return json.dumps({"reasoning": "I counted", "answer": "1 moon"})

        return ScriptedModel(answer, latency_s=0)

    def passing(self) -> Sequence[Sample]:
        turns = (Message(role="user", content="Moons?"), Message(role="assistant", content="One."))
        return [*make_samples([("play something", "music")]), PAIRS[0], Sample(id="chat", messages=turns)]

    def failing(self) -> Sequence[Sample]:
        long = Sample(id="long", input="Why is the sky blue?", response="because it scatters " * 20)
        return [*make_samples([("play something", "weather"), ("HELLO", "music")]), PAIRS[1], long]
