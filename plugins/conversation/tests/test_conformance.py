from __future__ import annotations

from datagen_core.inputs import Inputs
from datagen_core.testing import GeneratorConformance, make_inputs


class TestConversation(GeneratorConformance):
    component = "conversation"

    def inputs(self) -> Inputs:
        return make_inputs(domain="gardening", languages=("en", "de"))


class TestSelfChat(GeneratorConformance):
    component = "conversation-self-chat"


class TestTwoModel(GeneratorConformance):
    component = "conversation-two-model"
    options = {
        "topics": ["gardening", "tides"],
        "max_rounds": 2,
        "subtopics": 3,
        "questions": 2,
        "system": "You are a pirate.",
    }


class TestMagpie(GeneratorConformance):
    component = "conversation-magpie"
    options = {"template": "gemma", "max_rounds": 2}
