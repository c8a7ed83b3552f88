from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from datagen_core.sample import Metadata, Sample, Trace
from datagen_core.testing import ModelValidatorConformance, ScriptedModel

TIDES = "The moon's gravity raises the sea twice a day."


class TestAnswerability(ModelValidatorConformance):
    """A judge that finds an answer to what is asked about tides, whichever the passages."""

    component = "answerability"

    def model(self) -> ScriptedModel:
        def answer(request, call):
            asked = request.messages[-1].content.split("The question:")[-1]
            found = (
                {"quotes": [TIDES], "answerable": "yes"}
                if "tide" in asked
                else {"quotes": [], "answerable": "no"}
            )
            return json.dumps(found)

        return ScriptedModel(answer, latency_s=0)

    def about(self, question: str, **noted: object) -> Sample:
        chunk = next(chunk for chunk in self.inputs().chunks if TIDES in chunk.text)
        row = Sample(id="r", input=question, response="Twice.", trace=Trace(parents=(chunk.id,)))
        return replace(row, metadata=Metadata(method={"chunk_id": chunk.id, **noted}))

    def passing(self) -> Sequence[Sample]:
        return [self.about("What raises the tide?"), self.about("Who bakes it?", answerable=False)]

    def failing(self) -> Sequence[Sample]:
        return [
            self.about("月亮是什么？"),
            self.about("What raises the tide?", answerable=False),
            self.about(" "),
        ]
