from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import datagen_plugin_augment
import pytest
from datagen_plugin_augment.config import AugmentConfig
from datagen_plugin_augment.generator import Augment
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from datagen_core import Cell, InputError, Rejection, Sample, Seed
from datagen_core.generator import Generator
from datagen_core.testing import generate, make_inputs, make_request

SEEDS = [
    Seed(id="1", text="fly to Rome at 10:30", label="fly", slots=(("city", "Rome"),)),
    Seed(id="2", text="book a flight to New York", label="fly", slots=(("city", "New York"),)),
    Seed(id="3", text="will it rain in Oslo", label="rain", slots=(("city", "Oslo"),)),
    Seed(id="4", text="how cold is Lima", label="rain", slots=(("city", "Lima"),)),
]
MODES = ["slot-exchange", "frames", "splice", "word-edits"]


def arm(mode: str, seeds: list[Any] = SEEDS, **options: Any) -> Augment:
    words = {"city": ["Paris", "Quito", "Cairo", "Bonn"]} if mode == "frames" else {}
    return Augment(
        AugmentConfig.model_validate({"mode": mode, "words": words, **options}), make_inputs(seeds)
    )


def rows(generator: Augment, n: int, *cells: Cell, **more: Any) -> list[Sample | Rejection]:
    return generate(generator, make_request(n, cells=cells or None, **more))


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_makes_the_labels_asked_for_with_its_lineage(mode: str) -> None:
    made = rows(arm(mode), 6, Cell("fly", 3), Cell("rain", 3))
    assert [row.label for row in made if isinstance(row, Sample)] == ["fly", "rain"] * 3
    for row in made:
        assert isinstance(row, Sample)
        parents = [seed for seed in SEEDS if seed.id in row.trace.parents]
        assert parents and row.trace.parent_id in {s.id for s in SEEDS if s.label == row.label}
        assert row.trace.processing_steps[0].params == {"mode": mode}
        assert row.metadata.method["operator"] == mode
        assert 0 <= row.metadata.method["change_score"] <= 1
        assert row.response not in {seed.text for seed in SEEDS}


@pytest.mark.parametrize("mode", ["splice", "slot-exchange"])
def test_both_seeds_of_a_row_are_its_parents(mode: str) -> None:
    made = rows(arm(mode), 4, Cell("fly", 4))
    assert all(len(row.trace.parents) == 2 for row in made if isinstance(row, Sample))


@pytest.mark.parametrize("mode", MODES)
def test_the_same_request_gives_the_same_rows_also_after_pickling(mode: str) -> None:
    first = arm(mode)
    second = pickle.loads(pickle.dumps(first))
    assert rows(first, 8) == rows(second, 8) == rows(first, 8)
    assert rows(first, 8) != rows(first, 8, batch=1)


@pytest.mark.parametrize("mode", MODES)
@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_no_batch_repeats_a_row_or_a_seed_or_exceeds_its_size(mode: str, number: int) -> None:
    made = rows(arm(mode), 12, seed=number)
    assert len(made) == 12
    texts = [row.response.casefold() for row in made if isinstance(row, Sample)]
    assert len(texts) == len(set(texts))
    assert not set(texts) & {seed.text.casefold() for seed in SEEDS}
    for row in made:
        if isinstance(row, Sample) and row.trace.parent_id == "1" and mode != "splice":
            assert "10:30" in row.response
            assert row.metadata.method["preserved"] == ["10:30"]


def test_a_label_without_a_seed_is_rejected_and_the_rest_of_the_batch_is_made() -> None:
    made = rows(arm("word-edits"), 2, Cell("snow", 1), Cell("rain", 1))
    assert isinstance(made[0], Rejection)
    assert (made[0].reason, made[0].measured) == ("no_seed_for_label", "snow")
    assert isinstance(made[1], Sample)


def test_an_exhausted_mode_rejects_duplicates_after_the_allowed_tries() -> None:
    seeds = [
        Seed(id="1", text="to Rome", slots=(("city", "Rome"),)),
        Seed(id="2", text="in", slots=(("city", "Oslo"),)),
    ]
    made = rows(arm("slot-exchange", seeds, tries=3), 2)
    assert isinstance(made[0], Sample) and made[0].response == "to Oslo"
    assert isinstance(made[1], Rejection)
    assert (made[1].reason, made[1].threshold, made[1].text) == ("duplicate_in_batch", "3 tries", "to Oslo")


def test_a_copy_of_a_seed_up_to_case_and_punctuation_is_rejected_as_no_change() -> None:
    made = rows(arm("word-edits", ["go now", "Now, go!"], operations=["swap"]), 1)
    assert isinstance(made[0], Rejection)
    assert made[0].reason == "no_change"


