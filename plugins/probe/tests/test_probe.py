from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import datagen_plugin_probe
import pytest
from datagen_plugin_probe.config import ProbeConfig
from datagen_plugin_probe.probe import Probe
from datagen_plugin_probe.student import same_text
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from datagen_core import Evaluation, InputError, Metadata
from datagen_core.testing import make_inputs, make_samples

# With the seeds alone "windy outside" has no known word and falls to the first class, so 3 of 4 are right.
SEEDS = [("play a song", "music"), ("rain today", "weather")]
TEST = [
    ("play jazz", "music"),
    ("rain tonight", "weather"),
    ("sing louder", "music"),
    ("windy outside", "weather"),
]
WINDY, SING = ("windy evening", "weather"), ("sing now", "music")


def write(path, rows):
    path.write_text("".join(json.dumps({"text": t, "label": y}) + "\n" for t, y in rows), encoding="utf-8")
    return str(path)


@pytest.fixture
def build(tmp_path):
    def make(seeds=SEEDS, test=TEST, **more):
        files = {name: write(tmp_path / f"{name}.jsonl", rows) for name, rows in more.items()}
        config = ProbeConfig(test=write(tmp_path / "test.jsonl", test), **files)
        return Probe(config, make_inputs(seeds))

    return make


def samples_of(**arms):
    return [
        replace(sample, id=f"{arm}{sample.id}", metadata=Metadata(arm=arm))
        for arm, rows in arms.items()
        for sample in make_samples(rows)
    ]


def table(evaluation, title):
    return {row[0]: row[1:] for t in evaluation.tables if t.title == title for row in t.rows}


def test_accuracy_gap_and_baselines_are_the_ones_seen_by_eye(build):
    found = build(train=[*SEEDS, *TEST], development=[("rain now", "weather")]).evaluate(
        make_samples([WINDY, SING])
    )
    metrics = dict(found.metrics)
    assert metrics["seeds_accuracy"] == 0.75
    assert metrics["accuracy"] == metrics["train_accuracy"] == 1.0
    assert metrics["gap_closed"] == 1.0
    assert metrics["macro_f1"] == 1.0
    assert (metrics["accuracy_low"], metrics["accuracy_high"]) == pytest.approx((0.5101, 1.0), abs=1e-4)


def test_the_table_has_a_row_for_each_training_set_in_order(build):
    found = build(train=TEST, development=[("rain now", "weather")]).evaluate(make_samples([WINDY, SING]))
    rows = table(found, "Test accuracy")
    assert {name: row[0] for name, row in rows.items()} == {
        "seeds": 2,
        "seeds + development": 3,
        "generated": 2,
        "seeds + generated": 4,
        "seeds + development + generated": 5,
        "all real train": 4,
    }
    assert list(rows)[-1] == "all real train"
    assert rows["seeds"][-1] is None and rows["all real train"][-1] is None
    assert rows["seeds + generated"][-1] == 1.0


def test_without_a_training_set_no_gap_is_reported(build):
    found = build().evaluate(make_samples([WINDY, SING]))
    assert "gap_closed" not in found.metrics and "train_accuracy" not in found.metrics
    assert "seeds_dev_accuracy" not in found.metrics


def test_a_training_set_no_better_than_the_seeds_gives_no_gap(build):
    found = build(train=SEEDS).evaluate(make_samples([WINDY, SING]))
    assert found.metrics["train_accuracy"] == found.metrics["seeds_accuracy"]
    assert "gap_closed" not in found.metrics


def test_development_rows_count_as_labels_in_a_gap_of_their_own(build):
    # 'windy outside' is learned from the development row, 'sing louder' from the generated one
    found = build(train=[*SEEDS, *TEST], development=[("windy morning", "weather")]).evaluate(
        make_samples([SING])
    )
    assert found.metrics["gap_closed"] == 0.0
    assert found.metrics["seeds_dev_accuracy"] == 0.75
    assert found.metrics["seeds_dev_generated_accuracy"] == 1.0
    assert found.metrics["gap_closed_beyond_dev"] == 1.0
    assert any("development rows are labels" in note for note in found.notes)


