"""Recipes: checked key by key, overridable from the command line, and other people's load unchanged."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core import recipe as recipes
from datagen_core import runs
from datagen_core.errors import RecipeError
from datagen_core.job import Job
from datagen_core.plugins.host import Host
from datagen_core.recipe import LoadedRecipe, Recipe, Use
from datagen_core.resolve import resolve
from datagen_core.yaml_source import parse

FOREIGN = Path(__file__).parent / "data" / "recipes"
SEEDS = "text,label\nplay some jazz,music\nwill it rain,weather\n"


def _loaded(text: str, *overrides: str) -> LoadedRecipe:
    return recipes.from_source(parse(text, "r.yaml"), Path("/nowhere"), overrides)


def _recipe(text: str, *overrides: str) -> Recipe:
    return _loaded(text, *overrides).recipe


def _refused(text: str, *overrides: str) -> RecipeError:
    with pytest.raises(RecipeError) as caught:
        _loaded(text, *overrides)
    return caught.value


def _host(*plugins: str) -> Host:
    """A host of the built-in components and these first-party plugins, whatever else is installed."""
    modules = {"builtin": "datagen_core.builtin"}
    modules |= {name: f"datagen_plugin_{name.replace('-', '_')}" for name in plugins}
    return Host(
        [
            (name, f"datagen-plugin-{name}", "1.0", lambda module=module: importlib.import_module(module))
            for name, module in modules.items()
        ]
    )


def _resolved(folder: Path, text: str, *overrides: str) -> Job:
    (folder / "seeds.csv").write_text(SEEDS, encoding="utf-8")
    (folder / "r.yaml").write_text(text, encoding="utf-8")
    return resolve(recipes.load(folder / "r.yaml", overrides), _host("augment", "dedup", "rules"))


# -- what is read ---------------------------------------------------------------------------------------------


def test_a_recipe_becomes_a_model_with_defaults_where_it_is_silent() -> None:
    found = _recipe("name: small\nnum_samples: 7\narms: [augment]\n")

    assert (found.name, found.num_samples, found.seed, found.languages) == ("small", 7, 0, ("en",))
    assert found.arms is not None
    assert [(arm.name, arm.chain) for arm in found.arms] == [("augment", (Use(use="augment"),))]
    assert found.validators is None
    assert found.router is None and found.memory.mode == "on"
    assert found.reward is None


def test_arms_have_short_forms_and_names_of_their_own() -> None:
    found = _recipe(
        "arms:\n"
        "- one\n"
        "- {use: two, with: {share: 0.2}, name: 2nd, attributes: {strategy: x}}\n"
        "- use: three\n"
        "- chain: [four, {use: five, with: {n: 1}}]\n"
        "- {chain: [six], name: last, gate: [dedup]}\n"
    ).arms
    assert found is not None

    assert [arm.name for arm in found] == ["one", "2nd", "three", "four+five", "last"]
    assert [[link.use for link in arm.chain] for arm in found] == [
        ["one"],
        ["two"],
        ["three"],
        ["four", "five"],
        ["six"],
    ]
    assert found[1].chain[0].with_ == {"share": 0.2}
    assert found[1].attributes == {"strategy": "x"}
    assert found[3].chain[1].with_ == {"n": 1}
    assert found[4].gate == ("dedup",)


def test_labels_are_a_list_of_equals_or_shares() -> None:
    assert _recipe("labels: [b, a, 3]\n").labels == {"b": 1.0, "a": 1.0, "3": 1.0}
    assert _recipe("labels: {yes: 3, no: 1}\n").labels == {"yes": 3.0, "no": 1.0}


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        ("[a, b, a]", "'a' stands twice"),
        ("{a: 0, b: 1}", "positive"),
        ("{a: .inf}", "positive"),
        ("{a: -1}", "positive"),
        ("[yes, no]", "put it in quotes"),  # YAML reads true and false
        ("[[a]]", "put it in quotes"),
        ("3", "dictionary"),
    ],
)
def test_labels_that_mean_nothing_are_refused(labels: str, says: str) -> None:
    error = _refused(f"num_samples: 5\nlabels: {labels}\n")

    assert says in error.message
    assert error.where == "r.yaml:2"


def test_shares_become_quotas_that_sum_to_one(tmp_path: Path) -> None:
    text = "seeds: seeds.csv\narms: [augment-word-edits]\n"

    assert _resolved(tmp_path, text + "labels: {music: 3, weather: 1}\n").coverage.labels == {
        "music": 0.75,
        "weather": 0.25,
    }
    assert _resolved(tmp_path, text + "labels: [weather, music]\n").coverage.labels == {
        "weather": 0.5,
        "music": 0.5,
    }
    assert _resolved(tmp_path, text + "balance: false\n").coverage.labels == {}


def test_paths_are_relative_to_the_recipe_and_the_name_is_the_files(tmp_path: Path) -> None:
    (tmp_path / "quick.yaml").write_text("seeds: data/s.csv\n", encoding="utf-8")
    found = recipes.load(tmp_path / "quick.yaml").recipe

    assert found.name == "quick"
    assert found.seeds is not None
    assert found.seeds.path.path == tmp_path / "data" / "s.csv"


def test_a_recipe_given_as_a_mapping_is_left_as_it_was() -> None:
    given_recipe: dict[str, Any] = {"num_samples": 3, "router": {"use": "uniform"}, "arms": ["augment"]}
    found = runs.load(given_recipe, num_samples=9, overrides=["router.with.x=1", "arms.0.with.share=0.5"])

    assert found.recipe.num_samples == 9
    assert found.recipe.router.with_ == {"x": 1}
    assert given_recipe == {"num_samples": 3, "router": {"use": "uniform"}, "arms": ["augment"]}


# -- what is refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "key", "line", "near"),
    [
        ("name: x\nnum_sampels: 5\n", "num_sampels", 2, "num_samples"),
        ("arms:\n- use: a\n  wth: {}\n", "arms.0.wth", 3, "with"),
        ("arms:\n- uses: a\n", "arms.0.uses", 2, "use"),
        ("arms:\n- chain:\n  - use: a\n  - use: b\n    wiht: {}\n", "arms.0.chain.1.wiht", 5, "with"),
        ("validators:\n- dedup\n- use: rules\n  nmae: x\n", "validators.1.nmae", 4, "name"),
        ("budget:\n  max_time_s: 3\n  max_batchs: 4\n", "budget.max_batchs", 3, "max_batches"),
        ("seeds:\n  pth: x.csv\n", "seeds.pth", 2, "path"),
        ("export:\n- path: x\n  fromat: csv\n", "export.0.fromat", 3, "format"),
        ("router:\n  use: uniform\n  wit: {}\n", "router.wit", 3, "with"),
    ],
)
def test_an_unknown_key_is_answered_with_its_line_and_the_nearest_name(
    text: str, key: str, line: int, near: str
) -> None:
    error = _refused(text)

    assert f"unknown key {key!r}" in error.message
    assert error.where == f"r.yaml:{line}"
    assert error.hint == f"did you mean {near!r}?"
    assert near in (error.expected or "").split(", ") or f"one of {near}" in (error.expected or "")


@pytest.mark.parametrize(
    ("text", "key", "line", "near"),
    [
        ("arms:\n- use: augment\n  with:\n    mode: splice\n    shre: 0.2\n", "arms.0.with.shre", 5, "share"),
        ("validators:\n- use: dedup\n  with: {feild: text}\n", "validators.0.with.feild", 3, "field"),
        ("router:\n  use: epsilon-greedy\n  with:\n    floo: 0.2\n", "router.with.floo", 4, "floor"),
        ("validators:\n  deduplication:\n    chek_field: text\n", "validators.0.with.chek_field", 3, None),
        ("router_config:\n  epsilon_strat: 0.5\n", "router.with.epsilon_strat", 2, None),
    ],
)
def test_an_unknown_option_of_a_component_is_found_when_it_is_built(
    tmp_path: Path, text: str, key: str, line: int, near: str | None
) -> None:
    with pytest.raises(RecipeError) as caught:
        _resolved(tmp_path, text + "seeds: seeds.csv\n")

    assert f"unknown key {key!r}" in caught.value.message
    assert caught.value.where == f"{tmp_path / 'r.yaml'}:{line}"
    if near:
        assert caught.value.hint == f"did you mean {near!r}?"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("num_samples: 0", "greater than or equal to 1 (found 0)"),
        ("num_samples: many", "(found 'many')"),
        ("batch_size: 10001", "less than or equal to 10000"),
        ("window: 0", "greater than or equal to 1"),
        ("complexity: extreme", "'low', 'medium' or 'high'"),
        ("languages: [no]", "valid string"),
        ("arms: []\nwindow: 257", "less than or equal to 256"),
        ("name: a/b", "can't hold a path"),
        ("name: ..", "can't hold a path"),
        ("name: 'a\\b'", "can't hold a path"),
        ("job_id: ../x", "can't hold a path"),
        ("arms: [a, b, a]", "two arms are called 'a'"),
        ("arms: [{use: a, name: b}, b]", "two arms are called 'b'"),
        ("validators: [dedup, {use: rules, name: dedup}]", "two validators are called 'dedup'"),
        ("arms: [{name: x}]", "'arms.0.chain' is missing"),
        ("arms: [{chain: 3}]", "arms.0.chain"),
        ("arms: [{chain: [3]}]", "arms.0.chain.0"),
        ("arms: [null]", "arms.0"),
        ("constraints: {schema: 3}", "json_schema"),
        ("validators: {rules: 3}", "validators.0.with"),
        ("router: uniform\nrouter_config: text", "unknown key 'router_config'"),
        ("export: []\noutput_path: x.jsonl", "unknown key 'output_path'"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_line(line: str, says: str) -> None:
    error = _refused(f"description: x\n{line}\n")

    assert says in error.message
    assert error.exit_code == 2


def test_the_same_component_may_stand_twice_under_two_names() -> None:
    found = _recipe("validators: [dedup, {use: dedup, name: titles}]\narms: [a, {use: a, name: wild}]\n")

    assert [v.name or v.use for v in found.validators or ()] == ["dedup", "titles"]
    assert [arm.name for arm in found.arms or ()] == ["a", "wild"]


@pytest.mark.parametrize(
    ("text", "found"), [("", "nothing"), ("- a\n", "list"), ("text", "str"), ("3", "int")]
)
def test_a_document_without_keys_is_no_recipe(text: str, found: str) -> None:
    assert _refused(text).message == f"the recipe holds {found}, not keys and values"


def test_a_missing_file_a_folder_and_broken_yaml_are_recipe_errors(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("name: x\narms: [a\n", encoding="utf-8")

    for path, says in (
        (tmp_path / "no.yaml", "no file"),
        (tmp_path, "can't be read"),
        (broken, "not valid YAML"),
    ):
        with pytest.raises(RecipeError, match=says) as caught:
            recipes.load(path)
        assert str(path) in (caught.value.where or "")


KEYS = [*Recipe.model_fields, "job_id", "task_input", "router_config", "output_path", "output_format"]
INNER = [
    "use",
    "with",
    "name",
    "chain",
    "path",
    "labels",
    "arms",
    "policy",
    "schema",
    "rules",
    "max_repetition_rate",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(0, 1) | st.sampled_from(["a", "x/y", ""]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(INNER), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=3))
def test_whatever_a_recipe_holds_it_loads_or_is_refused(data: dict[str, Any]) -> None:
    try:
        found = runs.load(data)
    except RecipeError as error:
        assert error.message
    else:
        assert isinstance(found.not_enforced(), list)


# -- overrides ------------------------------------------------------------------------------------------------

BASE = """\
num_samples: 5
seeds: seeds.csv
arms:
- augment
- {use: rag, name: careful, with: {share: 0.1}}
router: {use: epsilon-greedy, with: {start: 0.3}}
labels: [1, 2]
"""


@pytest.mark.parametrize(
    ("assignment", "path", "value"),
    [
        ("num_samples=9", ("num_samples",), 9),
        (" num_samples = 9", ("num_samples",), 9),
        ("name=x=y", ("name",), "x=y"),
        ("seeds=", ("seeds",), None),
        ("name='7'", ("name",), "7"),
        ("name=2024-13-45", ("name",), "2024-13-45"),
        ("balance=no", ("balance",), False),
        ("domain=not: valid: yaml", ("domain",), "not: valid: yaml"),
        ("domain=!!python/name:os.system", ("domain",), "!!python/name:os.system"),
        ("languages=[de, fr]", ("languages",), ("de", "fr")),
        ("budget.max_batches=4", ("budget", "max_batches"), 4),
        ("router.with.start=0.5", ("router", "with_", "start"), 0.5),
        ("router=uniform", ("router", "use"), "uniform"),
        ("reward.use=pass-rate-quality", ("reward", "use"), "pass-rate-quality"),
        ("seeds.label=kind", ("seeds", "label"), "kind"),
        ("arms.0.with.share=0.5", ("arms", 0, "chain", 0, "with_", "share"), 0.5),
        ("arms.augment.with.share=0.5", ("arms", 0, "chain", 0, "with_", "share"), 0.5),
        ("arms.careful.with.share=0.5", ("arms", 1, "chain", 0, "with_", "share"), 0.5),
        ("arms.1=plain", ("arms", 1, "name"), "plain"),
        ("labels.0=a", ("labels",), {"a": 1.0, "2": 1.0}),
        ("task_input.tone=warm", ("task_input", "tone"), "warm"),
    ],
)
def test_an_assignment_reaches_any_key(assignment: str, path: tuple[str | int, ...], value: Any) -> None:
    found: Any = _recipe(BASE, assignment)
    for key in path:
        found = found[key] if isinstance(key, int) or isinstance(found, dict) else getattr(found, key)

    assert found == value
    assert type(found) is type(value)


def test_a_shorthand_that_an_assignment_opens_keeps_its_meaning() -> None:
    found = _recipe(BASE.replace("router: {use: epsilon-greedy, with: {start: 0.3}}", "router: epsilon-greedy"),
                    "router.with.start=0.5", "seeds.limit=3")  # fmt: skip

    assert found.router == Use.model_validate({"use": "epsilon-greedy", "with": {"start": 0.5}})
    assert found.seeds is not None
    assert (found.seeds.path.given, found.seeds.limit) == ("seeds.csv", 3)


def test_of_two_assignments_the_later_wins() -> None:
    assert _recipe(BASE, "seed=1", "seed=2").seed == 2


@pytest.mark.parametrize(
    ("assignment", "says"),
    [
        ("num_samples", "is no assignment"),
        ("=3", "is no assignment"),
        ("router..with=3", "is no assignment"),
        ("num_samples.x=3", "holds no keys"),
        ("num_samples.x.y=3", "no keys"),
        ("arms.2.with.share=1", "the list has no '2'"),
        ("arms.-1=x", "the list has no '-1'"),
        ("arms.²=x", "the list has no '²'"),
        ("arms.nobody.name=x", "one of augment, careful"),
        ("labels.9=x", "one of 1, 2"),
        ("num_smaples=3", "unknown key 'num_smaples'"),
        ("num_samples=[", "(found '[')"),
        ("num_samples=" + "[" * 5000, "num_samples"),
    ],
)
def test_a_bad_assignment_is_a_recipe_error(assignment: str, says: str) -> None:
    error = _refused(BASE, assignment)

    assert says in str(error)
    assert len(str(error)) < 6000


# -- against what is installed --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["../out.jsonl", "/out.jsonl", "a/../../out.jsonl", "."])
def test_an_export_that_leaves_the_working_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(RecipeError, match="leaves the working folder") as caught:
        _resolved(tmp_path, f"seeds: seeds.csv\narms: [augment-word-edits]\nexport: [{{path: {path}}}]\n")

    assert f"datagen export RUN -o {path}" in (caught.value.hint or "")


def test_an_export_through_a_link_out_of_the_working_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link").symlink_to(tmp_path)
    monkeypatch.chdir(inside)

    with pytest.raises(RecipeError, match="leaves the working folder"):
        _resolved(
            tmp_path, "seeds: seeds.csv\narms: [augment-word-edits]\nexport: [{path: link/out.jsonl}]\n"
        )


def test_an_export_below_the_working_folder_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = "seeds: seeds.csv\narms: [augment-word-edits]\nexport: [{path: a/../b/out.csv, format: csv}]\n"

    assert _resolved(tmp_path, text).loaded.recipe.export[0].format == "csv"
