from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from datagen_core.sample import Sample, Trace
from datagen_core.testing import ModelValidatorConformance, ScriptedModel

TIDES = "The moon's gravity raises the sea twice a day."


def row(text: str, question: str = "") -> Sample:
    return Sample(id="r", input=question, response=text, trace=Trace(parents=("facts.md#1",)))


class AboutAChunk(ModelValidatorConformance):
    """A judge that calls supported what stands in the source word by word, and answers what is asked about tides."""

    __test__ = False

    def model(self) -> ScriptedModel:
        def answer(request, call):
            user = request.messages[-1].content
            listed = re.findall(r"^(\d+)\. (.*)$", user, re.MULTILINE)
            statements = [
                {
                    "number": int(n),
                    "quote": text,
                    "verdict": "supported" if text in TIDES else "not_mentioned",
                }
                for n, text in listed
            ]
            answerable = "yes" if "tide" in user.split("The question:")[-1] else "no"
            asked = {"quote": TIDES[:10], "answerable": answerable}
            keys = request.json_schema["properties"]
            return json.dumps(
                {k: v for k, v in (("statements", statements), ("question", asked)) if k in keys}
            )

        return ScriptedModel(answer, latency_s=0)

    def rows_from(self, rows: Sequence[Sample]) -> list[Sample]:
        chunk = next(chunk for chunk in self.inputs().chunks if TIDES in chunk.text)
        return [replace(row, trace=Trace(parents=(chunk.id,))) for row in rows]


class TestTheJudge(AboutAChunk):
    __test__ = True
    component = "entailment-judge"

    def passing(self) -> Sequence[Sample]:
        return self.rows_from([row(TIDES)])

    def failing(self) -> Sequence[Sample]:
        return self.rows_from([row("Yeast is green."), row(f"{TIDES} 月亮是绿色的。"), row("")])


class TestTheJudgeOfQuestions(AboutAChunk):
    __test__ = True
    component = "entailment-judge-answerable"

    def passing(self) -> Sequence[Sample]:
        return self.rows_from([row("", "What raises the tide?")])

    def failing(self) -> Sequence[Sample]:
        return self.rows_from([row("", "Who baked it?"), row(TIDES)])


class TestTheJudgeOfBoth(AboutAChunk):
    __test__ = True
    component = "entailment-judge"
    options = {"check": "both", "answerable": "partly", "min_supported": 0.5}

    def passing(self) -> Sequence[Sample]:
        return self.rows_from([row(f"{TIDES} It is green.", "What raises the tide?")])

    def failing(self) -> Sequence[Sample]:
        return self.rows_from([row(TIDES, "Who baked it?"), row("It is green.", "What raises the tide?")])