def test_an_arm_is_worth_what_is_lost_without_it(build):
    found = build().evaluate(samples_of(storms=[WINDY], songs=[SING]))
    arms = table(found, "Worth of each arm")
    assert arms["storms"][:3] == (1, 0.75, 25.0)
    assert arms["songs"][:3] == (1, 0.75, 25.0)
    assert arms["songs"][3] > 0


def test_an_arm_with_swapped_labels_has_a_negative_worth_and_comes_last(build):
    wrong = [("play jazz", "weather"), ("play jazz now", "weather"), ("rain tonight", "music")] * 3
    found = build().evaluate(samples_of(wrong=wrong, good=[WINDY, SING]))
    arms = table(found, "Worth of each arm")
    assert list(arms) == ["good", "wrong"]
    assert arms["good"][2] > 0 > arms["wrong"][2]


def test_the_only_arm_is_measured_against_the_seeds(build):
    arms = table(build().evaluate(samples_of(only=[WINDY, SING])), "Worth of each arm")
    assert arms["only"][:3] == (2, 1.0, 25.0)


def test_the_only_arm_without_seeds_has_no_worth_to_compare(build):
    arms = table(build(seeds=()).evaluate(samples_of(only=[WINDY, SING])), "Worth of each arm")
    assert arms["only"] == (2, 0.75, None, None)


def test_nothing_accepted_is_said_and_the_baselines_stay(build):
    found = build(train=TEST).evaluate([])
    assert "nothing was accepted: only the baselines are reported" in found.notes
    assert dict(found.metrics) == {"seeds_accuracy": 0.75, "train_accuracy": 1.0}
    assert [t.title for t in found.tables] == ["Test accuracy"]


def test_without_seeds_the_headline_is_the_generated_rows_alone(build):
    found = build(seeds=()).evaluate(make_samples([WINDY, SING]))
    assert list(table(found, "Test accuracy")) == ["generated"]
    assert found.metrics["accuracy"] == found.metrics["generated_only_accuracy"]
    assert "seeds_accuracy" not in found.metrics


def test_nothing_at_all_is_an_evaluation_without_figures(build):
    found = build(seeds=()).evaluate([])
    assert dict(found.metrics) == {}
    assert found.tables[0].rows == ()


def test_generated_rows_that_equal_a_test_text_are_counted_and_left_out_in_a_row_of_their_own(build):
    leaked = [("Windy,  OUTSIDE!", "weather"), SING]
    found = build().evaluate(make_samples(leaked))
    assert any(note.startswith("1 of 2 rows of 'generated' equal a test text") for note in found.notes)
    assert found.metrics["accuracy"] == 1.0
    assert found.metrics["accuracy_without_test_texts"] == 0.75
    assert table(found, "Test accuracy")["seeds + generated, without test texts"][0] == 3


def test_a_clean_dataset_has_no_note_of_contamination(build):
    found = build().evaluate(make_samples([WINDY, SING]))
    assert not any("equal a test text" in note for note in found.notes)
    assert "accuracy_without_test_texts" not in found.metrics


def test_texts_are_the_same_but_for_case_spacing_and_punctuation():
    assert same_text("Play  it, NOW!") == same_text("play it now")
    assert same_text("play it") != same_text("play that")
    assert same_text("!!!") != same_text("???")


def test_rows_without_a_label_are_left_aside_and_counted(build):
    found = build(seeds=[*SEEDS, "no class"]).evaluate(make_samples([WINDY, SING, "what is this"]))
    assert found.metrics["accuracy"] == 1.0
    assert "1 generated rows have no label and were left aside" in found.notes
    assert "1 seeds have no label and were left aside" in found.notes


