"""A Python file beside a recipe as a plugin: for trying an idea before packaging it. It runs as your own code."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

from datagen_core.errors import InputError, PluginError
from datagen_core.plugins.interfaces import interfaces
from datagen_core.plugins.spec import KIND_HOOKS, Component, hookimpl

Entry = tuple[str, str, str, Callable[[], ModuleType]]


def local_entries(files: Iterable[Path]) -> list[Entry]:
    """Plugin entries for files, as `Host` takes them; their version is the hash of their content.

    Raises InputError for a file that isn't there.
    """
    return [_entry(file) for file in files]


def _entry(file: Path) -> Entry:
    if not file.is_file():
        raise InputError(f"no file {file.name}", where=str(file), expected="a Python file with an arm in it")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return file.stem, str(file), f"sha256:{digest[:12]}", lambda: load_file(file, digest)


def load_file(file: Path, digest: str) -> ModuleType:
    """The file as a module with hooks: its own, or one per interface that its classes implement.

    A class of the file that implements an interface becomes a component: named after the class in kebab-case
    (`SlowPaint` → `slow-paint`), summarised by its docstring's first line, with the options class its base
    names (`Generator[SlowPaintConfig]`).
    """
    plain = re.sub(r"\W", "_", file.stem)
    name = f"datagen_local_{plain}_{digest[:8]}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise PluginError(f"{file} can't be loaded as Python", expected="a name ending in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    if not any(hasattr(module, hook) for hook in KIND_HOOKS.values()):
        add_hooks(module, _components(module, file))
    return module


def _components(module: ModuleType, file: Path) -> dict[str, list[Component]]:
    """The components of a module's own classes, by kind."""
    found: dict[str, list[Component]] = {}
    for cls in vars(module).values():
        kind = kind_of(cls) if inspect.isclass(cls) and cls.__module__ == module.__name__ else None
        if kind is not None and not inspect.isabstract(cls):
            found.setdefault(kind, []).append(_component(cls, module))
    if not found:
        raise PluginError(
            f"{file.name} has no class that implements an interface, and no hook",
            expected="e.g. class MyArm(Generator[MyConfig])",
        )
    return found


def add_hooks(module: ModuleType, found: Mapping[str, list[Component]]) -> None:
    """Gives a module the hooks that declare components, by kind."""
    for kind, components in found.items():
        hook = KIND_HOOKS[kind]

        def declare(components: list[Component] = components) -> list[Component]:
            return components

        declare.__name__ = hook
        setattr(module, hook, hookimpl(_without_arguments(declare)))


def _without_arguments(declare: Callable[..., list[Component]]) -> Callable[[], list[Component]]:
    def hook() -> list[Component]:
        return declare()

    hook.__name__ = declare.__name__
    return hook


def kind_of(cls: type) -> str | None:
    """The kind of component that a class is; None where it is none."""
    return next((kind for kind, bases in interfaces().items() if issubclass(cls, bases)), None)


def described(cls: type) -> dict[str, Any]:
    """What a class says of itself: `name` (kebab-case), `summary` (its docstring's first line), `options` (a class)."""
    lines = (inspect.getdoc(cls) or "").splitlines()
    return {
        "name": re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", cls.__name__).lower(),
        "summary": lines[0] if lines and vars(cls).get("__doc__") else "",
        "options": _options_class(cls),
    }


def _component(cls: type, module: ModuleType) -> Component:
    about = described(cls)
    config = about["options"]
    return Component(
        name=about["name"],
        summary=about["summary"] or f"from {Path(str(module.__file__)).name}",
        impl=f"{module.__name__}:{cls.__name__}",
        config=f"{config.__module__}:{config.__name__}" if config else None,
    )


def _options_class(cls: type) -> Any:
    from datagen_core.config import Config

    for base in getattr(cls, "__orig_bases__", ()):
        for argument in get_args(base):
            if inspect.isclass(argument) and issubclass(argument, Config) and argument is not Config:
                return argument
    return None
