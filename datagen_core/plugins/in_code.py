"""Components written where the run is started: classes that stand in a recipe given as a mapping."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from datagen_core.errors import UsageError
from datagen_core.plugins.local import Entry, add_hooks, described, kind_of
from datagen_core.plugins.spec import Component

PACKAGE = "this program"


def use(component: str | type, /, **options: Any) -> dict[str, Any]:
    """A component with its options, as a recipe given as a mapping holds it.

    Args:
        component: A name that `datagen plugins list` shows, or a class of your own: a Generator, a Validator …
        options: Its options.

    Example:
        arms = ["naive", use(Rephrase, style="casual")]
    """
    return {"use": component, **({"with": options} if options else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class InCode(Component):
    """A component whose classes are at hand."""

    classes: tuple[type, Any]

    def load_impl(self) -> Any:
        """The class."""
        return self.classes[0]

    def load_config(self) -> Any:
        """Its options' class."""
        from datagen_core.config import Config

        return self.classes[1] or Config


def taken_out(recipe: Mapping[str, Any]) -> tuple[dict[str, Any], list[Entry]]:
    """The recipe with names in place of classes, and the classes as plugin entries, as `Host` takes them.

    Raises:
        UsageError: A class that is no component, or two of one name.
    """
    found: dict[str, type] = {}

    def named(value: Any) -> Any:
        if inspect.isclass(value):
            return _noted(value, found)
        if isinstance(value, Mapping):
            return {key: named(part) for key, part in value.items()}
        return [named(part) for part in value] if isinstance(value, list | tuple) else value

    plain = {key: named(value) for key, value in recipe.items()}
    return plain, [_entry(name, cls) for name, cls in found.items()]


def _noted(cls: type, found: dict[str, type]) -> str:
    if kind_of(cls) is None or inspect.isabstract(cls):
        raise UsageError(
            f"{cls.__name__} is no component",
            expected="a class that derives from an interface and is whole, such as class MyArm(Generator[MyConfig])",
            hint="see docs/how-to/python.md",
        )
    name: str = described(cls)["name"]
    if found.setdefault(name, cls) is not cls:
        raise UsageError(f"two classes are called {name!r}", expected="one name for each class")
    return name


def _entry(name: str, cls: type) -> Entry:
    """A plugin of one class. Its version is the hash of its source, so that a changed class is another run."""
    about = described(cls)
    component = InCode(
        name=name,
        summary=about["summary"] or "from this program",
        impl=f"{cls.__module__}:{cls.__qualname__}",
        classes=(cls, about["options"]),
    )

    def load() -> ModuleType:
        module = ModuleType(f"datagen_in_code_{name.replace('-', '_')}")
        add_hooks(module, {str(kind_of(cls)): [component]})
        return module

    return name, PACKAGE, f"sha256:{_source_hash(cls)}", load


def _source_hash(cls: type) -> str:
    try:
        source = inspect.getsource(cls)
    except (OSError, TypeError):  # typed into a prompt
        source = cls.__qualname__
    return hashlib.sha256(source.encode()).hexdigest()[:12]
