from __future__ import annotations

from datagen_core.testing import ValidatorConformance


class TestRules(ValidatorConformance):
    component = "rules"
    options = {
        "min_words": 3,
        "max_chars": 200,
        "max_sentences": 2,
        "charset": "latin",
        "forbid": ["(?i)lorem ipsum"],
        "max_repetition_rate": 0.5,
        "max_run": 5,
        "labels": True,
    }
