"""Components written where the run is started: classes that stand in a recipe given as a mapping."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from datagen_core.config import InputPath
from datagen_core.errors import UsageError
from datagen_core.plugins.local import Entry, add_hooks, described, kind_of
from datagen_core.plugins.spec import Component

FOREIGN = frozenset({"datagen_core", "builtins", "abc", "typing", "pydantic"})
PLAIN = (str, bytes, int, float, bool, type(None), tuple)
PLACES = frozenset(
    {
        *("arms", "validators", "reward", "router", "evaluation", "downstream", "audit", "models"),
        *("select", "embedder", "retriever"),
    }
)
"""Keys of a recipe under which classes may stand."""
DEEPEST = 64


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
    plain = {str(key): _named(part, (str(key),), found) for key, part in recipe.items()}
    return plain, [_entry(name, cls) for name, cls in found.items()]


def _named(value: Any, place: tuple[str, ...], found: dict[str, type]) -> Any:
    """A value of the recipe with names in place of classes; refuses what a recipe can't hold."""
    if inspect.isclass(value) and place[0] in PLACES:
        return _noted(value, found)
    if len(place) <= DEEPEST and isinstance(value, Mapping):
        return {key: _named(part, (*place, str(key)), found) for key, part in value.items()}
    if len(place) <= DEEPEST and isinstance(value, list | tuple):
        return [_named(part, (*place, str(at)), found) for at, part in enumerate(value)]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, str | int | float | bool | None | InputPath | date):
        return value
    raise UsageError(
        f"a recipe can't hold {type(value).__name__}" if len(place) <= DEEPEST else "too deeply nested",
        where=".".join(place[:8]),
        expected=f"text, numbers, lists, mappings; classes under {', '.join(sorted(PLACES))}",
    )


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

    return name, f"class {cls.__qualname__}", f"sha256:{_hash(cls)}", load


def _hash(cls: type) -> str:
    """Of the class and its bases beyond DataGen's: their source and code, with the values that functions hold on to.

    What its functions call elsewhere isn't in it.
    """
    own = [base for base in cls.__mro__ if base.__module__.partition(".")[0] not in FOREIGN]
    text = repr([_described(base) for base in own])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _described(cls: type) -> tuple[Any, ...]:
    try:
        source = inspect.getsource(cls)
    except (OSError, TypeError):  # typed into a prompt
        source = cls.__qualname__
    functions = [(name, part) for name, part in vars(cls).items() if inspect.isfunction(part)]
    return source, [(name, _of_code(part.__code__), _held(part)) for name, part in functions]


def _of_code(code: CodeType) -> tuple[Any, ...]:
    """What a function does, without where it stands."""
    constants = [_of_code(part) if isinstance(part, CodeType) else repr(part) for part in code.co_consts]
    return (code.co_code, code.co_names, code.co_varnames, constants)


def _held(function: Any) -> list[str]:
    """The values of a closure, as far as they are plain."""
    cells = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    return [repr(value) if isinstance(value, PLAIN) else type(value).__qualname__ for value in cells]


def _is_filled(cell: Any) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True