def test_a_test_class_that_no_row_has_is_named(build):
    found = build(test=[*TEST, ("book a table", "food")]).evaluate(make_samples([WINDY]))
    assert "no seed and no generated row has these test classes: food" in found.notes


def test_the_gain_over_the_seeds_is_noted_with_its_noise(build):
    notes = build().evaluate(make_samples([WINDY, SING])).notes
    assert notes[0].startswith(
        "student model: TF-IDF (word 1–2-grams, sublinear) + logistic regression, C = 10"
    )
    # gained 1, lost 0 of 4: (1.5 - 0.5) / 6 = 16.7 ± 1.96 √((2/6 - 1/36) / 6) = 44.2
    assert any(
        note.startswith("'seeds + generated' against 'seeds': +25.0 points (95% interval -27.6 to +60.9")
        and "within noise where below 44.2" in note
        for note in notes
    )


@pytest.mark.parametrize("role", ["test", "train", "development"])
def test_a_reference_row_without_a_label_is_refused_with_its_place(build, role):
    with pytest.raises(InputError, match=r"1 of 2 .* rows have no label, the first is row 2") as error:
        build(**{role: [("play jazz", "music"), ("rain", None)]})
    assert error.value.where.endswith(f"{role}.jsonl")


def test_every_fit_is_announced(build):
    steps = []
    build().evaluate(samples_of(storms=[WINDY], songs=[SING]), steps.append)
    assert steps == [
        "probe: seeds (2 rows)",
        "probe: generated (2 rows)",
        "probe: seeds + generated (4 rows)",
        "probe: storms alone (3 rows)",
        "probe: without storms (3 rows)",
        "probe: songs alone (3 rows)",
        "probe: without songs (3 rows)",
    ]


def test_an_evaluation_survives_its_json_form_and_a_second_time_is_equal(build):
    probe, samples = build(train=TEST), samples_of(storms=[WINDY], songs=[SING])
    found = probe.evaluate(samples)
    assert probe.evaluate(samples) == found
    assert Evaluation.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_rows_without_words_teach_nothing_and_crash_nothing(build):
    rows = [("?", "music"), ("", "weather"), ("x", "weather")]
    found = build(seeds=()).evaluate(make_samples(rows))
    assert table(found, "Test accuracy")["generated"] == (None,) * 6
    assert "accuracy" not in found.metrics


def test_rows_of_one_class_predict_that_class(build):
    found = build(seeds=()).evaluate(make_samples([("?", "weather"), ("rain", "weather")]))
    assert found.metrics["accuracy"] == 0.5


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.text(st.characters(), max_size=20), st.sampled_from(["music", "weather", "odd"])))
)
def test_any_text_gives_figures_in_range(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("probe") / "test.jsonl"
    found = Probe(ProbeConfig(test=write(path, TEST)), make_inputs(SEEDS)).evaluate(make_samples(rows))
    assert all(0 <= value <= 1 for value in found.metrics.values())


def test_lone_surrogates_and_a_very_long_row_are_survived(build):
    found = build().evaluate(make_samples([("\ud800 rain", "weather"), ("windy " * 170_000, "weather")]))
    assert 0 <= found.metrics["accuracy"] <= 1


@pytest.mark.parametrize("option", [{"c": 0}, {"confidence": 1.0}, {"confidence": 0.4}, {"tets": "x"}])
def test_options_out_of_range_or_unknown_are_refused(option):
    with pytest.raises(ValidationError):
        ProbeConfig(test="t.jsonl", **option)


def test_the_hook_declares_the_probe_and_what_it_names_loads():
    (component,) = datagen_plugin_probe.datagen_evaluators()
    assert component.name == "probe"
    assert component.load_impl() is Probe
    assert component.load_config() is ProbeConfig


def test_the_declaration_loads_nothing_heavy():
    code = (
        "import sys, datagen_plugin_probe as p; p.datagen_evaluators();"
        "print(*({'numpy','pydantic','sklearn','rensa','rapidfuzz','jsonschema_rs'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
