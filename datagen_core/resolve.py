"""From a recipe to a job: reads the inputs, builds the components, settles what the recipe leaves open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from datagen_core.building import built_part
from datagen_core.config import Config
from datagen_core.errors import RecipeError
from datagen_core.exporting import check_export_path
from datagen_core.identity import hash_of, identity_of, versions_of
from datagen_core.inputs import Inputs
from datagen_core.job import Built, BuiltArm, Downstream, Job
from datagen_core.one_pass import check_transforms, most_rows
from datagen_core.plugins.host import Host, Offer, installed
from datagen_core.plugins.local import local_entries
from datagen_core.recipe import LoadedRecipe, Use
from datagen_core.recipe_arms import RecipeArms
from datagen_core.recipe_inputs import RecipeInputs
from datagen_core.recipe_models import NO_MODEL, RecipeModels
from datagen_core.recipe_validators import RecipeValidators
from datagen_core.validating import validated


def resolve(loaded: LoadedRecipe, host: Host | None = None, *, trust_local: bool = False) -> Job:
    """Reads the inputs, builds every component and settles what the recipe leaves open.

    Args:
        loaded: The recipe.
        host: What is installed; by default this environment.
        trust_local: Load the Python files that the recipe names under `plugins:`; they run as your own code.

    Raises:
        RecipeError: a component that isn't installed, options that don't fit, no arm that can work.
        InputError: a file that can't be used.
    """
    host = host or installed()
    if loaded.entries:
        host = _with_classes(loaded, host)
    if loaded.recipe.plugins:
        host = _with_local(loaded, host, trust_local)
    return _Resolver(loaded, host).job()


def _with_classes(loaded: LoadedRecipe, host: Host) -> Host:
    """The host and the classes that came with the recipe; refuses one that an installed plugin would hide."""
    joined = host.joined(loaded.entries)
    own = {package for _, package, _, _ in loaded.entries}
    for plugin in joined.plugins:
        if plugin.package in own and plugin.state != "ok":
            raise RecipeError(
                f"{plugin.package} can't be used: {plugin.state}",
                expected="a name that no installed plugin has",
                hint=f"call the class otherwise than {plugin.name!r}",
            )
    return joined


def _with_local(loaded: LoadedRecipe, host: Host, trusted: bool) -> Host:
    files = loaded.recipe.plugins
    place = loaded.source.place(("plugins",))
    if not trusted:
        raise RecipeError(
            f"the recipe loads Python code: {', '.join(file.given for file in files)}",
            where=place,
            expected="your word that you have read it",
            hint="add --trust-local",
        )
    joined = host.joined(local_entries(file.path for file in files))
    names = {str(file.path): file.given for file in files}
    for plugin in joined.plugins:
        if plugin.state != "ok" and plugin.package in names:
            raise RecipeError(f"{names[plugin.package]} can't be loaded: {plugin.state}", where=place)
    return joined


class _Resolver:
    def __init__(self, loaded: LoadedRecipe, host: Host) -> None:
        self.loaded, self.host = loaded, host
        self.recipe = loaded.recipe
        self.reader = RecipeInputs(loaded, host)
        self.models = RecipeModels(loaded, host)
        self.arms = RecipeArms(loaded, host, self.models)
        self.validators = RecipeValidators(loaded, host, self.models)
        self.assumptions: list[str] = []

    def job(self) -> Job:
        self._installed()
        self._check_memory()
        recipe = self.recipe
        inputs = self.reader.inputs()
        context = self.reader.context(inputs, has_models=self.models.are_named())
        if recipe.each_seed_once:
            check_transforms(self.loaded, self.host)
        arms = self.arms.offered(inputs, context)
        schema = _implied_schema(arms) if inputs.json_schema is None else None
        if schema is not None:
            arms, inputs = self.arms.again_if_silent(arms, replace(inputs, json_schema=schema), context)
        if recipe.each_seed_once:
            self.loaded = self.loaded.changed(num_samples=most_rows(self.loaded, arms, inputs))
        coverage = self.reader.coverage(inputs)
        self.reader.check_coverage(coverage, arms, inputs)
        is_identity = recipe.each_seed_once and all(
            link.part.is_identity for arm in arms for link in arm.links
        )
        judged_by = replace(inputs, seeds=()) if is_identity else inputs
        uses = self.validators.chosen(judged_by, context)
        if recipe.validators == "auto":
            self.loaded = self.loaded.changed(validators=uses).enforcing(self.validators.enforced)
        validators = self.validators.built(uses, judged_by)
        self.validators.check_gates(arms, validators)
        audit = self.validators.audit(judged_by)
        reward = self._built("reward", self._reward(), inputs, ("reward",))
        evaluator = self._optional("evaluator", recipe.evaluation, inputs, ("evaluation",))
        downstream = self._optional("evaluator", recipe.downstream, inputs, ("downstream",))
        selector = self._selector(judged_by)
        router = self._router()
        self._check_exports()
        order, batch_size, window, workers = self._pace(arms)
        job = Job(
            loaded=self.loaded,
            inputs=inputs,
            context=context,
            coverage=coverage,
            arms=arms,
            skipped=tuple(self.arms.skipped),
            validators=validators,
            reward=reward,
            router_use=router,
            evaluator=evaluator,
            order=order,
            batch_size=batch_size,
            window=window,
            workers=workers,
            assumptions=(
                *self.reader.assumptions,
                *self.arms.assumptions,
                *self.validators.assumptions,
                *self.assumptions,
            ),
            remarks=(*self.reader.remarks, *self.models.remarks),
            host=self.host,
            models=self.models.built,
            audit=audit,
            downstream=Downstream(downstream, recipe.downstream.every)
            if downstream and recipe.downstream
            else None,
            selector=selector,
            embedder=self.reader.embedder,
            retriever=self.reader.retriever,
        )
        identity = identity_of(job)
        return replace(job, identity=identity, fingerprint=hash_of(identity), versions=versions_of(job))

    def _check_memory(self) -> None:
        memory = self.recipe.memory.path
        if memory is not None and not memory.path.is_relative_to(self.loaded.base.resolve()):
            raise RecipeError(
                f"the memory {memory.given!r} lies outside of the recipe's folder",
                where=self.loaded.source.place(("memory",)),
                expected="a file below it",
                hint="leave the path out: the memory is in your data folder then",
            )

    def _check_exports(self) -> None:
        for i, use in enumerate(self.recipe.export):
            check_export_path(use.path)
            offer, preset = self.host.find("exporter", use.format)
            given = {**(preset.options if preset else {}), **use.with_}
            place = ("export", i, "with")
            validated(offer.component.load_config(), given, self.loaded.base, self.loaded.source, place)

    def _built(self, kind: str, use: Use, inputs: Inputs, path: tuple[str | int, ...]) -> Built:
        return built_part(self.loaded, self.host, kind, use, path, inputs)

    def _optional(
        self, kind: str, use: Use | None, inputs: Inputs, path: tuple[str | int, ...]
    ) -> Built | None:
        return None if use is None else self._built(kind, use, inputs, path)

    def _selector(self, inputs: Inputs) -> Built | None:
        built = self._optional("selector", self.recipe.select, inputs, ("select",))
        place = self.loaded.source.place(("select",))
        if built is not None and self.models.lacking(built.part, place):
            raise RecipeError(
                f"the selector {built.name!r} needs a model and the recipe names none",
                where=place,
                expected=f"models: with {', '.join(built.part.models())}",
                hint=NO_MODEL,
            )
        return built

    def _reward(self) -> Use:
        if self.recipe.reward is not None:
            return self.recipe.reward
        use = Use(use="coverage-yield" if self.recipe.coverage.by else "novel-yield")
        if self.recipe.coverage.by:
            self.assumptions.append(f"reward: {use.use} (coverage is asked for)")
        return use

    def _installed(self) -> None:
        """Every component that isn't installed, in one error, before any file is read."""
        recipe = self.recipe
        wanted: list[tuple[str, str, tuple[str | int, ...]]] = []
        for i, arm in enumerate(recipe.arms or ()):
            wanted += [("generator", use.use, ("arms", i)) for use in arm.chain]
        wanted += [("validator", use.use, ("validators", i)) for i, use in enumerate(recipe.named_validators)]
        wanted += [("reward", recipe.reward.use, ("reward",))] if recipe.reward else []
        wanted += [("evaluator", recipe.downstream.use, ("downstream",))] if recipe.downstream else []
        wanted += [("validator", recipe.audit.use, ("audit",))] if recipe.audit else []
        wanted += [("router", recipe.router.use, ("router",))] if recipe.router else []
        wanted += [("embedder", recipe.embedder.use, ("embedder",))] if recipe.embedder else []
        wanted += [("retriever", recipe.retriever.use, ("retriever",))] if recipe.retriever else []
        wanted += [("selector", recipe.select.use, ("select",))] if recipe.select else []
        if recipe.evaluation:
            wanted.append(("evaluator", recipe.evaluation.use, ("evaluation",)))
        wanted += [("exporter", use.format, ("export", i)) for i, use in enumerate(recipe.export)]
        errors: list[RecipeError] = []
        for kind, name, path in wanted:
            try:
                self.host.find(kind, name, self.loaded.source.place(path))
            except RecipeError as error:
                errors.append(error)
        if len(errors) == 1:
            raise errors[0]
        if errors:
            hints = list(dict.fromkeys(e.hint for e in errors if e.hint))
            installs = [h.removeprefix("pip install ") for h in hints if h.startswith("pip install ")]
            others = [h for h in hints if not h.startswith("pip install ")]
            raise RecipeError(
                "; ".join(dict.fromkeys(e.message for e in errors)),
                where=errors[0].where,
                hint="; ".join([*([f"pip install {' '.join(installs)}"] if installs else []), *others]),
            )

    def _router(self) -> tuple[Offer, Config]:
        use = self.recipe.router
        if use is None:
            use = Use(use="adaptive" if "adaptive" in self.host.names("router") else "epsilon-greedy")
            self.assumptions.append(f"router: {use.use}")
        offer, _ = self.host.find("router", use.use, self.loaded.source.place(("router",)))
        model = offer.component.load_config()
        config = validated(model, use.with_, self.loaded.base, self.loaded.source, ("router", "with"))
        return offer, config

    def _pace(self, arms: Sequence[BuiltArm]) -> tuple[str, int, int, int]:
        asks = bool(self.models.built)
        order = self.recipe.order or ("arrival" if asks else "strict")
        # Where rows are dear and there is something to choose, the router learns from smaller batches.
        batch_size = self.recipe.batch_size or (10 if asks and len(arms) > 1 else 20)
        # In arrival order a bound, not what there is: a batch is begun when the endpoints need it. With 13 % of the
        # calls failing, 24 keep 40 of 64 places full, 48 keep 57.
        usual = {"arrival": 48, "strict": 24}[order] if asks else 1
        window = self.recipe.window or usual
        if self.recipe.order is None:
            why = "a model answers" if asks else "no model"
            self.assumptions.append(f"order: {order} ({why}), window {window}, batch_size {batch_size}")
        return order, batch_size, window, self.recipe.workers or window


def _implied_schema(arms: Sequence[BuiltArm]) -> Mapping[str, Any] | None:
    """What the arms that know their rows' schema say of it; None where none does."""
    distinct: list[Mapping[str, Any]] = []
    for arm in arms:
        schema = arm.links[-1].part.json_schema()
        if schema is not None and schema not in distinct:
            distinct.append(schema)
    if len(distinct) < 2:
        return distinct[0] if distinct else None
    return {"anyOf": distinct}