def test_a_text_without_a_free_word_is_rejected_as_no_change() -> None:
    made = rows(arm("word-edits", ["5"]), 1)
    assert isinstance(made[0], Rejection)
    assert (made[0].reason, made[0].text) == ("no_change", "")


def test_a_change_that_breaks_a_number_is_rejected() -> None:
    seeds = [
        Seed(id="1", text="a 5-day trip", slots=(("unit", "day"),)),
        Seed(id="2", text="nothing", slots=(("unit", "7"),)),
    ]
    made = rows(arm("slot-exchange", seeds), 1)
    assert isinstance(made[0], Rejection)
    assert (made[0].reason, made[0].measured, made[0].text) == ("lost_number", "5", "a 5-7 trip")


def test_labels_are_those_the_mode_can_make() -> None:
    seeds = [("a b", "x"), ("c d", "x"), ("e f", "y")]
    assert arm("word-edits", seeds).labels() == {"x", "y"}
    assert arm("splice", seeds).labels() == {"x"}
    assert arm("splice", seeds).notices() == ("Mode splice can't make: y.",)
    assert arm("splice", ["a b", "c d"]).labels() is None


def test_seeds_without_labels_give_rows_without_labels() -> None:
    made = rows(arm("splice", ["a b", "c d"]), 1)
    assert isinstance(made[0], Sample) and made[0].label is None


@pytest.mark.parametrize(
    ("mode", "seeds", "found"),
    [
        ("word-edits", [], "needs seeds"),
        ("slot-exchange", ["a b"], "no seed has any"),
        ("slot-exchange", [SEEDS[0]], "no seed can be changed"),
        ("splice", ["a b"], "nothing to join"),
    ],
)
def test_seeds_that_cannot_serve_a_mode_are_an_input_error(mode: str, seeds: list[Any], found: str) -> None:
    with pytest.raises(InputError, match=found):
        arm(mode, seeds)


def test_word_lists_in_another_mode_are_an_input_error() -> None:
    with pytest.raises(InputError, match="uses none"):
        arm("splice", words={"city": ["Rome"]})


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "x"},
        {"share": 0},
        {"share": 1.1},
        {"operations": []},
        {"protect": ["("]},
        {"tries": 0},
        {"words": {"a": [" "]}},
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AugmentConfig.model_validate(options)


@pytest.mark.parametrize("mode", ["splice", "word-edits"])
@pytest.mark.parametrize("text", ["x", "中文没有空格", "\ud800 \udfff x", "ab " * 30_000])
def test_odd_seeds_end_in_a_row_or_a_reason(mode: str, text: str) -> None:
    made = rows(arm(mode, [text, "one two three", "four five"], tries=2, share=0.001), 3)
    assert len(made) == 3
    assert all(isinstance(row, Sample) or row.reason for row in made)


def test_the_hook_declares_the_component_and_its_presets() -> None:
    component, *_ = datagen_plugin_augment.datagen_generators()
    assert (component.name, component.needs) == ("augment", ("seeds",))
    assert issubclass(component.load_impl(), Generator)
    assert component.load_config() is AugmentConfig
    assert [preset.name for preset in component.presets] == MODES
    for preset in component.presets:
        assert AugmentConfig.model_validate(dict(preset.options)).mode == preset.name
        assert preset.attributes == {"strategy": preset.name}


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, datagen_plugin_augment as p; p.datagen_generators(); "
        "print({'numpy','pydantic','sklearn','rensa','rapidfuzz','jsonschema_rs'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_seeds_are_drawn_by_the_columns_that_the_coverage_names() -> None:
    languages = ("en", "en", "de", "en")
    seeds = [
        Seed(id=seed.id, text=seed.text, label=seed.label, row={"language": language})
        for seed, language in zip(SEEDS, languages, strict=True)
    ]
    inputs = make_inputs(seeds, coverage={"language": ("en", "de"), "level": ("easy",)})
    one = Augment(AugmentConfig.model_validate({"mode": "word-edits"}), inputs)
    de = (("language", "de"),)
    request = make_request(4, cells=[Cell("rain", 3, de), Cell("fly", 1, de)], inputs=inputs)

    found = generate(one, request)
    (refused,) = (row for row in found if row.trace.parents == ())

    assert one.steers() == {"language"}
    assert [row.trace.parents for row in found if row is not refused] == [("3",)] * 3
    assert isinstance(refused, Rejection)
    assert (refused.reason, refused.measured) == ("no_seed_for_label", "fly, language=de")
