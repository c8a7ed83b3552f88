from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_naive.config import NaiveConfig
from datagen_plugin_naive.generator import Naive
from datagen_plugin_naive.plan import ANGLES

from datagen_core.errors import InputError, RunPaused
from datagen_core.llm.budget import Wall
from datagen_core.llm.cache import FILE_NAME, ReplyCache
from datagen_core.llm.door import ModelDoor
from datagen_core.llm.ledger import Ledger
from datagen_core.llm.site import CallSite
from datagen_core.model import ModelError
from datagen_core.sample import Sample
from datagen_core.testing import make_inputs, make_request
from datagen_core.testing.virtual_time import in_virtual_time

RECIPE: dict[str, Any] = {
    "domain": "gardening",
    "task": "advice",
    "labels": ("pests", "pruning"),
    "languages": ("en", "pt"),
    "task_input": {
        "description": "Questions of hobby gardeners.",
        "target_audience": "beginners",
        "length_words": {"min": 5, "max": 20},
        "labels": ["pests", "pruning"],
    },
    "constraints": {"no_brand_names": True, "schema": {"type": "object"}},
}
SEEDS = [("aphids on my roses again", "pests"), ("when do I cut back lavender", "pruning")]


def test_the_plan_is_asked_for_at_temperature_0_with_all_that_the_recipe_says(desk) -> None:
    model = desk({"text": "why do slugs come"})

    model.make(make_inputs(SEEDS, **RECIPE), 4)

    (asked,) = model.plans
    text = asked.messages[1].content
    for told in (
        "Domain: gardening",
        "advice",
        "Questions of hobby gardeners.",
        '- target_audience: "beginners"',
        '- length_words: {"min": 5, "max": 20}',
        "- no_brand_names: true",
        '["pests", "pruning"]',
        "en, pt",
        "aphids on my roses again",
        "when do I cut back lavender",
    ):
        assert told in text
    assert "- schema:" not in text and "- labels:" not in text
    assert asked.temperature == 0.0
    assert asked.json_schema is not None and set(asked.json_schema["properties"]) == {
        "instructions",
        "angles",
    }


def test_rows_follow_the_plan_and_rotate_through_its_angles(desk) -> None:
    model = desk({"text": "why do slugs come"})

    rows = model.make(make_inputs(**RECIPE), 4)

    assert all("Write like a ranger." in request.messages[0].content for request in model.rows)
    angles = [row.metadata.method["angle"] for row in rows]
    assert sorted(angles) == ["as a beginner", "by night", "for children", "in the rain"]
    for asked, angle in zip(model.asked, angles, strict=True):
        assert f"Angle, as far as it fits: {angle}" in asked
    assert all(row.metadata.method["planned"] is True for row in rows)


def test_batches_of_all_arms_share_one_plan_from_the_cache(desk, tmp_path: Path) -> None:
    model = desk({"text": "why do slugs come"})
    inputs = make_inputs(SEEDS, **RECIPE)
    cache = ReplyCache(tmp_path / FILE_NAME)
    door = ModelDoor({"generator": model}, Wall(Ledger(Path(":memory:"))), cache=cache)

    async def batches() -> None:
        for batch, temperature in enumerate((0.3, 0.7, 1.2, 0.3)):
            generator = Naive(NaiveConfig(temperature=temperature), inputs)
            request = make_request(3, inputs=inputs, batch=batch)
            request.models = {
                "generator": door.bound("generator", CallSite(arm=f"arm{batch}", batch=batch, link=0))
            }
            assert [type(row) async for row in generator.generate(request)] == [Sample] * 3

    in_virtual_time(batches)

    assert (len(model.plans), len(model.rows)) == (1, 12)


@pytest.mark.parametrize(
    "plan",
    [
        "I'd rather not.",
        json.dumps({"instructions": "", "angles": ["a", "b", "c", "d"]}),
        json.dumps({"instructions": "Write.", "angles": [" ", "", "\n", "\t"]}),
        json.dumps({"instructions": "Write."}),
    ],
)
def test_a_plan_that_cannot_be_used_is_replaced_by_the_recipes_own_words(desk, plan: str) -> None:
    model = desk({"text": "why do slugs come"}, plan)

    rows = model.make(make_inputs(**RECIPE))

    assert len(model.plans) <= 2  # asked once more, by the door
    assert [row.metadata.method["planned"] for row in rows] == [False] * 3
    assert all(row.metadata.method["angle"] in ANGLES for row in rows)
    system = model.rows[0].messages[0].content
    assert "Questions of hobby gardeners." in system and "- no_brand_names: true" in system


def test_a_plan_whose_call_fails_costs_no_rows(desk) -> None:
    model = desk({"text": "why do slugs come"}, ModelError("too long", kind="bad_request"))

    rows = model.make(make_inputs(**RECIPE))

    assert [type(row) for row in rows] == [Sample] * 3
    assert all(row.metadata.method["planned"] is False for row in rows)


def test_a_pause_while_planning_passes(desk) -> None:
    model = desk({"text": "why do slugs come"}, ModelError("wrong key", kind="auth"))

    with pytest.raises(RunPaused):
        model.make(make_inputs(**RECIPE))

    assert model.rows == []


def test_nothing_is_planned_where_no_row_can_be_asked_for(desk) -> None:
    model = desk({"text": "why do slugs come"})

    assert model.make(make_inputs(**RECIPE), 0) == []
    assert model.plans == []


def test_prompts_of_your_own_take_the_place_of_the_packaged_ones(desk) -> None:
    model = desk({"text": "why do slugs come"})
    prompts = {"row": "--- system\nShort.\n--- user\n{{ label }} / {{ description }} / {{ instructions }}"}

    model.make(make_inputs(**RECIPE), 1, prompts=prompts)

    label, description, instructions = model.asked[0].split(" / ")
    assert label in RECIPE["labels"]
    assert description == "Questions of hobby gardeners."
    assert instructions == "Write like a ranger."


@pytest.mark.parametrize(
    ("prompts", "where", "wrong"),
    [
        ({"row": "{{ labl }}"}, "with.prompts.row", "labl"),
        ({"plan": "{% if %}"}, "with.prompts.plan", "can't be used"),
        ({"plan": "{{ domain.upper() }}"}, "with.prompts.plan", "Call"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused_before_the_run(
    prompts: dict[str, str], where: str, wrong: str
) -> None:
    with pytest.raises(InputError, match=wrong) as caught:
        Naive(NaiveConfig.model_validate({"prompts": prompts}), make_inputs(**RECIPE))

    assert caught.value.where == where


def test_a_recipe_that_says_nothing_is_refused_with_what_to_say() -> None:
    with pytest.raises(InputError, match="nothing to write about") as caught:
        Naive(NaiveConfig(), make_inputs())

    assert "task_input" in str(caught.value.hint)
    Naive(NaiveConfig(), replace(make_inputs(), task="jokes"))


def test_the_digest_is_of_the_packaged_prompts() -> None:
    first, second = (Naive(NaiveConfig(temperature=t), make_inputs(**RECIPE)) for t in (0.1, 0.9))

    assert first.digest() == second.digest()
    assert len(first.digest()) == 32
