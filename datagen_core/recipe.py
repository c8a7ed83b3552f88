"""The recipe: a YAML description of wanted data, checked key by key before anything is done."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from datagen_core import aliases, yaml_source
from datagen_core.config import Config, InputPath, Typed
from datagen_core.documents.chunking import ChunkSizes
from datagen_core.errors import RecipeError
from datagen_core.rows import RowsSource
from datagen_core.validating import validated
from datagen_core.yaml_source import Located

MOST_STRATA = 10_000


class Use(Config):
    """A component by name, with its options. A bare string means no options."""

    use: str = Field(min_length=1, description="the component's name, as `datagen plugins list` shows it")
    with_: dict[str, Any] = Field(default_factory=dict, alias="with", description="its options")
    name: str | None = Field(None, description="what to call it, where the same component stands twice")

    @model_validator(mode="before")
    @classmethod
    def _from_string(cls, value: Any) -> Any:
        return {"use": value} if isinstance(value, str) else value


class CallBudget(Config):
    """The most that model calls may take; calls of unknown fate count in full."""

    max_cost: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="money, in the currency of the models' prices"
    )
    max_tokens: int | None = Field(None, ge=0, description="tokens read and written")
    max_calls: int | None = Field(None, ge=0, description="calls that a provider may have done")


class ModelUse(Config):
    """A model by name, with its limits; every further key is an option of the plugin that reaches it."""

    model_config = ConfigDict(extra="allow")

    name: str = Field(min_length=1, description="provider/name, as LiteLLM writes it, or rehearsal")
    use: str | None = Field(
        None, description="the component that reaches it, where not the one that serves it"
    )
    max_in_flight: int = Field(64, ge=1, le=4096, description="the most calls at once at its endpoint")
    rpm: float | None = Field(None, gt=0, description="calls per minute, where the provider has such a limit")
    tpm: float | None = Field(
        None, gt=0, description="tokens per minute, where the provider has such a limit"
    )
    timeout_s: float = Field(120.0, gt=0, le=3600, description="seconds for one try of a call")

    @model_validator(mode="before")
    @classmethod
    def _from_string(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @property
    def options(self) -> dict[str, Any]:
        """What its plugin is told."""
        return dict(self.model_extra or {})


class ArmUse(Config):
    """An arm: one generator, or a chain of them, with a name of its own."""

    SHORT_KEYS: ClassVar[tuple[str, ...]] = ("use", "with")
    """Keys of an arm of one link, beside its fields."""

    name: str = Field(min_length=1, description="the arm's name")
    chain: tuple[Use, ...] = Field(min_length=1, description="a source, then any number of transforms")
    attributes: dict[str, str] = Field(
        default_factory=dict, description="what the router may generalise over"
    )
    gate: tuple[str, ...] = Field((), description="validators that run between the links, by name")
    budget: CallBudget = Field(CallBudget(), description="a wall of its own; the other arms go on")

    @model_validator(mode="before")
    @classmethod
    def _from_short_forms(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value, "chain": [value]}
        if isinstance(value, Mapping) and "chain" not in value and "use" in value:
            rest = {k: v for k, v in value.items() if k not in ("use", "with")}
            link = {k: value[k] for k in ("use", "with") if k in value}
            name = link["use"] if isinstance(link["use"], str) else "arm"
            return {"name": name, **rest, "chain": [link]}
        if isinstance(value, Mapping) and "chain" in value and "name" not in value:
            links = value["chain"] if isinstance(value["chain"], list | tuple) else ()
            names = [u.get("use", "?") if isinstance(u, Mapping) else u for u in links]
            return {**value, "name": "+".join(map(str, names)) or "arm"}
        return value


class Budget(CallBudget):
    """Walls that a run never passes. A run that reached one goes on when it is raised."""

    max_time_s: float | None = Field(
        None, gt=0, description="seconds of work, this sitting; then nothing is sent any more"
    )
    grace_s: float = Field(
        30.0, ge=0, le=3600, description="seconds that calls in flight get to finish after a stop"
    )
    max_batches: int | None = Field(None, ge=1, description="batches over the whole run")


class AuditUse(Use):
    """A validator that grades a few rows of some batches once more: it corrects rewards and rejects nothing."""

    share: float = Field(0.15, gt=0, le=1, description="of the batches that are audited")
    samples: int = Field(3, ge=1, le=100, description="rows of an audited batch that are graded, at most")


class DownstreamUse(Use):
    """An evaluator that is run within the run, on rows of its own, so that the router learns what arms are worth."""

    every: int = Field(20, ge=1, le=100_000, description="committed batches between two evaluations")


class SelectUse(Use):
    """A selector that chooses the dataset from the accepted rows when the run is complete."""

    n: int | None = Field(
        None, ge=1, description="rows to keep at most; by default as many as its rules allow"
    )


class CoverageUse(Config):
    """What the rows should be made of beside their labels. A bare mapping of keys to values is `by`."""

    by: dict[str, dict[str, float]] = Field(
        default_factory=dict,
        description="key → values and their shares, such as language: {en: 2, de: 1}; a list means equal shares",
    )
    least: int = Field(0, ge=0, description="rows that every combination of values is to have at least")

    @model_validator(mode="before")
    @classmethod
    def _from_keys(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and "by" not in value:
            rest = {key: shares for key, shares in value.items() if key != "least"}
            return {"by": rest, **({"least": value["least"]} if "least" in value else {})}
        return value

    @field_validator("by", mode="before")
    @classmethod
    def _shares(cls, value: Any) -> Any:
        return (
            {key: _shares_of(key, given) for key, given in value.items()}
            if isinstance(value, dict)
            else value
        )

    @field_validator("by")
    @classmethod
    def _usable(cls, value: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
        for key, shares in value.items():
            if key in ("label", "labels"):
                raise ValueError("classes and their shares belong under labels:")
            if not shares:
                raise ValueError(f"{key} has no values")
            _check_shares(shares)
        if math.prod(map(len, value.values())) > MOST_STRATA:
            raise ValueError(f"the values make more than {MOST_STRATA:,} combinations")
        return value


class MemoryUse(Config):
    """Whether a run starts from what earlier ones learned, and adds to it. A bare word or on/off is the mode."""

    mode: Literal["off", "read", "on"] = Field("on", description="`read` starts from it and adds nothing")
    path: InputPath | None = Field(
        None, description="a file of its own; by default in the user's data folder"
    )

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, value: Any) -> Any:
        if isinstance(value, bool):  # YAML reads on and off as such
            return {"mode": "on" if value else "off"}
        return {"mode": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _plain_file(self) -> MemoryUse:
        if self.path is not None and (
            Path(self.path.given).is_absolute() or ".." in Path(self.path.given).parts
        ):
            raise ValueError("the path must lie below the recipe's folder")
        return self


class Export(Config):
    """A file to write when the run ends, relative to the working folder."""

    format: str = Field("jsonl", description="an exporter's name")
    path: str = Field(min_length=1, description="where to write it")
    with_: dict[str, Any] = Field(default_factory=dict, alias="with", description="the exporter's options")


class Recipe(Config):
    """What data is wanted and what may be used to make it."""

    name: str = Field("", max_length=200, description="the run folder's name; by default the file's")
    description: str = Field("", description="for people")
    domain: str = Field("", description="subject area: a routing feature and part of prompts")
    task: str = Field("", description="what a model trained on the data should do")
    complexity: Literal["", "low", "medium", "high"] = Field("", description="a routing feature")
    languages: tuple[str, ...] = Field(("en",), min_length=1, description="language codes")
    num_samples: int = Field(100, ge=1, description="accepted rows wanted")
    seed: int = Field(0, description="of every random choice")
    labels: dict[str, float] = Field(
        default_factory=dict, description="classes and their shares; a list means equal shares"
    )
    balance: bool = Field(True, description="keep the shares of labels exact")
    coverage: CoverageUse = Field(
        CoverageUse(), description="further keys whose values the rows should have in exact shares"
    )
    seeds: RowsSource | None = Field(None, description="real examples")
    each_seed_once: bool = Field(
        False,
        description="put each seed through the one arm, in order, and end: `num_samples` follows from it",
    )
    unlabelled: RowsSource | None = Field(None, description="real texts without labels")
    documents: tuple[InputPath, ...] = Field(
        (), description="files, folders or patterns to make data from; or a knowledge base"
    )
    chunks: ChunkSizes = Field(ChunkSizes(), description="how much text the chunks of documents hold")
    grammar: dict[str, Any] | InputPath | None = Field(None, description="a template grammar, or its file")
    json_schema: dict[str, Any] | InputPath | None = Field(None, description="what each row must satisfy")
    models: dict[str, ModelUse] = Field(
        default_factory=dict,
        description="alias → model; components ask for `generator` unless told otherwise",
    )
    arms: tuple[ArmUse, ...] | None = Field(None, description="by default all installed arms that fit")
    validators: tuple[Use, ...] | Literal["auto"] | None = Field(
        None,
        description="by default `dedup`, where installed; `auto` for those that installed ones suggest for this recipe",
    )
    embedder: Use | None = Field(
        None,
        description="what turns texts into vectors for those who compare by meaning: by default `hashing`",
    )
    retriever: Use | None = Field(
        None,
        description="who finds passages of the documents, or of a knowledge base that stands in their place",
    )
    select: SelectUse | None = Field(
        None, description="which of the accepted rows make the dataset, chosen when the run is complete"
    )
    reward: Use | None = Field(
        None,
        description="what the router learns from: `novel-yield`, or `coverage-yield` where coverage is asked for",
    )
    downstream: DownstreamUse | None = Field(
        None, description="an evaluator on development rows whose findings the router learns from as it goes"
    )
    audit: AuditUse | None = Field(
        None, description="another validator that corrects rewards where judges are flattered"
    )
    router: Use | None = Field(
        None, description="who chooses the arms: by default `adaptive` where installed, else `epsilon-greedy`"
    )
    memory: MemoryUse = Field(MemoryUse(), description="what earlier runs learned: off, read or on")
    evaluation: Use | None = Field(None, description="run over the finished dataset")
    export: tuple[Export, ...] = Field((), description="files to write at the end")
    batch_size: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="samples per decision: 20, or 10 where a model makes them by several arms",
    )
    window: int | None = Field(
        None,
        ge=1,
        le=256,
        description="most batches in flight: 1; where a model makes them 48, in strict order 24",
    )
    order: Literal["strict", "arrival"] | None = Field(
        None, description="strict repeats byte for byte; arrival commits as batches finish"
    )
    workers: int | None = Field(None, ge=1, le=256, description="batches worked on at once; never a result")
    durability: Literal["normal", "full"] = Field("normal", description="`full` also survives power loss")
    budget: Budget = Field(Budget(), description="walls")
    plugins: tuple[InputPath, ...] = Field(
        (), description="Python files that offer components; loaded only with --trust-local"
    )
    task_input: dict[str, Any] = Field(default_factory=dict, description="open: kept for prompts")
    constraints: dict[str, Any] = Field(default_factory=dict, description="open: kept for prompts")

    @field_validator("labels", mode="before")
    @classmethod
    def _shares(cls, value: Any) -> Any:
        return _shares_of("label", value)

    @field_validator("labels")
    @classmethod
    def _positive(cls, value: dict[str, float]) -> dict[str, float]:
        _check_shares(value)
        return value

    @field_validator("validators", mode="before")
    @classmethod
    def _auto_is_the_one_word(cls, value: Any) -> Any:
        if isinstance(value, str) and value != "auto":
            raise ValueError(f"{value!r} is neither a list of validators nor the word `auto`")
        return value

    @field_validator("documents", mode="before")
    @classmethod
    def _one_path_is_a_list(cls, value: Any) -> Any:
        return [value] if isinstance(value, str | Path) else value

    @field_validator("task_input", "constraints", mode="before")
    @classmethod
    def _no_paths_among_words(cls, value: Any) -> Any:
        return _with_texts(value, str)

    @field_validator("name")
    @classmethod
    def _no_path(cls, value: str) -> str:
        if "/" in value or "\\" in value or value in (".", ".."):
            raise ValueError("a name can't hold a path; choose the folder with -o RUN_FOLDER")
        return value

    @model_validator(mode="after")
    def _one_pass(self) -> Recipe:
        if self.each_seed_once and (stray := {"num_samples", "coverage", "balance"} & self.model_fields_set):
            raise ValueError(f"each_seed_once decides how many rows there are: take out {sorted(stray)[0]}")
        return self

    @property
    def named_validators(self) -> tuple[Use, ...]:
        """Those that it names; none where they are to be chosen."""
        return self.validators if isinstance(self.validators, tuple) else ()

    @model_validator(mode="after")
    def _distinct_names(self) -> Recipe:
        for kind, names in (
            ("arm", [arm.name for arm in self.arms or ()]),
            ("validator", [v.name or v.use for v in self.named_validators]),
        ):
            twice = next((n for i, n in enumerate(names) if n in names[:i]), None)
            if twice:
                raise ValueError(f"two {kind}s are called {twice!r}; give one another name:")
        return self


def _shares_of(what: str, value: Any) -> Any:
    """Values and their shares: equal ones where they are a list."""
    if not isinstance(value, list | tuple):
        return value
    counted = Counter(map(str, value))
    repeated = [v for v in value if counted[str(v)] > 1]
    if repeated:
        raise ValueError(f"the {what} {repeated[0]!r} stands twice")
    if strange := [v for v in value if isinstance(v, bool) or not isinstance(v, str | int | float)]:
        raise ValueError(f"the {what} {strange[0]!r} is not text; put it in quotes")
    return {str(one): 1.0 for one in value}


def _check_shares(shares: Mapping[str, float]) -> None:
    if any(not 0 < share < float("inf") for share in shares.values()):
        raise ValueError("each share must be a positive number")


class LoadedRecipe:
    """A recipe with its place: the folder paths are relative to, the lines of its keys, what was translated.

    Attributes:
        recipe: The validated model.
        base: The folder that paths in it are relative to.
        source: Where each key stands.
        enforced: Dotted keys of `task_input` and `constraints` that map to something.
        model: The name of a model that takes the place of every alias (`--model`), or None.
        entries: Plugins that came with it: classes of the program that gave it.
    """

    def __init__(
        self,
        recipe: Recipe,
        base: Path,
        source: Located,
        enforced: set[str],
        model: str | None = None,
        entries: Sequence[Any] = (),
    ) -> None:
        self.recipe = recipe
        self.base = base
        self.source = source
        self.enforced = enforced
        self.model = model
        self.entries = entries

    def changed(self, **update: Any) -> LoadedRecipe:
        """The same with other values for some keys of the recipe."""
        recipe = self.recipe.model_copy(update=update)
        return LoadedRecipe(recipe, self.base, self.source, self.enforced, self.model, self.entries)

    def with_model(self, name: str | None) -> LoadedRecipe:
        """The same with every alias replaced by one model; None changes nothing."""
        if name is not None and not name.strip():
            raise RecipeError("no model is named", where="--model", expected="provider/name, or rehearsal")
        model = name or self.model
        return LoadedRecipe(self.recipe, self.base, self.source, self.enforced, model, self.entries)

    def enforcing(self, keys: frozenset[str]) -> LoadedRecipe:
        """The same, in which some keys of the open sections are acted on as well."""
        enforced = self.enforced | keys
        return LoadedRecipe(self.recipe, self.base, self.source, enforced, self.model, self.entries)

    def not_enforced(self) -> list[str]:
        """Dotted keys of the open sections that no component acts on; prompts still see them."""
        keys = [
            f"{section}.{key}"
            for section in aliases.OPEN_SECTIONS
            for key in getattr(self.recipe, section)
            if f"{section}.{key}" not in self.enforced
        ]
        return [key for key in keys if key not in ("task_input.description", "task_input.dataset_fields")]


def load(path: str | Path, overrides: Sequence[str] = ()) -> LoadedRecipe:
    """Reads and validates a recipe file.

    Args:
        path: The YAML file.
        overrides: `a.b=c` assignments, applied first; values are YAML.

    Raises:
        RecipeError: with the line, what was expected and the nearest name.
    """
    path = Path(path)
    source = yaml_source.load(path)
    return from_source(source, path.resolve().parent, overrides, default_name=path.stem)


def from_source(
    source: Located,
    base: Path,
    overrides: Sequence[str] = (),
    default_name: str = "run",
    entries: Sequence[Any] = (),
) -> LoadedRecipe:
    """Validates a parsed document; see `load`. `entries` are plugins that come with it."""
    if not isinstance(source.data, dict):
        found = "nothing" if source.data is None else type(source.data).__name__
        raise RecipeError(
            f"the recipe holds {found}, not keys and values",
            where=source.name,
            expected="at least num_samples: and arms:",
            hint="see recipes/quickstart.yaml",
        )
    for assignment in overrides:
        override(source, assignment)
    data, enforced = aliases.translate(source)
    recipe: Recipe = validated(Recipe, data, base, source, ())
    if not recipe.name:
        recipe = recipe.model_copy(update={"name": default_name})
    return LoadedRecipe(recipe, base, source, enforced, entries=entries)


def override(source: Located, assignment: str) -> None:
    """Applies one `a.b.c=value`: keys of mappings, positions or names in lists; the value is YAML."""
    dotted, equals, text = assignment.partition("=")
    keys = dotted.strip().split(".")
    if not equals or not all(keys):
        raise RecipeError(f"{assignment!r} is no assignment", where="--set", expected="--set key.key=value")
    try:
        value = _with_texts(yaml_source.parse(text).data, Typed)
    except RecipeError:
        value = Typed(text)
    target: Any = source.data
    for i, key in enumerate(keys[:-1]):
        target = _step(target, key, keys[i + 1], assignment, is_model=keys[0] == "models")
    last = keys[-1]
    if isinstance(target, list):
        target[_position(target, last, assignment)] = value
    elif isinstance(target, dict):
        target[last] = value
    else:
        raise RecipeError(f"{'.'.join(keys[:-1])} holds no keys", where=f"--set {assignment}")


def _with_texts(value: Any, kind: type[str]) -> Any:
    """The same, its texts as another kind of text: as typed on a command line, or as any other."""
    if isinstance(value, dict):
        return {key: _with_texts(one, kind) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_texts(one, kind) for one in value]
    return kind(value) if isinstance(value, str) else value


def _step(target: Any, key: str, following: str, assignment: str, *, is_model: bool) -> Any:
    if isinstance(target, list):
        index = _position(target, key, assignment)
        if isinstance(target[index], str):
            target[index] = {"use": target[index]}
        return target[index]
    if not isinstance(target, dict):
        raise RecipeError(f"{key} has no keys to set", where=f"--set {assignment}")
    found = target.get(key)
    if found is None:
        target[key] = {}
    elif isinstance(found, str):
        by_itself = "name" if is_model else "path" if following in RowsSource.model_fields else "use"
        target[key] = {by_itself: found}
    return target[key]


def _position(items: list[Any], key: str, assignment: str) -> int:
    names = [v.get("name") or v.get("use") if isinstance(v, Mapping) else v for v in items]
    if key in names:
        return names.index(key)
    if key.isdecimal() and int(key) < len(items):
        return int(key)
    raise RecipeError(
        f"the list has no {key!r}",
        where=f"--set {assignment}",
        expected=f"a position below {len(items)} or one of {', '.join(str(n) for n in names)}",
    )
