from __future__ import annotations

from datagen_core.inputs import Inputs
from datagen_core.testing import GeneratorConformance, make_inputs

TEXTS = (
    "Is the bakery in Elm Street open on Sundays?",
    "How do I return a lamp that arrived broken?",
    "My parcel 4711 hasn't come; where is it?",
)


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


class TestParaphrase(GeneratorConformance):
    component = "paraphrase"
    options = {"entailment": False}


class TestParaphraseCareful(GeneratorConformance):
    component = "paraphrase-careful"
    options = {"repairs": 0}


class TestParaphraseQuick(GeneratorConformance):
    component = "paraphrase-quick"
    options = {"embedder": "generator", "min_cosine_similarity": -1, "repairs": 0}


class TestStyle(GeneratorConformance):
    component = "style"
    options = {"margin": 0.5, "entailment": False, "repairs": 0}


class TestDomainTransfer(GeneratorConformance):
    component = "domain-transfer"
    options = {"target_domains": ["aviation", "gardening"], "repairs": 0}

    def inputs(self) -> Inputs:
        return make_inputs(TEXTS)
