from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from datagen_plugin_classify.config import ClassifyConfig
from datagen_plugin_classify.generator import Classify

import datagen_core
from datagen_core.generator import Cell
from datagen_core.inputs import Inputs
from datagen_core.sample import Sample
from datagen_core.testing import generate, make_inputs, make_request

SNIPS = Path(__file__).parents[3] / "recipes/data/snips7/seeds.jsonl"
MODES = ("by-label", "contrastive", "boundary", "definition")
RECIPE = """
name: reviews
task: sentiment classification
num_samples: 24
labels: {a: 3, b: 1}
coverage: {channel: {chat: 2, mail: 1}}
task_input: {description: Reviews of a shop.}
models: {generator: openai/gpt-4o-mini}
arms: [classify-by-label, classify-contrastive, classify-boundary, classify-definition]
validators: []
batch_size: 5
"""


def test_shares_of_labels_and_of_a_coverage_key_are_exact_in_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """24 rows: 18 of a and 6 of b, of each a third by mail."""
    monkeypatch.chdir(tmp_path)
    Path("reviews.yaml").write_text(RECIPE, encoding="utf-8")

    results = datagen_core.run("reviews.yaml", model="rehearsal", cache="cache", out="run")

    rows = [json.loads(line) for line in Path("run/data.jsonl").read_text(encoding="utf-8").splitlines()]
    assert results.status == "complete"
    found = Counter((row["label"], row["metadata"]["method"]["channel"]) for row in rows)
    assert found == {("a", "chat"): 12, ("a", "mail"): 6, ("b", "chat"): 4, ("b", "mail"): 2}
    assert {row["metadata"]["arm"] for row in rows} > {"classify-by-label"}


def snips() -> Inputs:
    rows = [json.loads(line) for line in SNIPS.read_text(encoding="utf-8").splitlines()]
    return make_inputs([(row["text"], row["label"]) for row in rows], domain="voice assistant")


def complaints() -> Inputs:
    """Labels of three scripts, seeds for two of them."""
    seeds = [("我买的东西坏了", "退货_申请"), ("东西不想要了", "退货_申请"), ("الخدمة سيئة جدا", "شكوى")]
    return make_inputs(seeds, labels=("退货_申请", "شكوى", "ЖалобаКлиента"), languages=("zh", "ar", "ru"))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("given", [snips, complaints])
def test_each_mode_serves_each_label_of_real_sets_and_of_any_script(given, mode: str) -> None:
    inputs = given()
    cells = [Cell(label, 3) for label in inputs.labels]
    request = make_request(3 * len(cells), inputs=inputs, cells=cells)

    rows = generate(Classify(ClassifyConfig(mode=mode, allow_label_name=True), inputs), request)

    assert len(rows) == 3 * len(cells)
    wanted = request.wanted()
    made = [(row.label, label) for row, label in zip(rows, wanted, strict=True) if isinstance(row, Sample)]
    assert made and all(label == asked for label, asked in made)
    assert {row.reason for row in rows if not isinstance(row, Sample)} <= {"label_not_confirmed"}
