from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from datagen_plugin_classify.labels import labels_of, nearest

from datagen_core.generator import Cell
from datagen_core.testing import make_inputs, make_request

SNIPS = Path(__file__).parents[3] / "recipes/data/snips7/seeds.jsonl"


def test_a_text_is_asked_for_in_the_vocabulary_of_the_other_label_with_examples_of_both(
    desk, tickets
) -> None:
    model = desk()
    request = make_request(1, inputs=tickets, cells=[Cell("refund", 1)])

    (row,) = model.make(tickets, request=request, mode="contrastive")

    (asked,) = model.said()
    own, other = asked.split("The label that it is confused with: ")
    assert "you owe me 20 euros" in own and "the parcel came open" not in own
    assert other.startswith('"delivery" – "where a parcel is"')
    assert "the parcel came open" in other and "you owe me 20 euros" not in other
    assert 'could be taken for "delivery" at a glance' in other and "shares topic and vocabulary" in other
    assert row.label == "refund"
    assert row.metadata.method["contrast_label"] == "delivery"
    assert row.metadata.method["mode"] == "contrastive" and row.metadata.method["verified"] is None
    assert set(row.trace.parents) == {"seed3", "seed4", "seed0", "seed1", "seed2"}
    assert row.trace.parents[0] in ("seed3", "seed4")


def test_a_copy_of_the_other_labels_example_is_refused(desk, tickets) -> None:
    request = make_request(1, inputs=tickets, cells=[Cell("refund", 1)])

    (row,) = desk({"text": "Where is my parcel?!"}).make(tickets, request=request, mode="contrastive")

    assert (row.reason, row.measured) == ("copied_example", "seed0")


def test_the_nearest_label_shares_most_rare_words_of_its_seeds() -> None:
    """Weights log(3/n): "parcel" and "my" stand in two labels, "the" in all three, the others in one."""
    inputs = make_inputs(
        [("the parcel is late", "a"), ("the parcel was paid", "b"), ("the door", "c"), ("my late door", "c")]
    )

    # a–b share parcel, a–c share late; the rest of c is longer
    assert nearest(labels_of(inputs)) == {"a": "b", "b": "a", "c": "a"}


def test_labels_that_share_no_words_or_have_no_seeds_have_no_nearest() -> None:
    assert nearest(labels_of(make_inputs([("one", "a"), ("two", "b")]))) == {}
    assert nearest(labels_of(make_inputs(labels=("a", "b", "c")))) == {}
    assert nearest(labels_of(make_inputs(labels=("a",)))) == {}


def test_of_equally_near_labels_the_first_is_taken() -> None:
    inputs = make_inputs([("sun", "a"), ("sun", "b"), ("sun", "c"), ("rain", "d")])

    assert nearest(labels_of(inputs)) == {"a": "b", "b": "a", "c": "a"}


def test_the_nearest_labels_of_a_real_set_and_of_chinese_seeds() -> None:
    rows = [json.loads(line) for line in SNIPS.read_text(encoding="utf-8").splitlines()]
    snips = nearest(labels_of(make_inputs([(row["text"], row["label"]) for row in rows])))
    chinese = make_inputs([("我要退款", "退款"), ("退货后还没退款", "退货"), ("登录不了", "登录")])

    assert snips["SearchCreativeWork"] == "SearchScreeningEvent"
    assert snips["SearchScreeningEvent"] == "SearchCreativeWork"
    assert len(snips) == 7
    assert nearest(labels_of(chinese))["退款"] == "退货"


def test_the_other_label_is_drawn_where_the_recipe_says_so_or_nothing_is_near(desk, tickets) -> None:
    bare = replace(tickets, seeds=())
    for inputs, options in ((tickets, {"contrast": "drawn"}), (bare, {})):
        request = make_request(30, inputs=inputs, cells=[Cell("refund", 30)])

        rows = desk().make(inputs, request=request, mode="contrastive", **options)

        assert {row.metadata.method["contrast_label"] for row in rows} == {"delivery", "login"}


@pytest.mark.parametrize("contrast", ["nearest", "drawn"])
def test_pairs_of_the_recipe_come_before_all_else(desk, tickets, contrast: str) -> None:
    request = make_request(12, inputs=tickets, cells=[Cell("refund", 12)])
    options = {"mode": "contrastive", "contrast": contrast, "pairs": {"refund": "login"}}

    rows = desk().make(tickets, request=request, **options)

    assert {row.metadata.method["contrast_label"] for row in rows} == {"login"}
