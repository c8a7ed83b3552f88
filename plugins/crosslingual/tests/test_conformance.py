from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.testing import GeneratorConformance, make_inputs
from datagen_core.testing.reply_shapes import ReplyShapesConformance

SOURCE = "A robe takes 2 bolts of blue fiber and half that much white fiber."
TARGET = "Ein Kleid erfordert 2 Knäuel blaue Wolle und halb so viel weiße Wolle."


class TestCrosslingual(GeneratorConformance):
    component = "crosslingual"
    options = {"to": "de"}


class TestNativeLanguage(GeneratorConformance):
    component = "native-language"
    options = {"to": ["en", "de", "ja"]}


class _Replies(ReplyShapesConformance):
    component = "crosslingual"
    options = {"to": "de", "repairs": 0}

    def inputs(self) -> Inputs:
        return make_inputs([SOURCE])

    def answer(self, request: Any) -> Any:
        return {"response": SOURCE if self._is_back(request) else TARGET}

    def _is_back(self, request: Any) -> bool:
        return bool(request.messages[0].content.startswith("You help someone"))


class TestRepliesToARequestForATranslation(_Replies):
    def is_tested(self, request: Any) -> bool:
        return not self._is_back(request)


class TestRepliesToARequestForTheWayBack(_Replies):
    def is_tested(self, request: Any) -> bool:
        return self._is_back(request)


class TestRepliesToARequestForANativeText(ReplyShapesConformance):
    component = "native-language"
    options = {"to": "de", "output": "pair"}

    def answer(self, request: Any) -> Any:
        return {
            "input": "Wann fährt der nächste Zug zum Hafen?",
            "response": "Um zehn nach sieben, vom Gleis vier.",
        }

    def another(self, good: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**good, "response": "Das steht auf der Tafel am Bahnsteig."}
