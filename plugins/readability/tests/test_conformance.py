from __future__ import annotations

from collections.abc import Sequence

from datagen_core.sample import Sample
from datagen_core.testing import ValidatorConformance
from datagen_core.testing.toy_data import make_samples


class TestReadability(ValidatorConformance):
    component = "readability"
    options = {"audience": "child", "min_words": 4}

    def failing(self) -> Sequence[Sample]:
        return make_samples(
            ["Institutional accountability necessitates considerable organisational transparency."]
        )


class TestLix(ValidatorConformance):
    component = "readability"
    options = {"metric": "lix", "max": 30, "min_words": 5, "unsure": "reject", "undefined": "reject"}
