from __future__ import annotations

import json
import math
import pickle
import subprocess
import sys

import datagen_plugin_dev_gain
import pytest
from datagen_plugin_dev_gain.config import DevGainConfig
from datagen_plugin_dev_gain.dev_gain import MIN_PROBABILITY, DevGain
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from datagen_core import InputError, Outcome
from datagen_core.testing import make_inputs, make_samples

SEEDS = [
    ("play a song", "music"),
    ("put on some jazz", "music"),
    ("rain today", "weather"),
    ("is it cold there", "weather"),
]
DEVELOPMENT = [
    ("start the next album", "music"),
    ("play the radio", "music"),
    ("will the wind be strong", "weather"),
    ("a cold and windy evening", "weather"),
]
GOOD = [
    ("start an album", "music"),
    ("strong wind tomorrow", "weather"),
    ("the next radio please", "music"),
    ("windy evening ahead", "weather"),
    ("album radio next", "music"),
    ("wind will be up", "weather"),
]
BAD = [(text, "music" if label == "weather" else "weather") for text, label in GOOD]


def reward_of(folder, development=DEVELOPMENT, seeds=SEEDS, **options):
    path = folder / "development.jsonl"
    path.write_text("".join(json.dumps({"text": t, "label": y}) + "\n" for t, y in development))
    return DevGain(DevGainConfig(development=str(path), **options), make_inputs(seeds))


@pytest.fixture(scope="module")
def reward(tmp_path_factory):
    return reward_of(tmp_path_factory.mktemp("dev-gain"))


def outcome(rows, requested=6, novel=None, **more):
    samples = tuple(make_samples(rows))
    distinct = len({sample.content_hash for sample in samples})
    return Outcome(
        requested=requested,
        generated=len(samples),
        passed=samples,
        novel=distinct if novel is None else novel,
        **more,
    )


def test_rows_that_teach_earn_more_than_a_half_and_swapped_labels_less(reward):
    assert reward.score(outcome(GOOD)).value > 0.75
    assert reward.score(outcome(BAD)).value < 0.25


def test_the_log_losses_are_scikit_learns_with_the_weight_of_data_held_level(reward):
    found = reward.score(outcome(GOOD)).components

    def expected(rows):
        vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        model = LogisticRegression(C=10 * len(SEEDS) / len(rows), max_iter=1000)
        model.fit(vectorizer.fit_transform([t for t, _ in rows]), [y for _, y in rows])
        probabilities = model.predict_proba(vectorizer.transform([t for t, _ in DEVELOPMENT]))
        return log_loss([y for _, y in DEVELOPMENT], probabilities, labels=model.classes_)

    assert found["dev_log_loss_seeds"] == pytest.approx(expected(SEEDS), abs=1e-6)
    assert found["dev_log_loss_batch"] == pytest.approx(expected([*SEEDS, *GOOD]), abs=1e-6)


def test_the_value_follows_from_its_components(reward):
    found = reward.score(outcome(GOOD, requested=12, novel=5, quality=0.7))
    parts = found.components
    assert parts["gain"] == parts["dev_log_loss_seeds"] - parts["dev_log_loss_batch"]
    assert parts["relative_gain"] == parts["gain"] / (parts["dev_log_loss_seeds"] * (12 / 16))
    assert parts["mapped"] == 0.5 + 0.5 * math.tanh(parts["relative_gain"] / 0.25)
    assert parts["usable_share"] == parts["novel_share"] == 5 / 12
    assert parts["pass_rate"] == 0.5
    assert parts["quality"] == 0.7
    assert found.value == parts["mapped"] * parts["usable_share"]


def test_nothing_passed_is_zero_with_components(reward):
    found = reward.score(outcome([]))
    assert found.value == 0.0
    assert found.components["gain"] == 0.0
    assert found.components["mapped"] == 0.5
    assert "quality" not in found.components


def test_an_empty_request_is_zero(reward):
    assert reward.score(outcome([], requested=0)).value == 0.0


def test_copies_and_shuffles_of_the_seeds_have_no_effect_and_earn_nothing(reward):
    shuffled = [(" ".join(reversed(text.split())), label) for text, label in SEEDS]
    for rows in (SEEDS, shuffled):
        found = reward.score(outcome(rows, requested=4))
        assert found.components["mapped"] == 0.5
        assert found.value == 0.0


def test_rows_without_a_label_earn_nothing(reward):
    assert reward.score(outcome([text for text, _ in GOOD])).value == 0.0


def test_a_leaked_development_row_earns_nothing(reward):
    assert reward.score(outcome(DEVELOPMENT)).value == 0.0


def test_a_row_of_a_class_that_no_seed_has_is_scored(reward):
    found = reward.score(outcome([("book a table", "food"), ("reserve dinner", "food")]))
    assert found.components["gain"] < 0


def test_returning_fewer_good_rows_earns_less(reward):
    values = [reward.score(outcome(GOOD[:k])).value for k in (0, 2, 4, 6)]  # a row of each class more
    assert values == sorted(values)
    assert len(set(values)) == len(values)


