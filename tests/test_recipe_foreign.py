"""Other people's recipes load unchanged: each of their keys maps to ours, or is said to be enforced by nothing."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from datagen_core import recipe as recipes
from datagen_core.errors import RecipeError
from datagen_core.plugins.host import Host
from datagen_core.recipe import LoadedRecipe, Recipe, Use
from datagen_core.resolve import resolve
from datagen_core.yaml_source import parse

FOREIGN = Path(__file__).parent / "data" / "recipes"


def _loaded(text: str) -> LoadedRecipe:
    return recipes.from_source(parse(text, "r.yaml"), Path("/nowhere"))


def _recipe(text: str) -> Recipe:
    return _loaded(text).recipe


def _validators(recipe: Recipe) -> dict[str, dict[str, object]]:
    return {use.use: use.with_ for use in recipe.validators or ()}


@pytest.fixture(scope="module")
def desert() -> LoadedRecipe:
    return recipes.load(FOREIGN / "desert_plant_adaptability.yaml")


@pytest.fixture(scope="module")
def reviews() -> LoadedRecipe:
    return recipes.load(FOREIGN / "freediving_gear_reviews.yaml")


# -- the two real ones ----------------------------------------------------------------------------------------


def test_what_the_desert_recipe_wants(desert: LoadedRecipe) -> None:
    found = desert.recipe

    assert found.name == "desert_plant_adaptability_demo"
    assert (found.domain, found.task) == ("text_generation", "educational_description")
    assert found.languages == ("en",)
    assert found.num_samples == 10
    assert found.batch_size == 5
    assert found.labels == {}
    assert found.grammar is None
    assert found.seeds is not None
    assert found.seeds.path.path == FOREIGN.resolve() / "data" / "sample" / "desert_plants.csv"
    assert found.seeds.record
    assert isinstance(found.json_schema, dict)
    assert found.json_schema["required"] == ["plant", "environment", "challenge", "adaptation_description"]
    assert found.json_schema["properties"]["adaptation_description"]["maxLength"] == 400
    assert [(export.format, export.path) for export in found.export] == [
        ("jsonl", "data/generated/desert_plant_adaptability.jsonl")
    ]


def test_who_makes_and_judges_the_desert_recipe(desert: LoadedRecipe) -> None:
    found = desert.recipe
    judge = _validators(found)["judge"]

    assert [arm.name for arm in found.arms or ()] == [
        "naive-conservative",
        "naive-balanced",
        "naive-creative",
    ]
    assert all(arm.chain == (Use(use=arm.name),) for arm in found.arms or ())
    assert found.router.use == "epsilon-greedy"
    assert found.router.with_ == {"start": 0.3, "floor": 0.05, "decay": 0.95}
    assert list(_validators(found)) == ["rules", "dedup", "schema", "judge"]
    assert _validators(found)["rules"] == {"max_repetition_rate": 0.1}
    assert _validators(found)["dedup"] == {"field": "plant", "against_seeds": False}
    assert _validators(found)["schema"] == {}
    assert str(judge.pop("rubric")).startswith("For educational content generation:\n- Scientific accuracy:")
    assert judge == {"threshold": 0.7, "model": "gpt-4o-mini", "temperature": 0.0, "max_tokens": 2000}


def test_what_nothing_enforces_of_the_desert_recipe_is_listed(desert: LoadedRecipe) -> None:
    assert desert.not_enforced() == [
        "task_input.target_audience",
        "task_input.tone",
        "task_input.include_scientific_accuracy",
        "task_input.description_length_sentences",
        "constraints.min_diversity",
        "constraints.semantic_coherence",
        "constraints.educational_value",
        "constraints.scientific_accuracy",
        "constraints.age_appropriate_language",
        "constraints.engaging_narrative",
        "constraints.natural_language",
    ]


def test_prompts_still_see_the_open_sections_whole(desert: LoadedRecipe) -> None:
    assert desert.recipe.task_input["tone"] == "engaging and informative"
    assert desert.recipe.task_input["dataset_fields"]["plant"] == "plant"
    assert desert.recipe.constraints["max_repetition_rate"] == 0.1


def test_what_the_review_recipe_wants(reviews: LoadedRecipe) -> None:
    found = reviews.recipe

    assert found.name == "freediving_gear_reviews_demo"
    assert (found.domain, found.task) == ("text_classification", "sentiment_classification")
    assert found.labels == {"positive": 0.6, "negative": 0.4}
    assert found.balance is True
    assert found.languages == ("en",)
    assert (found.num_samples, found.batch_size) == (10, None)
    assert found.seeds is None
    assert found.json_schema is None
    assert isinstance(found.grammar, dict)
    assert found.grammar["start"] == "review_document"
    assert len(found.grammar["rules"]) == 27
    assert found.arms is None
    assert found.router is None
    assert _validators(found) == {
        "rules": {"max_repetition_rate": 0.1},
        "dedup": {"field": "content"},
        "schema": {},
        "judge": {"threshold": 0.6, "model": "gpt-4o-mini"},
    }
    assert [(e.format, e.path) for e in found.export] == [
        ("jsonl", "data/generated/freediving_reviews.jsonl")
    ]


def test_what_nothing_enforces_of_the_review_recipe_is_listed(reviews: LoadedRecipe) -> None:
    assert reviews.not_enforced() == [
        "task_input.review_length_tokens",
        "task_input.include_slang",
        "task_input.product_category",
        "constraints.semantic_coherence",
        "constraints.natural_language",
        "constraints.avoid_bias",
    ]


def test_all_that_is_not_installed_is_named_in_one_error_with_one_install_line(desert: LoadedRecipe) -> None:
    names = {"builtin": "datagen_core.builtin"}
    names |= {name: f"datagen_plugin_{name}" for name in ("rules", "dedup", "schema")}
    entries = [
        (name, f"datagen-plugin-{name}", "1", lambda module=module: importlib.import_module(module))
        for name, module in names.items()
    ]

    with pytest.raises(RecipeError) as caught:
        resolve(desert, Host(entries))

    for name in ("naive-conservative", "naive-balanced", "naive-creative", "judge"):
        assert f"{name!r} is installed" in caught.value.message
    assert caught.value.hint == "pip install datagen-plugin-naive datagen-plugin-judge"
    assert caught.value.where == f"{FOREIGN / 'desert_plant_adaptability.yaml'}:103"  # router_config.arms

    with pytest.raises(RecipeError) as caught:
        resolve(desert, Host(entries[:1]))

    assert caught.value.hint == (
        "pip install datagen-plugin-naive datagen-plugin-rules datagen-plugin-dedup datagen-plugin-schema "
        "datagen-plugin-judge"
    )


# -- one key at a time ----------------------------------------------------------------------------------------


def test_disabled_validators_are_left_out() -> None:
    found = _recipe(
        "validators:\n"
        "  deduplication: {enabled: false, check_field: x}\n"
        "  json_schema: false\n"
        "  llm_judge: true\n"
        "  my_rule: {enabled: true, limit: 3}\n"
        "  rules:\n"
    )

    assert _validators(found) == {"judge": {}, "my-rule": {"limit": 3}, "rules": {}}


@pytest.mark.parametrize(("threshold", "left"), [("1", {}), ("1.0", {}), ("0.9", {"threshold": 0.9})])
def test_a_schema_threshold_of_one_means_what_a_schema_always_means(
    threshold: str, left: dict[str, float]
) -> None:
    found = _recipe(f"validators: {{json_schema: {{threshold: {threshold}}}}}\n")

    assert _validators(found)["schema"] == left  # any other is an unknown option when it is built


def test_a_distribution_is_more_than_a_list_of_labels() -> None:
    assert _recipe("task_input: {labels: [a, b]}\n").labels == {"a": 1.0, "b": 1.0}
    assert _recipe("task_input: {labels: [a, b], label_distribution: {a: 3, b: 1}}\n").labels == {
        "a": 3,
        "b": 1,
    }
    assert _recipe("constraints: {maintain_label_distribution: false}\n").balance is False


def test_the_router_section_takes_its_policy_and_keeps_unknown_options() -> None:
    found = _recipe("router_config: {policy: thompson_sampling, prior: 2, epsilon_min: 0.1, arms: [a_b]}\n")

    assert found.router == Use.model_validate(
        {"use": "thompson-sampling", "with": {"prior": 2, "floor": 0.1}}
    )
    assert [arm.name for arm in found.arms or ()] == ["a-b"]


@pytest.mark.parametrize("router", ["uniform", "{use: uniform}", "{use: uniform, with: }"])
def test_our_own_router_stands_beside_their_options(router: str) -> None:
    found = _recipe(f"router: {router}\nrouter_config: {{policy: epsilon_greedy, epsilon_start: 0.5}}\n")

    assert found.router == Use.model_validate({"use": "uniform", "with": {"start": 0.5}})


def test_their_output_becomes_an_export() -> None:
    found = _recipe("output_format: csv\noutput_path: out/x.csv\n")

    assert [(export.format, export.path) for export in found.export] == [("csv", "out/x.csv")]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("labels: [a]\ntask_input: {labels: [b]}\n", "task_input.labels"),
        ("labels: [a]\ntask_input: {label_distribution: {b: 1}}\n", "task_input.label_distribution"),
        ("json_schema: {type: object}\nconstraints: {schema: {type: string}}\n", "constraints.schema"),
        ("validators: [dedup]\nconstraints: {max_repetition_rate: 0.1}\n", "constraints.max_repetition_rate"),
        (
            "validators: {rules: {min_chars: 3}}\nconstraints: {max_repetition_rate: 0.1}\n",
            "constraints.max_repetition_rate",
        ),
    ],
)
def test_where_our_own_key_stands_theirs_is_not_enforced_and_said_so(text: str, key: str) -> None:
    found = _loaded(text)

    assert found.not_enforced() == [key]
    assert found.recipe.labels in ({}, {"a": 1.0})
    assert found.recipe.json_schema in (None, {"type": "object"})
    assert "max_repetition_rate" not in str(found.recipe.validators)


def test_an_empty_section_means_nothing_was_asked() -> None:
    assert _loaded("task_input: {}\nconstraints: {}\n").not_enforced() == []
    with pytest.raises(RecipeError, match="constraints"):
        _loaded("constraints:\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("seed: 1\nconstraints:\n  min: 1\n  schema: 3\n", 4),
        ("seed: 1\ntask_input:\n  languages: 3\n", 3),
        ("seed: 1\nrouter_config:\n  batch_size: 0\n", 3),
        ("seed: 1\njob_id: a/b\n", 2),
        ("seed: 1\nvalidators:\n  llm_judge: {threshold: 1}\n  rules: 3\n", 4),
    ],
)
def test_errors_name_the_line_of_their_key_not_of_ours(text: str, line: int) -> None:
    with pytest.raises(RecipeError) as caught:
        _loaded(text)

    assert caught.value.where == f"r.yaml:{line}"


def test_a_field_copied_from_the_dataset_is_compared_among_the_accepted_rows_alone() -> None:
    text = """
task_input: {dataset_path: plants.csv, dataset_fields: {plant: name}}
validators: {deduplication: {enabled: true, check_field: FIELD}}
"""
    (copied,) = recipes.from_source(parse(text.replace("FIELD", "plant")), Path()).recipe.validators or ()
    assert copied.with_ == {"field": "plant", "against_seeds": False}
    (free,) = recipes.from_source(parse(text.replace("FIELD", "content")), Path()).recipe.validators or ()
    assert free.with_ == {"field": "content"}
