from __future__ import annotations

from datagen_core.testing import GeneratorConformance

RECORDS = {
    "start": "review",
    "label": "sentiment",
    "bind": ["sentiment"],
    "rules": {
        "review": ['{"text": "<opinion> <thing> <number>", "sentiment": "<sentiment>", "stars": <number>}'],
        "sentiment": ["music", "weather", "restaurant"],
        "opinion": [
            {"template": "<praise>", "when": {"sentiment": "music"}},
            {"template": "<blame>", "when": {"sentiment": ["weather", "restaurant"]}},
        ],
        "praise": ["I like this", "what a fine", "a great"],
        "blame": ["I can't stand this", "what a poor", "a bad"],
        "thing": ["song", "evening", "table", "place"],
        "number": ["1", "2", "3", "4", "5"],
    },
}


class TestTexts(GeneratorConformance):
    component = "templater"


class TestRecords(GeneratorConformance):
    component = "templater"
    options = {"grammar": RECORDS}
