from __future__ import annotations

import json
from collections.abc import Sequence

from datagen_core.sample import Message, Sample
from datagen_core.testing import ModelValidatorConformance, ScriptedModel
from datagen_core.testing.toy_data import make_samples


def answering(usual: str, please: str) -> ScriptedModel:
    """A model of two answers: the second for a prompt with the word please, nothing of use for HELLO."""

    def answer(request, call):
        text = request.messages[-1].content
        return "no grade from me" if "HELLO" in text else please if "please" in text else usual

    return ScriptedModel(answer, latency_s=0)


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


class TestSeveralJudgesByDimensions(TestAJudgeWithAMindOfItsOwn):
    component = "judge"
    options = {
        "dimensions": {
            "politeness": {"words": "It is polite.", "weight": 2, "threshold": 0.5},
            "clarity": None,
        },
        "calls": "per-dimension",
        "aggregate": "weighted",
        "models": ["generator", "second"],
        "agreement": "majority",
        "max_disagreement": 0.5,
        "temperature": 0.5,
    }


class TestAlpagasus(TestAJudgeWithAMindOfItsOwn):
    component = "judge-alpagasus"
    options = {}

    def model(self) -> ScriptedModel:
        return answering("4.4\nNearly.", "4.5\nIt says please.")


class TestCurate7(TestAJudgeWithAMindOfItsOwn):
    component = "judge-curate7"
    options = {}

    def model(self) -> ScriptedModel:
        def grades(difficulty: int) -> str:
            found = {"clarity": 9, "accuracy": 8, "usefulness": 6, "difficulty": difficulty}
            return json.dumps({name: {"reason": "so", "score": score} for name, score in found.items()})

        return answering(grades(4), grades(5))


class TestHumpback(TestAJudgeWithAMindOfItsOwn):
    component = "judge-humpback"
    options = {}

    def model(self) -> ScriptedModel:
        return answering("Nearly.\n4", "It says please.\n5")


class TestPairwise(ModelValidatorConformance):
    component = "judge-pairwise"

    def model(self) -> ScriptedModel:
        def answer(request, call):
            user = request.messages[-1].content
            is_first = user.find("please") < user.find("second answer")
            first, second = (8, 3) if is_first else (3, 8)
            return json.dumps({"reason": "polite or not", "first": first, "second": second})

        return ScriptedModel(answer, latency_s=0)

    def passing(self) -> Sequence[Sample]:
        return [
            Sample(id="polite", input="Ask.", fields={"chosen": "please play", "rejected": "play"}),
            Sample(id="half", fields={"chosen": "please \ud83d", "rejected": "\x00 play\u202e"}),
        ]

    def failing(self) -> Sequence[Sample]:
        turns = (Message(role="user", content="hi"), Message(role="assistant", content="ho"))
        return [
            Sample(id="rude", fields={"chosen": "play", "rejected": "please play"}),
            Sample(id="chat", messages=turns),
        ]
