"""The models of a recipe: by the aliases that components ask for, each built once, by whom its name tells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datagen_core.errors import RecipeError, UsageError
from datagen_core.job import BuiltModel
from datagen_core.llm.addresses import host_of
from datagen_core.llm.keys import TRUSTED_HOSTS, may_get_keys
from datagen_core.model import CAPABILITIES, Model, missing_capabilities
from datagen_core.model_names import NamedModel, looks_like_a_name, read_name
from datagen_core.plugins.host import Host, installed
from datagen_core.recipe import LoadedRecipe, ModelUse, from_source, load, override
from datagen_core.validating import validated
from datagen_core.yaml_source import Located

NO_MODEL = (
    "models: {generator: PROVIDER/NAME} or --model PROVIDER/NAME; --model rehearsal tries it without a key"
)


class RecipeModels:
    """Builds models as components ask for them.

    Attributes:
        built: Those asked for so far, by alias.
        remarks: What was assumed.
    """

    def __init__(self, loaded: LoadedRecipe, host: Host) -> None:
        self.built: dict[str, BuiltModel] = {}
        self.remarks: list[str] = []
        self._loaded, self._host = loaded, host

    def are_named(self) -> bool:
        """Whether any is named: in `models:`, by --model, or in the options of an arm or validator."""
        recipe = self._loaded.recipe
        uses = [link for arm in recipe.arms or () for link in arm.chain] + list(recipe.named_validators)
        named = any("model" in use.with_ for use in uses)
        return named or self._loaded.model is not None or bool(recipe.models)

    def lacking(self, part: Any, where: str) -> str | None:
        """Builds the models that a component asks for; says which one the recipe lacks, or None.

        Raises:
            RecipeError: A model that no plugin reaches, options that don't fit, or a capability it doesn't have.
        """
        for alias, wanted in part.models().items():
            use = self._use_of(alias)
            if use is None:
                return f"a model called {alias!r}" if self._loaded.recipe.models else "a model"
            if alias not in self.built:
                self.built[alias] = self._build(alias, use, where)
            model = self.built[alias].part
            for capability in missing_capabilities(model, wanted):
                lacks = model.lacks(capability)
                raise RecipeError(lacks.message, where=where, expected=lacks.expected, hint=lacks.hint)
        return None

    def _use_of(self, alias: str) -> ModelUse | None:
        if self._loaded.model is not None:
            return ModelUse(name=self._loaded.model)
        if alias in self._loaded.recipe.models:
            return self._loaded.recipe.models[alias]
        return ModelUse(name=alias) if looks_like_a_name(self._host, alias) else None

    def _build(self, alias: str, use: ModelUse, where: str) -> BuiltModel:
        path = ("models", alias)
        if self._loaded.model is not None:
            where = "--model"
        elif alias in self._loaded.recipe.models:
            where = self._loaded.source.place(path)
        named = read_name(self._host, use.name, use=use.use, where=where)
        built = build_model(self._loaded, alias, use, named, where)
        if named.notice and named.notice not in self.remarks:
            self.remarks.append(named.notice)
        if built.part.is_rehearsal and not any(model.part.is_rehearsal for model in self.built.values()):
            self.remarks.append("a rehearsal: no model answers, rows are made up and marked so")
            for export in self._loaded.recipe.export:
                self.remarks.append(f"export to {export.path} is skipped: a rehearsal's rows aren't exported")
        return built


def build_model(loaded: LoadedRecipe, alias: str, use: ModelUse, named: NamedModel, where: str) -> BuiltModel:
    """The model of an alias; raises RecipeError where its options don't fit."""
    with named.offer.blamed(where):
        model, make = named.offer.component.load_config(), named.offer.component.load_impl()
    given = {"provider": named.provider} if named.provider and "provider" in model.model_fields else {}
    name = named.name if given or not named.provider else named.full_name
    try:
        config = validated(model, {**given, **use.options}, loaded.base, loaded.source, ("models", alias))
    except RecipeError as error:
        error.hint = error.hint or f"besides: {', '.join(ModelUse.model_fields)}"
        raise
    _check_where_a_key_goes(config, where)
    try:
        part = make(config, name)
    except UsageError as error:
        error.where = error.where or where
        raise
    return BuiltModel(alias, use, named.offer, part)


def _check_where_a_key_goes(config: Any, where: str) -> None:
    url, variable = getattr(config, "base_url", None), getattr(config, "api_key_env", None)
    if url is None or variable is None or may_get_keys(url):
        return
    raise RecipeError(
        f"the recipe would send the value of {variable} to {host_of(url)}",
        where=where,
        expected=f"your word that {host_of(url)} may have it",
        hint=f"export {TRUSTED_HOSTS}={host_of(url)}",
    )


def model_to_check(
    name: str, recipe: Path | None = None, options: Sequence[str] = ()
) -> tuple[Model[Any], frozenset[str]]:
    """A model made so that it lets every capability be tried, and those that it declares.

    Args:
        name: Its name, or its alias in the recipe.
        recipe: A recipe that has it among its models.
        options: `key=value` assignments over its options.

    Raises:
        RecipeError: no such alias, no plugin that reaches it, or options that don't fit.
    """
    entry = _entry_of(recipe, name) if recipe else Located({"name": name}, {}, "--set")
    for assignment in options:
        override(entry, assignment)
    document = Located({"models": {"model": entry.data}}, {}, str(recipe or "--set"))
    loaded = from_source(document, recipe.resolve().parent if recipe else Path.cwd())
    host, use = installed(), loaded.recipe.models["model"]
    named = read_name(host, use.name, use=use.use, where=document.name)
    declared = build_model(loaded, "model", use, named, document.name)
    if "capabilities" not in type(declared.part.config).model_fields:
        return declared.part, declared.part.capabilities()
    every = ModelUse.model_validate({**use.model_dump(), "capabilities": list(CAPABILITIES)})
    able = build_model(loaded, "model", every, named, document.name)
    return able.part, declared.part.capabilities()


def _entry_of(recipe: Path, alias: str) -> Located:
    models = load(recipe).recipe.models
    if alias not in models:
        raise RecipeError(
            f"the recipe has no model {alias!r}",
            where=str(recipe),
            expected=f"one of {', '.join(models) or 'none: it names no models'}",
        )
    return Located(models[alias].model_dump(), {}, str(recipe))
