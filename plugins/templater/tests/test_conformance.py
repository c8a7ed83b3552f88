from __future__ import annotations

from typing import Any

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


WRITTEN: dict[str, Any] = {
    "start": "request",
    "label": "intent",
    "bind": ["intent"],
    "rules": {
        "intent": ["music", "weather", "restaurant"],
        "request": [
            {"llm_fill": {"prompt": "Ask for a song."}, "when": {"intent": "music"}},
            {"template": "<please> <where?>", "when": {"intent": ["weather", "restaurant"]}},
        ],
        "please": [{"llm_fill": {"prompt": "Ask for help."}}, "tell me more", "help me"],
        "where": ["in <town>"],
        "town": [{"llm_fill": {"prompt": "A town."}}, "Oslo", "Lima"],
    },
}


class TestBalanced(GeneratorConformance):
    component = "templater-balanced"
    options = {"grammar": WRITTEN}


class TestExploratoryRecords(GeneratorConformance):
    component = "templater-exploratory"
    options = {
        "grammar": {
            "start": "row",
            "label": "intent",
            "bind": ["intent", "town"],
            "rules": {
                **WRITTEN["rules"],
                "row": ['{"text": "<request>", "intent": "<intent>", "town": "<town>", "n": <n>}'],
                "n": ["1", "2", "3"],
            },
        }
    }


class TestConservativeWithoutSlots(GeneratorConformance):
    component = "templater-conservative"
