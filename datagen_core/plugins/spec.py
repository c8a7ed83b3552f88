"""What a plugin declares: components, by hooks that import nothing.

A plugin is a module named in the entry-point group `datagen`. Its declaration hooks return `Component`s, which
name their options and implementation as `"module:Class"` strings, so that listing 50 plugins imports none.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pluggy

from datagen_core.nothing import EMPTY

if TYPE_CHECKING:
    import click

    from datagen_core.results import Results

hookspec = pluggy.HookspecMarker("datagen")
hookimpl = pluggy.HookimplMarker("datagen")

COST_CLASSES = ("free", "cheap", "dear")
"""free: arithmetic on the row. cheap: CPU work. dear: a model call or a large local model."""


FORMATS = ("text", "labelled", "record", "pair", "chat", "preference")
"""What rows may be: a text, one with a class, a record with fields, input and response, a conversation, two answers of
which one is better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A named set of options of a component: `use: <component>-<preset>` in a recipe, an arm of its own.

    `needs` is what makes it differ from the component: where that isn't there, the component alone is offered.
    """

    name: str
    summary: str
    options: Mapping[str, Any] = EMPTY
    attributes: Mapping[str, str] = EMPTY
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One part a plugin offers.

    Attributes:
        name: The name recipes use, kebab-case.
        summary: One line, shown by `datagen plugins list`.
        impl: `"module:Class"` of the implementation.
        config: `"module:Class"` of its options, or None when it has none.
        needs: What must be there for it to work: `seeds`, `labels`, `slots`, `grammar`, `documents`,
            `unlabelled`, `model`, `parents` … Routing reads it before anything is imported.
        makes: Of a generator: what its rows are, out of FORMATS; empty where it makes whatever is wanted. It is offered
            unasked only where such rows are wanted.
        is_named_only: Of a generator: it is an arm only where a recipe names it, because it makes nothing new.
        cost: `free`, `cheap` or `dear`: the order validators run in.
        attributes: What a router may generalise over (`strategy`, …).
        presets: Named variants.
        serves: Of a model component: the prefixes of model names that it serves (`openai` of
            `openai/gpt-4o-mini`); `*` for all that no other component serves.
        bare_names: Of a model component: how names without a prefix begin → the prefix they are read with.
        opens: Of a retriever: a file by which a folder shows that it is one of its knowledge bases → the option that
            takes the folder. Such a folder may stand where documents are named.
        imports: Top-level modules that it can't do without and that its distribution doesn't demand. Where one is
            missing it is listed with the command that adds them, and can't be used.
        extra: The extra of its distribution that brings these.
    """

    name: str
    summary: str
    impl: str
    config: str | None = None
    needs: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    is_named_only: bool = False
    cost: str = "cheap"
    attributes: Mapping[str, str] = EMPTY
    presets: tuple[Preset, ...] = ()
    serves: tuple[str, ...] = ()
    bare_names: Mapping[str, str] = EMPTY
    opens: Mapping[str, str] = EMPTY
    imports: tuple[str, ...] = ()
    extra: str = ""

    def load_impl(self) -> Any:
        """The implementation class; imports its module."""
        return _load(self.impl)

    def load_config(self) -> Any:
        """The options class; a component without options takes none."""
        from datagen_core.config import Config

        return Config if self.config is None else _load(self.config)


def _load(reference: str) -> Any:
    module, _, attribute = reference.partition(":")
    return getattr(importlib.import_module(module), attribute)


class DatagenSpec:
    """Every hook of DataGen. Declaration hooks are pure; run hooks observe and change nothing."""

    @hookspec
    def datagen_generators(self) -> Sequence[Component]:  # type: ignore[empty-body]
        """Generators (arms are made of them)."""

    @hookspec
    def datagen_validators(self) -> Sequence[Component]:  # type: ignore[empty-body]
        """Validators of rows, batches or rows against the pool."""

    @hookspec
    def datagen_rewards(self) -> Sequence[Component]:  # type: ignore[empty-body]
        """Rewards."""

    @hookspec
    def datagen_routers(self) -> Sequence[Component]:  # type: ignore[empty-body]
        """Routers."""

    @hookspec
    def datagen_evaluators(self) -> Sequence[Component]:  # type: ignore[empty-body]
        """Evaluators."""

    @hookspec
    def datagen_exporters(self) -> Sequence[Component]:  # type: ignore[empty-body]
        """Exporters."""

    @hookspec
    def datagen_selectors(self) -> Sequence[Component]:  # type: ignore[empty-body]
        """Selectors: which of the accepted rows make the dataset."""

    @hookspec
    def datagen_embedders(self) -> Sequence[Component]:  # type: ignore[empty-body]
        """Embedders: texts to vectors."""

    @hookspec
    def datagen_retrievers(self) -> Sequence[Component]:  # type: ignore[empty-body]
        """Retrievers: a question to the passages that bear on it."""

    @hookspec
    def datagen_models(self) -> Sequence[Component]:  # type: ignore[empty-body]
        """Models (ways to reach them: a provider, a library, a stand-in)."""

    @hookspec
    def datagen_run_started(self, run: Mapping[str, Any]) -> None:
        """A run starts or goes on. `run` holds name, folder, fingerprint, settings and arms."""

    @hookspec
    def datagen_batch_finished(self, batch: Mapping[str, Any]) -> None:
        """A batch was committed. `batch` holds index, arm, reward, components and counts."""

    @hookspec
    def datagen_run_finished(self, results: Results) -> None:
        """A run ended (complete, short, interrupted or at its budget)."""

    @hookspec
    def datagen_commands(self, cli: click.Group) -> None:
        """Adds verbs to the command line, as `cli.offer("verb", "my_plugin.verb:verb", "What it does.")`.

        The reference is a click command; its module is imported when the verb is called. A command that is at hand can
        be added by `cli.add_command` too.
        """


KIND_HOOKS: Mapping[str, str] = MappingProxyType(
    {
        "generator": "datagen_generators",
        "validator": "datagen_validators",
        "reward": "datagen_rewards",
        "router": "datagen_routers",
        "evaluator": "datagen_evaluators",
        "exporter": "datagen_exporters",
        "selector": "datagen_selectors",
        "embedder": "datagen_embedders",
        "retriever": "datagen_retrievers",
        "model": "datagen_models",
    }
)
"""Component kind → the hook that declares it."""