def test_spending_more_changes_nothing(reward):
    assert reward.score(outcome(GOOD, cost=9.0)) == reward.score(outcome(GOOD))


def test_batches_are_measured_alike_whatever_came_before(reward):
    first = reward.score(outcome(GOOD))
    reward.score(outcome(BAD))
    assert reward.score(outcome(GOOD)) == first


WORDS = [word for text, _ in [*SEEDS, *DEVELOPMENT, *GOOD] for word in text.split()] + [
    "?",
    "ß",
    "雨",
    "\ud800",
]
ROWS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join),
        st.sampled_from(["music", "weather", "odd", None]),
    ),
    max_size=12,
)


@settings(max_examples=50, deadline=None)
@given(rows=ROWS, requested=st.integers(0, 12), novel=st.integers(0, 12))
def test_a_reward_is_finite_and_never_passes_the_novel_share(reward, rows, requested, novel):
    result = outcome(rows, requested=requested, novel=min(novel, len(rows)))
    found = reward.score(result)
    assert 0.0 <= found.value <= result.novel_share
    assert all(math.isfinite(value) for value in found.components.values())
    assert reward.score(result) == found


@settings(max_examples=50, deadline=None)
@given(rows=ROWS, data=st.data())
def test_repeating_rows_never_changes_the_reward(reward, rows, data):
    copies = data.draw(st.lists(st.sampled_from(rows), max_size=5)) if rows else []
    once = outcome(rows, requested=12)
    again = outcome([*rows, *copies], requested=12)
    assert reward.score(again).value == reward.score(once).value


def test_a_gain_worth_the_scale_earns_the_same_at_any_scale(reward, tmp_path):
    relative = reward.score(outcome(GOOD)).components["relative_gain"]
    scaled = reward_of(tmp_path, scale=relative)
    assert scaled.score(outcome(GOOD)).components["mapped"] == 0.5 + 0.5 * math.tanh(1.0)


def test_one_certain_error_is_cut(tmp_path):
    rows = [("play a song", "weather"), ("rain today", "weather")]
    found = reward_of(tmp_path, development=rows, c=1e6).score(outcome([]))
    assert found.components["dev_log_loss_seeds"] <= -math.log(MIN_PROBABILITY) / 2 + 0.1


def test_a_reward_survives_pickling(reward):
    assert pickle.loads(pickle.dumps(reward)).score(outcome(GOOD)) == reward.score(outcome(GOOD))


def test_a_very_long_row_is_survived(reward):
    assert reward.score(outcome([("windy " * 170_000, "weather")])).value > 0


def test_a_development_row_with_a_class_that_no_seed_has_is_refused_with_its_place(tmp_path):
    with pytest.raises(
        InputError, match="development row 2 has the label 'food', which no seed has"
    ) as error:
        reward_of(tmp_path, development=[("play it", "music"), ("book a table", "food")])
    assert error.value.where.endswith("development.jsonl")
    assert error.value.expected == "one of music, weather"


def test_a_development_row_without_a_label_is_refused(tmp_path):
    with pytest.raises(InputError, match="development row 1 has no label"):
        reward_of(tmp_path, development=[("play it", None)])


@pytest.mark.parametrize(
    ("seeds", "message"),
    [
        (["no label"], "0 labelled classes"),
        ([("play", "music")], "1 labelled classes"),
        ([("?", "music"), ("!", "weather")], "no seed has a word"),
    ],
)
def test_seeds_that_no_probe_can_start_from_are_refused(tmp_path, seeds, message):
    with pytest.raises(InputError, match=message):
        reward_of(tmp_path, seeds=seeds)


def test_the_user_is_told_that_development_rows_are_labels(reward, tmp_path):
    assert len(reward.notices()) == 1
    assert "fair baseline" in reward.notices()[0]
    shared = reward_of(tmp_path, development=[SEEDS[0], DEVELOPMENT[0]])
    assert shared.notices()[1].startswith("1 development rows are also seeds")


@pytest.mark.parametrize("option", [{"c": 0}, {"scale": 0}, {"scale": -1}, {"scales": 1}])
def test_options_out_of_range_or_unknown_are_refused(option):
    with pytest.raises(ValidationError):
        DevGainConfig(development="d.jsonl", **option)


def test_the_hook_declares_the_reward_and_what_it_names_loads():
    (component,) = datagen_plugin_dev_gain.datagen_rewards()
    assert component.name == "dev-gain"
    assert component.needs == ("labelled-seeds",)
    assert component.load_impl() is DevGain
    assert component.load_config() is DevGainConfig


def test_the_declaration_loads_nothing_heavy():
    code = (
        "import sys, datagen_plugin_dev_gain as p; p.datagen_rewards();"
        "print(*({'numpy','pydantic','sklearn','rensa','rapidfuzz','jsonschema_rs'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
