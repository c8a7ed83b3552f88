"""Other people's recipe vocabulary, mapped to ours by one table, so that recipes they have load unchanged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from datagen_core.yaml_source import Located

Path = tuple[str | int, ...]

KEYS: Mapping[str, str] = {
    "job_id": "name",
    "task_input.labels": "labels",
    "task_input.label_distribution": "labels",
    "task_input.languages": "languages",
    "task_input.dataset_path": "seeds",
    "constraints.schema": "json_schema",
    "constraints.max_repetition_rate": "validators",
    "constraints.maintain_label_distribution": "balance",
    "router_config.arms": "arms",
    "router_config.policy": "router",
    "router_config.batch_size": "batch_size",
    "output_path": "export",
    "output_format": "export",
}
"""Where a foreign key ends up in our recipe. Keys of `task_input` and `constraints` stay readable for prompts."""

VALIDATORS: Mapping[str, str] = {
    "deduplication": "dedup",
    "json_schema": "schema",
    "llm_judge": "judge",
}
OPTIONS: Mapping[str, str] = {
    "check_field": "field",
    "quality_criteria": "rubric",
    "epsilon_start": "start",
    "epsilon_min": "floor",
    "epsilon_decay": "decay",
}
OPEN_SECTIONS = ("task_input", "constraints")


def kebab(name: str) -> str:
    """`naive_conservative` → `naive-conservative`."""
    return name.strip().replace("_", "-")


def translate(source: Located) -> tuple[dict[str, Any], set[str]]:
    """Our form of a recipe, and the dotted keys of open sections that something enforces.

    Args:
        source: The document as parsed; lines of moved keys stay known to it.
    """
    recipe: dict[str, Any] = dict(source.data)
    used: set[str] = set()
    for foreign, ours in KEYS.items():
        found = _take(recipe, foreign)
        if found is None or (ours in source.data and ours != "validators"):
            continue  # our own key stands; a foreign one beside it is unknown, or kept for prompts
        if "." not in foreign:
            recipe.pop(foreign)
        source.moved(tuple(foreign.split(".")), (ours,))
        before = recipe.get(ours)
        _PLACERS.get(foreign, _place)(recipe, ours, found)
        if foreign.split(".")[0] in OPEN_SECTIONS and recipe.get(ours) != before:
            used.add(foreign)
    if isinstance(recipe.get("router_config"), dict):
        _router(recipe, source)
    if isinstance(recipe.get("validators"), dict):
        recipe["validators"] = _validators(recipe["validators"], source)
        _spare_copied_fields(recipe)
    return recipe, used


def _spare_copied_fields(recipe: dict[str, Any]) -> None:
    """A field that is copied from the dataset is compared among the accepted rows, not with the dataset."""
    copied = _take(recipe, "task_input.dataset_fields")
    for use in recipe["validators"] if isinstance(copied, dict) else ():
        options = use.get("with")
        if use["use"] == "dedup" and isinstance(options, dict) and options.get("field") in copied:
            options.setdefault("against_seeds", False)


def _take(recipe: dict[str, Any], dotted: str) -> Any:
    section, _, key = dotted.partition(".")
    value = recipe.get(section)
    if not key:
        return value
    return value.get(key) if isinstance(value, dict) else None


def _place(recipe: dict[str, Any], ours: str, value: Any) -> None:
    recipe.setdefault(ours, value)


def _shares(recipe: dict[str, Any], ours: str, value: Any) -> None:
    recipe[ours] = value


def _rows(recipe: dict[str, Any], ours: str, value: Any) -> None:
    recipe.setdefault(ours, {"path": value, "record": True})


def _names(recipe: dict[str, Any], ours: str, value: Any) -> None:
    arms = [kebab(v) if isinstance(v, str) else v for v in value] if isinstance(value, list) else value
    recipe.setdefault(ours, arms)


def _policy(recipe: dict[str, Any], ours: str, value: Any) -> None:
    recipe.setdefault(ours, {"use": kebab(value) if isinstance(value, str) else value})


def _repetition(recipe: dict[str, Any], ours: str, value: Any) -> None:
    rule = {"enabled": True, "max_repetition_rate": value}
    validators = recipe.setdefault("validators", {})
    if isinstance(validators, dict):
        recipe["validators"] = {"rules": rule, **validators}


def _export_path(recipe: dict[str, Any], ours: str, value: Any) -> None:
    recipe[ours] = [{"path": value}]


def _export_format(recipe: dict[str, Any], ours: str, value: Any) -> None:
    if ours in recipe:
        recipe[ours][0]["format"] = value


_PLACERS: Mapping[str, Callable[[dict[str, Any], str, Any], None]] = {
    "task_input.label_distribution": _shares,
    "task_input.dataset_path": _rows,
    "constraints.max_repetition_rate": _repetition,
    "router_config.arms": _names,
    "router_config.policy": _policy,
    "output_path": _export_path,
    "output_format": _export_format,
}


def _router(recipe: dict[str, Any], source: Located) -> None:
    router = recipe.get("router", "epsilon-greedy")
    router = {"use": router} if isinstance(router, str) else router
    if not isinstance(router, dict) or not isinstance(router.get("with") or {}, dict):
        return  # what it holds is an error already
    options: dict[str, Any] = {}
    for key, value in recipe.pop("router_config").items():
        if key not in ("arms", "policy", "batch_size"):
            name = OPTIONS.get(key, key)
            source.moved(("router_config", key), ("router", "with", name))
            options[name] = value
    recipe["router"] = {**router, "with": {**options, **(router.get("with") or {})}}


def _validators(section: dict[str, Any], source: Located) -> list[Any]:
    """`{name: {enabled, threshold, …}}` → `[{use, with}]`, disabled ones left out."""
    out: list[Any] = []
    for name, options in section.items():
        given = dict(options) if isinstance(options, dict) else {}
        if options is False or given.pop("enabled", True) is False:
            continue
        ours = VALIDATORS.get(name, kebab(name))
        if ours == "schema" and given.get("threshold") in (1, 1.0):
            del given["threshold"]  # a schema holds or it doesn't
        where: Path = ("validators", len(out))
        source.moved(("validators", name), where)
        for key in list(given):
            new = OPTIONS.get(key, key)
            source.moved(("validators", name, key), (*where, "with", new))
            given[new] = given.pop(key)
        # a value of another type is kept, so that the recipe's model refuses it
        out.append({"use": ours, "with": given if isinstance(options, dict | bool | None) else options})
    return out
