import re
from pathlib import Path

import yaml
from datagen_plugin_templater.config import TemplaterConfig
from datagen_plugin_templater.generator import Templater

from datagen_core import InputPath, Sample
from datagen_core.testing import generate, make_inputs, make_request

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
