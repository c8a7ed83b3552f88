from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from datagen_core import Inputs
from datagen_core.testing import ReplyShapesConformance

TIDES = "The moon's gravity raises the sea twice a day."


def wants(request: Any) -> str:
    """What a request asks for, by the first key of its schema."""
    return next(iter(request.json_schema["properties"]))


class OfRag(ReplyShapesConformance):
    """Good replies to all calls; one kind of call gets odd ones."""

    __test__ = False
    component = "rag"
    tested: ClassVar[str] = "question"

    def answer(self, request: Any) -> Any:
        quote = TIDES if TIDES in request.messages[-1].content else "rises faster"
        return {
            "question": {"question": "How often does the sea rise by the tides of the moon's gravity?"},
            "statements": {"statements": [{"quote": TIDES, "text": "It rises twice a day."}]},
            "steps": {"steps": [{"thought": "It says so.", "quote": quote}], "answer": "Twice or so."},
            "quotes": {"quotes": [], "answerable": "no"},
        }[wants(request)]

    def is_tested(self, request: Any) -> bool:
        return wants(request) == self.tested

    def another(self, good: Mapping[str, Any]) -> Mapping[str, Any]:
        if "statements" in good:
            return {"statements": [*good["statements"], *good["statements"]]}
        return super().another(good)

    def inputs(self) -> Inputs:
        found = super().inputs()
        return replace(found, chunks=found.chunks[:2])


class TestQuestions(OfRag):
    __test__ = True


class TestAnswers(OfRag):
    __test__ = True
    tested = "statements"


class TestReasonedAnswers(OfRag):
    __test__ = True
    component = "rag-distractors"
    options: ClassVar[Mapping[str, Any]] = {"k": 2}
    tested = "steps"


class TestChecks(OfRag):
    __test__ = True
    component = "rag-unanswerable"
    tested = "quotes"

    def another(self, good: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**good, "answerable": "yes"}
