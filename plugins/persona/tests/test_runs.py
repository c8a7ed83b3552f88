from __future__ import annotations

import json
import re
from collections import Counter
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_persona.diversity import diversity

import datagen_core

README = Path(__file__).parents[1] / "README.md"
TEXTS = [
    "The second hive lost its queen in April.",
    "Torque the M8 bolts in a cross pattern.",
    "Patients who forget the morning dose should take it later.",
    "The soprano enters a bar late on purpose.",
    "A dry autumn leaves the clay so hard that the seed drill skips.",
    "The glacier's tongue has drawn back forty metres.",
]
RECIPE = """
name: questions
task: questions to a library
num_samples: 18
unlabelled: texts.txt
models: {{generator: openai/gpt-4o-mini}}
arms: [{{use: persona, with: {options}}}]
validators: []
batch_size: 4
window: 1
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("texts.txt").write_text("\n".join(TEXTS), encoding="utf-8")
    return tmp_path


def rows_of(name: str, recipe: str) -> list[dict[str, Any]]:
    Path(f"{name}.yaml").write_text(recipe, encoding="utf-8")
    results = datagen_core.run(f"{name}.yaml", model="rehearsal", cache="cache", out=name)
    assert results.status == "complete"
    text = Path(name, "data.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_texts_and_personas_are_covered_evenly_in_a_run() -> None:
    """18 rows of 6 texts, by batches of 4: 3 rows of each text, each of a persona of its own."""
    rows = rows_of("run", RECIPE.format(options="{depth: 0}"))
    assert sorted(Counter(row["trace"]["parent_id"] for row in rows).values()) == [3] * 6
    assert set(Counter(row["metadata"]["method"]["persona_id"] for row in rows).values()) == {1}


def test_diversity_with_and_without_personas_is_reported_on_the_same_seeds() -> None:
    """As the README does it. The texts are a rehearsal's: what is tested is that both are measured alike."""
    found = {}
    for name, options in (("with", "{depth: 0}"), ("without", "{with_personas: false}")):
        rows = rows_of(name, RECIPE.format(options=options))
        found[name] = diversity([row["response"] for row in rows])
        assert all(("method" in row["metadata"]) is (name == "with") for row in rows)
    for one in found.values():
        assert (one.texts, one.compared) == (18, 18)
        assert 0 < one.distinct_1 < one.distinct_2 <= 1 and 0 < one.mean_similarity < 1
    assert found["with"].distinct_1 > found["without"].distinct_1, (
        "topics of 18 personas, against those of a task"
    )
    assert found["with"].mean_similarity < found["without"].mean_similarity


def test_the_readmes_way_from_personas_to_rows_of_other_arms_works() -> None:
    """Run 1 makes personas; run 2 writes records about them with naive, run 3 rows from their view."""
    if "datagen-plugin-naive" not in {one.metadata["Name"] for one in metadata.distributions()}:
        pytest.skip("naive isn't installed")
    blocks = dict(
        re.findall(r'```yaml title="([\w-]+)\.yaml"\n(.*?)```', README.read_text(encoding="utf-8"), re.DOTALL)
    )
    made = rows_of("personas", blocks["personas"])
    Path("personas.jsonl").write_text(
        "\n".join(json.dumps({"id": row["id"], **row["fields"]}) for row in made), encoding="utf-8"
    )
    personas = {row["response"] for row in made}

    records = rows_of("records", blocks["records"])
    letters = rows_of("letters", blocks["letters"])

    assert Counter(row["fields"]["persona"] for row in records) == dict.fromkeys(personas, 1)
    assert all(row["fields"]["question"] for row in records)
    assert Counter(row["metadata"]["method"]["persona"] for row in letters) == dict.fromkeys(personas, 2)
