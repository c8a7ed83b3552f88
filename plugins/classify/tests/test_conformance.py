from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.model import ChatRequest
from datagen_core.testing import GeneratorConformance, make_inputs
from datagen_core.testing.reply_shapes import ReplyShapesConformance


class TestClassify(GeneratorConformance):
    component = "classify"


class TestByLabel(GeneratorConformance):
    component = "classify-by-label"


class TestContrastive(GeneratorConformance):
    component = "classify-contrastive"


class TestBoundary(GeneratorConformance):
    component = "classify-boundary"


class TestDefinition(GeneratorConformance):
    component = "classify-definition"


def texts(request: ChatRequest) -> dict[str, Any]:
    """A good text, with what else the request wants."""
    assert request.json_schema is not None
    good = {"text": "do you hear the sea", "reason": "it asks", "label": "music", "confidence": 0.9}
    return {name: good[name] for name in request.json_schema["properties"]}


class TestRepliesToARequestForAText(ReplyShapesConformance):
    component = "classify"

    def answer(self, request: Any) -> Any:
        return texts(request)


class TestRepliesNearABoundary(ReplyShapesConformance):
    component = "classify-boundary"

    def inputs(self) -> Inputs:
        return make_inputs([("play yesterday", "music")], labels=("music", "weather"))

    def answer(self, request: Any) -> Any:
        return texts(request) | ({"label": self._wanted(request)} if self._is_verifying(request) else {})

    def is_tested(self, request: Any) -> bool:
        return not self._is_verifying(request)

    def _is_verifying(self, request: Any) -> bool:
        return "confidence" in str(request.json_schema)

    def _wanted(self, request: Any) -> str:
        """Each shape makes the same row: of the label that is drawn first."""
        return "music"


class TestRepliesOfTheAnnotator(TestRepliesNearABoundary):
    def is_tested(self, request: Any) -> bool:
        return self._is_verifying(request)

    def another(self, good: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**good, "label": "weather"}


class TestRepliesToARequestForDefinitions(ReplyShapesConformance):
    component = "classify-definition"

    def answer(self, request: Any) -> Any:
        assert request.json_schema is not None
        if "text" in request.json_schema["properties"]:
            return texts(request)
        guide = {"definition": "a wish", "includes": ["asks for it"], "excludes": ["asks for another"]}
        return {name: guide for name in request.json_schema["properties"]}

    def is_tested(self, request: Any) -> bool:
        return "text" not in request.json_schema["properties"]

    def another(self, good: Mapping[str, Any]) -> Mapping[str, Any]:
        return {name: {**guide, "definition": "another wish"} for name, guide in good.items()}
