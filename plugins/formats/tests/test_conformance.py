"""The rows of the suite have labels: with an instruction they become questions with answers."""

from __future__ import annotations

from dataclasses import replace

from datagen_core.sample import Sample
from datagen_core.testing import ExporterConformance

NAMED = {"instruction": "Name the topic."}


class TestTrl(ExporterConformance):
    component = "trl"
    options = NAMED


class TestAxolotl(ExporterConformance):
    component = "axolotl"
    options = NAMED


class TestLlamaFactory(ExporterConformance):
    component = "llama-factory"
    options = NAMED


class TestUnsloth(ExporterConformance):
    component = "unsloth"
    options = NAMED


class TestOpenAI(ExporterConformance):
    component = "openai"
    options = NAMED


class TestChatml(ExporterConformance):
    component = "chatml"
    options = NAMED


class TestAlpaca(ExporterConformance):
    component = "alpaca"
    options = NAMED


class TestShareGpt(ExporterConformance):
    component = "sharegpt"
    options = NAMED


class TestPromptCompletion(ExporterConformance):
    component = "prompt-completion"
    options = NAMED


class TestPreference(ExporterConformance):
    component = "preference"

    def rows(self) -> list[Sample]:
        return [replace(self.row_of(f"answer {at}"), id=f"r{at}") for at in range(9)]

    def row_of(self, text: str) -> Sample:
        pair = {"prompt": "Which one?", "chosen": text, "rejected": "none"}
        return Sample(id="r9", input="Which one?", response=text, fields=pair)
