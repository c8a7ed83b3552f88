import json
import re
from pathlib import Path

import yaml
from datagen_plugin_templater.config import TemplaterConfig
from datagen_plugin_templater.generator import Templater

from datagen_core import Cell, InputPath, Sample
from datagen_core.model import ChatRequest
from datagen_core.testing import ScriptedModel, generate, make_inputs, make_request

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def block(language: str, containing: str) -> str:
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    (found,) = [text for text in blocks if containing in text]
    return found


def test_the_readmes_text_grammar_and_word_list_make_rows_of_both_labels(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words/cities.txt").write_text(block("text", "Oslo"), encoding="utf-8")
    (tmp_path / "assistant.yaml").write_text(block("yaml", "GetWeather\n  request"), encoding="utf-8")
    config = TemplaterConfig(grammar=InputPath("assistant.yaml", tmp_path))
    generator = Templater(config, make_inputs(labels=("PlayMusic", "GetWeather")))
    # music: 3 verbs, 4 artists, with and without please; weather: 3 cities, 3 days or none; rain: 3 cities, 3 days
    assert list(generator.notices()) == ["distinct samples: 45 (PlayMusic: 24; GetWeather: 21)"]
    rows = generate(generator, make_request(20))
    assert {row.label for row in rows if isinstance(row, Sample)} == {"PlayMusic", "GetWeather"}


def test_the_readmes_record_grammar_makes_records_that_agree() -> None:
    grammar = yaml.safe_load(block("yaml", "<rating>"))
    generator = Templater(TemplaterConfig(grammar=grammar), make_inputs(labels=("positive", "negative")))
    assert generator.labels() == {"positive", "negative"}
    assert len(generator.notices()) == 1
    for row in generate(generator, make_request(20)):
        assert isinstance(row, Sample)
        assert (
            (row.fields["rating"] == 5) == (row.label == "positive") == row.fields["text"].startswith("these")
        )


def test_the_readmes_grammar_with_slots_makes_records_that_agree() -> None:
    def answer(asked: ChatRequest, _: int) -> str:
        lines = asked.messages[-1].content.splitlines()
        return json.dumps(dict(line[2:].split(": ", 1) for line in lines if line.startswith("- slot_")))

    recipe = yaml.safe_load(block("yaml", "llm_fill:"))
    inputs = make_inputs(labels=tuple(recipe["labels"]), grammar=recipe["grammar"])
    generator = Templater(TemplaterConfig(max_depth=8), inputs)
    assert list(generator.notices()) == [
        "the number of distinct samples isn't known: a model writes parts (llm_fill)"
    ]
    request = make_request(20, cells=[Cell("positive", 10), Cell("negative", 10)])
    for row in generate(generator, request, ScriptedModel(answer, latency_s=0)):
        assert isinstance(row, Sample)
        title, text, sentiment = row.fields["title"], row.fields["text"], row.fields["sentiment"]
        assert title.startswith("An invented name")
        assert ("worth it" in title) == ("praise" in text) == (sentiment == row.label == "positive")
