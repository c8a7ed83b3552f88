from __future__ import annotations

from datagen_core.testing import GeneratorConformance


class TestAugment(GeneratorConformance):
    component = "augment"


class TestSlotExchange(GeneratorConformance):
    component = "augment-slot-exchange"


class TestFrames(GeneratorConformance):
    component = "augment-frames"
    options = {
        "words": {
            "artist": ["queen", "adele", "prince"],
            "city": ["bergen", "quito", "athens"],
            "cuisine": ["korean", "spanish", "indian"],
        }
    }


class TestSplice(GeneratorConformance):
    component = "augment-splice"


class TestWordEdits(GeneratorConformance):
    component = "augment-word-edits"
