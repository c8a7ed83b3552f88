"""The rows of the suite have labels: with an instruction they become questions with answers; judged rows are made."""

from __future__ import annotations

from dataclasses import replace

from datagen_core.sample import Sample
from datagen_core.testing import ExporterConformance

NAMED = {"instruction": "Name the topic."}


class TestTrl(ExporterConformance):
    component = "trl"
    options = NAMED


class TestTrlPromptCompletion(ExporterConformance):
    component = "trl-prompt-completion"
    options = NAMED


class TestTrlPromptOnly(ExporterConformance):
    component = "trl-prompt-only"
    options = NAMED


class TestTrlText(ExporterConformance):
    component = "trl-text"

    def rows(self) -> list[Sample]:
        return [replace(self.row_of(f"text {at}"), id=f"r{at}") for at in range(9)]

    def row_of(self, text: str) -> Sample:
        return Sample(id="r9", response=f"Said: {text}")


class TestAxolotl(ExporterConformance):
    component = "axolotl"
    options = NAMED


class TestAxolotlAlpaca(ExporterConformance):
    component = "axolotl-alpaca"
    options = NAMED


class TestLlamaFactory(ExporterConformance):
    component = "llama-factory"
    options = NAMED


class TestLlamaFactoryAlpaca(ExporterConformance):
    component = "llama-factory-alpaca"
    options = NAMED


class TestLlamaFactoryOpenAI(ExporterConformance):
    component = "llama-factory-openai"
    options = NAMED


class TestUnsloth(ExporterConformance):
    component = "unsloth"
    options = NAMED


class TestOpenAI(ExporterConformance):
    component = "openai"
    options = NAMED


class TestOpenAIRft(ExporterConformance):
    component = "openai-rft"
    options = NAMED


class TestChatml(ExporterConformance):
    component = "chatml"
    options = NAMED


class TestChatmlText(ExporterConformance):
    component = "chatml-text"
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


class Judged(ExporterConformance):
    """Suites whose rows are two answers, of which one is better."""

    def rows(self) -> list[Sample]:
        return [replace(self.row_of(f"answer {at}"), id=f"r{at}") for at in range(9)]

    def row_of(self, text: str) -> Sample:
        pair = {"prompt": "Which one?", "chosen": text, "rejected": "none"}
        return Sample(id="r9", input="Which one?", response=text, fields=pair)


class TestPreference(Judged):
    component = "preference"


class TestTrlPreference(Judged):
    component = "trl-preference"


class TestAxolotlDpo(Judged):
    component = "axolotl-dpo"


class TestOpenAIDpo(Judged):
    component = "openai-dpo"


class TestTrlUnpaired(Judged):
    component = "trl-unpaired"

    def row_of(self, text: str) -> Sample:
        rated = {"prompt": "Which one?", "completion": text, "label": True}
        return Sample(id="r9", input="Which one?", response=text, fields=rated)


class TestTrlStepwise(Judged):
    component = "trl-stepwise"

    def row_of(self, text: str) -> Sample:
        solved = {"prompt": "Which one?", "completions": [text], "labels": [True]}
        return Sample(id="r9", input="Which one?", response=text, fields=solved)
