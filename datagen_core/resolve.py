"""From a recipe to a job: reads the inputs, builds the components, settles what the recipe leaves open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from datagen_core.config import Config
from datagen_core.context import Context
from datagen_core.coverage import Coverage
from datagen_core.documents import chunks, find_documents, load_document
from datagen_core.errors import DatagenError, InputError, PluginError, RecipeError, UsageError
from datagen_core.exporting import check_export_path
from datagen_core.identity import hash_of, identity_of, read_mapping, versions_of
from datagen_core.inputs import Inputs, Seed
from datagen_core.job import Audit, Built, BuiltArm, Downstream, Job
from datagen_core.one_pass import GIVEN_BY_LINKS, check_transforms, distinct, most_rows
from datagen_core.plugins.host import Host, Offer, installed, one_line
from datagen_core.plugins.local import local_entries
from datagen_core.plugins.spec import COST_CLASSES
from datagen_core.recipe import ArmUse, LoadedRecipe, Use
from datagen_core.recipe_models import NO_MODEL, RecipeModels
from datagen_core.router import Arm
from datagen_core.row_forms import form_of
from datagen_core.validating import validated
from datagen_core.validator import ModelValidator, Validator

SHORT_OF_ARMS = "give arms: or what the arms need (seeds:, grammar:, documents: …)"


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
        self.loaded = loaded
        self.recipe = loaded.recipe
        self.host = host
        self.assumptions: list[str] = []
        self.remarks: list[str] = []
        self.skipped: list[tuple[str, str]] = []
        self.models = RecipeModels(loaded, host)

    def job(self) -> Job:
        self._installed()
        recipe = self.recipe
        memory = recipe.memory.path
        if memory is not None and not memory.path.is_relative_to(self.loaded.base.resolve()):
            raise RecipeError(
                f"the memory {memory.given!r} lies outside of the recipe's folder",
                where=self.loaded.source.place(("memory",)),
                expected="a file below it",
                hint="leave the path out: the memory is in your data folder then",
            )
        inputs = self._inputs()
        context = self._context(inputs)
        if recipe.each_seed_once:
            check_transforms(self.loaded, self.host)
        arms = self._arms(inputs, context)
        schema = _implied_schema(arms) if inputs.json_schema is None else None
        if schema is not None:
            arms, inputs = self._again_if_silent(arms, replace(inputs, json_schema=schema), context)
        if recipe.each_seed_once:
            self.loaded = self.loaded.changed(num_samples=most_rows(self.loaded, arms, inputs))
        coverage = self._coverage(inputs)
        self._check_coverage(coverage, arms, inputs)
        validators = self._validators(inputs)
        self._check_gates(arms, validators)
        audit = self._audit(inputs)
        reward = self._built("reward", self._reward(), inputs, ("reward",))
        evaluator = None
        if recipe.evaluation:
            evaluator = self._built("evaluator", recipe.evaluation, inputs, ("evaluation",))
        downstream = None
        if recipe.downstream:
            built = self._built("evaluator", recipe.downstream, inputs, ("downstream",))
            downstream = Downstream(built, recipe.downstream.every)
        router = self._router()
        for i, use in enumerate(recipe.export):
            check_export_path(use.path)
            offer, _ = self.host.find("exporter", use.format)
            place = ("export", i, "with")
            validated(offer.component.load_config(), use.with_, self.loaded.base, self.loaded.source, place)
        order, batch_size, window, workers = self._pace(arms)
        job = Job(
            loaded=self.loaded,
            inputs=inputs,
            context=context,
            coverage=coverage,
            arms=arms,
            skipped=tuple(self.skipped),
            validators=validators,
            reward=reward,
            router_use=router,
            evaluator=evaluator,
            order=order,
            batch_size=batch_size,
            window=window,
            workers=workers,
            assumptions=tuple(self.assumptions),
            remarks=tuple(self.remarks),
            host=self.host,
            models=self.models.built,
            audit=audit,
            downstream=downstream,
        )
        job = replace(job, remarks=(*self.remarks, *self.models.remarks))
        identity = identity_of(job)
        return replace(job, identity=identity, fingerprint=hash_of(identity), versions=versions_of(job))

    # -- inputs -------------------------------------------------------------------------------------------

    def _inputs(self) -> Inputs:
        recipe = self.recipe
        seeds = tuple(recipe.seeds.read()) if recipe.seeds else ()
        if recipe.each_seed_once:
            seeds = distinct(seeds)
        bare = sum(seed.label is None for seed in seeds)
        if 0 < bare < len(seeds):
            self.remarks.append(f"seeds: {bare} of {len(seeds)} rows have no label")
        labels = tuple(recipe.labels)
        if not labels:
            labels = tuple(dict.fromkeys(s.label for s in seeds if s.label is not None))
            if labels:
                self.assumptions.append(f"labels: the {len(labels)} of the seeds, in equal shares")
        elif unknown := {s.label for s in seeds if s.label is not None} - set(labels):
            raise InputError(
                f"the seeds have a label that the recipe doesn't: {sorted(unknown)[0]!r}",
                where=self.loaded.source.place(("labels",)),
                expected=f"one of {', '.join(labels)}",
            )
        documents = tuple(find_documents([document.path for document in recipe.documents]))
        unlabelled = tuple(recipe.unlabelled.read(labelled=False)) if recipe.unlabelled else ()
        return Inputs(
            domain=recipe.domain,
            task=recipe.task,
            seeds=seeds,
            seeds_are_records=recipe.seeds is not None and recipe.seeds.record,
            labels=labels,
            coverage={key: tuple(values) for key, values in recipe.coverage.by.items()},
            languages=self._languages(),
            unlabelled=unlabelled,
            documents=documents,
            chunks=self._chunks(documents),
            grammar=recipe.grammar,
            json_schema=read_mapping(recipe.json_schema),
            task_input=recipe.task_input,
            constraints=recipe.constraints,
            base=self.loaded.base,
        )

    def _chunks(self, documents: Sequence[Path]) -> tuple[Seed, ...]:
        out: list[Seed] = []
        for path in documents:
            document = load_document(path, base=self.loaded.base)
            if not document.blocks:
                self.remarks.append(f"documents: {document.name} holds no text and gives nothing")
            out += chunks(document)
        return tuple(out)

    def _context(self, inputs: Inputs) -> Context:
        recipe = self.recipe
        labelled = any(seed.label is not None for seed in inputs.seeds)
        record = inputs.json_schema is not None or (recipe.seeds is not None and recipe.seeds.record)
        return Context(
            domain=recipe.domain,
            task=recipe.task,
            format="labelled" if inputs.labels else "record" if record else form_of(inputs.seeds),
            complexity=recipe.complexity,
            languages=self._languages(),
            labels=len(inputs.labels),
            seeds=len(inputs.seeds),
            seeds_labelled=labelled,
            seeds_slotted=any(seed.slots for seed in inputs.seeds),
            unlabelled=len(inputs.unlabelled),
            documents=len(inputs.documents),
            grammar=inputs.grammar is not None,
            model=self.models.are_named(),
            parents=recipe.each_seed_once,
            num_samples=recipe.num_samples,
        )

    def _coverage(self, inputs: Inputs) -> Coverage:
        labels: dict[str, float] = {}
        if self.recipe.each_seed_once:
            return Coverage({}, {}, 0)
        if inputs.labels and self.recipe.balance:
            shares = self.recipe.labels or dict.fromkeys(inputs.labels, 1.0)
            total = sum(shares.values())
            labels = {label: share / total for label, share in shares.items()}
        return Coverage(labels, self.recipe.coverage.by, self.recipe.coverage.least)

    def _check_coverage(self, coverage: Coverage, arms: Sequence[BuiltArm], inputs: Inputs) -> None:
        """A key that no arm's rows tell would make every row unwanted."""
        schema = inputs.json_schema or {}
        columns = {key for seed in inputs.seeds for key in seed.row}
        for key in coverage.keys:
            steering = [arm.arm.name for arm in arms if key in arm.steers()]
            if (
                not steering
                and key not in schema.get("properties", [key] if schema else ())
                and key not in columns
            ):
                raise RecipeError(
                    f"no arm makes rows of which {key!r} is known",
                    where=str(self.loaded.source.place(("coverage", key))),
                    expected="an arm that is asked for it (naive), or a field or a seeds' column of that name",
                    hint=f"take {key} out of coverage, or add the arm naive and a model",
                )
            if len(steering) < len(arms):
                others = ", ".join(arm.arm.name for arm in arms if arm.arm.name not in steering)
                self.remarks.append(
                    f"coverage: {others} can't be asked for a {key}; rows fall where they fall"
                )

    def _languages(self) -> tuple[str, ...]:
        covered = tuple(self.recipe.coverage.by.get("language", ()))
        return (
            covered if covered and "languages" not in self.recipe.model_fields_set else self.recipe.languages
        )

    def _reward(self) -> Use:
        if self.recipe.reward is not None:
            return self.recipe.reward
        use = Use(use="coverage-yield" if self.recipe.coverage.by else "novel-yield")
        if self.recipe.coverage.by:
            self.assumptions.append(f"reward: {use.use} (coverage is asked for)")
        return use

    # -- components ---------------------------------------------------------------------------------------

    def _installed(self) -> None:
        """Every component that isn't installed, in one error, before any file is read."""
        recipe = self.recipe
        wanted: list[tuple[str, str, tuple[str | int, ...]]] = []
        for i, arm in enumerate(recipe.arms or ()):
            wanted += [("generator", use.use, ("arms", i)) for use in arm.chain]
        wanted += [("validator", use.use, ("validators", i)) for i, use in enumerate(recipe.validators or ())]
        wanted += [("reward", recipe.reward.use, ("reward",))] if recipe.reward else []
        wanted += [("evaluator", recipe.downstream.use, ("downstream",))] if recipe.downstream else []
        wanted += [("validator", recipe.audit.use, ("audit",))] if recipe.audit else []
        wanted += [("router", recipe.router.use, ("router",))] if recipe.router else []
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

    def _built(self, kind: str, use: Use, inputs: Inputs, path: tuple[str | int, ...]) -> Built:
        place = self.loaded.source.place(path)
        offer, preset = self.host.find(kind, use.use, place)
        options = {**(preset.options if preset else {}), **use.with_}
        with offer.blamed(place):
            model = offer.component.load_config()
            make = offer.component.load_impl()
        config = validated(model, options, self.loaded.base, self.loaded.source, (*path, "with"))
        try:
            part = make(config, inputs)
        except UsageError as error:
            if error.where is None:
                error.where = place
            raise
        except DatagenError:
            raise
        except Exception as error:
            raise PluginError(
                f"{kind} {offer.name!r} of {offer.package} can't be built: {one_line(error)}", where=place
            ) from error
        return Built(use.name or use.use, offer, config, part)

    def _arms(self, inputs: Inputs, context: Context) -> tuple[BuiltArm, ...]:
        named = self.recipe.arms
        uses = named if named is not None else self._all_that_fit(context.format)
        built: list[BuiltArm] = []
        for i, use in enumerate(uses):
            missing = self._missing(use, context)
            if missing:
                self.skipped.append((use.name, f"needs {', '.join(missing)}"))
                continue
            try:
                arm = self._arm(use, inputs, ("arms", i))
            except (UsageError, PluginError) as error:
                if named is not None:
                    error.message = f"the arm {use.name!r}: {error.message}"
                    raise
                self.skipped.append((use.name, error.message))
                continue
            if named is None and self._has_idle_preset(arm, use):
                plain = ArmUse.model_validate(arm.links[0].offer.name)
                if plain.name in {other.arm.name for other in built}:
                    continue
                arm = self._arm(plain, inputs, ("arms", i))
            missing = self._missing_of_parts(arm, context)
            made = arm.labels()
            if missing:
                self.skipped.append((use.name, f"needs {', '.join(missing)}"))
            elif lacking := self._missing_models(arm, ("arms", i)):
                self.skipped.append((use.name, f"needs {lacking}"))
            elif self.recipe.balance and inputs.labels and made is not None and not made & set(inputs.labels):
                self.skipped.append((use.name, "makes none of the labels wanted"))
            else:
                built.append(arm)
        if not built:
            why = "; ".join(f"{name}: {reason}" for name, reason in self.skipped)
            raise RecipeError(
                f"no arm can be offered ({why})" if why else "there is no arm",
                where=self.loaded.source.place(("arms",)),
                expected="at least one generator whose needs are met",
                hint=NO_MODEL if " model" in why else "datagen plugins list" if why else SHORT_OF_ARMS,
            )
        return tuple(built)

    def _again_if_silent(
        self, arms: tuple[BuiltArm, ...], inputs: Inputs, context: Context
    ) -> tuple[tuple[BuiltArm, ...], Inputs]:
        """Arms and inputs, given a schema that some arms imply: the others are told of it.

        Where one may still emit anything, nothing can be demanded of all rows.
        """
        silent = [arm for arm in arms if arm.links[-1].part.json_schema() is None]
        if not silent:
            return arms, inputs
        try:
            told = self._rebuilt(inputs, context)
        except UsageError:  # an arm that can't make such rows
            told = arms
        if any(arm.links[-1].part.json_schema() is None for arm in told):
            return arms, replace(inputs, json_schema=None)
        return told, inputs

    def _rebuilt(self, inputs: Inputs, context: Context) -> tuple[BuiltArm, ...]:
        self.skipped.clear()
        self.assumptions = [line for line in self.assumptions if not line.startswith("arms:")]
        return self._arms(inputs, context)

    def _all_that_fit(self, wanted: str) -> list[ArmUse]:
        names = []
        has_models = self.models.are_named()
        for offer in self.host.of_kind("generator"):
            if offer.component.makes and wanted not in offer.component.makes:
                self.skipped.append(
                    (offer.name, f"makes {' or '.join(offer.component.makes)} rows, not {wanted}")
                )
                continue
            fitting = [p for p in offer.component.presets if has_models or "model" not in p.needs]
            names += [f"{offer.name}-{preset.name}" for preset in fitting] or [offer.name]
        self.assumptions.append("arms: all installed that fit")
        return [ArmUse.model_validate(name) for name in names]

    def _missing(self, use: ArmUse, context: Context) -> list[str]:
        there = context.available()
        needs: dict[str, None] = {}
        for i, link in enumerate(use.chain):
            offer, _ = self.host.find("generator", link.use)
            needs.update(dict.fromkeys(_of_link(i, offer.component.needs)))
        return [need for need in needs if need not in there]

    def _has_idle_preset(self, arm: BuiltArm, use: ArmUse) -> bool:
        """Whether an arm is a preset that differs by how a model is asked, and asks none."""
        _, preset = self.host.find("generator", use.chain[0].use)
        return preset is not None and "model" in preset.needs and not arm.links[0].part.models()

    def _missing_models(self, arm: BuiltArm, path: tuple[str | int, ...]) -> str | None:
        place = self.loaded.source.place(path)
        return next(
            (lacking for link in arm.links if (lacking := self.models.lacking(link.part, place))), None
        )

    def _missing_of_parts(self, arm: BuiltArm, context: Context) -> list[str]:
        there = context.available()
        needed = {n for i, link in enumerate(arm.links) for n in _of_link(i, link.part.needs())}
        return sorted(needed - there)

    def _arm(self, use: ArmUse, inputs: Inputs, path: tuple[str | int, ...]) -> BuiltArm:
        chained = len(use.chain) > 1
        links = tuple(
            self._built("generator", link, inputs, (*path, "chain", i) if chained else path)
            for i, link in enumerate(use.chain)
        )
        attributes: dict[str, str] = {}
        for link, link_use in zip(links, use.chain, strict=True):
            _, preset = self.host.find("generator", link_use.use)
            attributes |= {"strategy": link.offer.name, **link.offer.component.attributes}
            attributes |= preset.attributes if preset else {}
        version = "+".join(link.offer.version for link in links)
        arm = Arm(name=use.name, attributes={**attributes, **use.attributes}, version=version)
        known = {v.name or v.use for v in self.recipe.validators or ()}
        for name in use.gate:
            if name not in known:
                raise RecipeError(
                    f"gate: no validator is called {name!r}",
                    where=self.loaded.source.place((*path, "gate")),
                    expected=f"one of {', '.join(sorted(known)) or 'none: the recipe has no validators'}",
                )
        return BuiltArm(arm, links, use.gate, use.budget)

    def _validators(self, inputs: Inputs) -> tuple[Built, ...]:
        uses = self.recipe.validators
        if uses is None:
            there = "dedup" in self.host.names("validator")
            uses = (Use(use="dedup"),) if there else ()
            self.assumptions.append(f"validators: {'dedup' if there else 'none (dedup is not installed)'}")
        built = [self._built("validator", use, inputs, ("validators", i)) for i, use in enumerate(uses)]
        for i, validator in enumerate(built):
            place = self.loaded.source.place(("validators", i))
            if isinstance(validator.part, ModelValidator) and self.models.lacking(validator.part, place):
                raise RecipeError(
                    f"the validator {validator.name!r} needs a model and the recipe names none",
                    where=place,
                    expected=f"models: with {', '.join(validator.part.models())}",
                    hint=NO_MODEL,
                )
        return tuple(sorted(built, key=lambda b: COST_CLASSES.index(b.offer.component.cost)))

    def _audit(self, inputs: Inputs) -> Audit | None:
        use = self.recipe.audit
        if use is None:
            return None
        place = self.loaded.source.place(("audit",))
        built = self._built("validator", use, inputs, ("audit",))
        if not isinstance(built.part, Validator | ModelValidator):
            raise RecipeError(
                f"audit: {built.name!r} doesn't judge rows one by one",
                where=place,
                expected="a validator of rows that gives scores, such as judge",
            )
        if isinstance(built.part, ModelValidator) and self.models.lacking(built.part, place):
            raise RecipeError("the audit needs a model and the recipe names none", where=place, hint=NO_MODEL)
        return Audit(built, use.share, use.samples)

    def _check_gates(self, arms: Sequence[BuiltArm], validators: Sequence[Built]) -> None:
        by_row = {b.name for b in validators if isinstance(b.part, Validator | ModelValidator)}
        for i, arm in enumerate(arms):
            wrong = next((name for name in arm.gate if name not in by_row), None)
            if wrong is not None:
                raise RecipeError(
                    f"gate: {wrong!r} doesn't judge rows one by one",
                    where=self.loaded.source.place(("arms", i, "gate")),
                    expected=f"one of {', '.join(sorted(by_row)) or 'none: no validator here does'}",
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


def _of_link(position: int, needs: Iterable[str]) -> list[str]:
    """What a link needs beyond what the link before gives it."""
    return [need for need in needs if position == 0 or need not in GIVEN_BY_LINKS]


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
