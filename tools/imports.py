"""Compares what each package imports with what it declares.

    python tools/imports.py     exit 1 and one line for each import that is out of order

Every import is of the standard library, of the package itself, of `datagen_core`, or of a declared dependency; inside
a function (on first use) and for types alone also of what an extra declares; in tests of what the extras `test` and
the core's `testing` declare; a few packages of the core are for an extra of it. Nothing imports or names another
plugin, and the core none.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PLUGIN_NAME = re.compile(r"datagen_plugin_\w+")
NAMED = re.compile(r"(datagen_plugin_\w+)[.:]")
OF_THE_INTERFACE = {"pydantic"}
"""What every plugin has with the core: `Config` is a pydantic model, and options are its `Field`s."""
FOR_AN_EXTRA = {"near_duplicates": "near-duplicates"}
"""Packages of the core that only those import who ask for an extra of it → the extra."""


@dataclass(frozen=True, slots=True)
class Import:
    """An import, or a string that names a module: what, where, and whether only when a function is called."""

    module: str
    line: int
    is_lazy: bool


@dataclass(frozen=True)
class Package:
    """A distribution of this repository: its folder and the module it brings."""

    folder: Path
    module: str

    @cached_property
    def project(self) -> dict[str, Any]:
        """The `[project]` table of its pyproject.toml."""
        table: dict[str, Any] = tomllib.loads((self.folder / "pyproject.toml").read_text("utf-8"))["project"]
        return table

    def declared(self, *extras: str) -> set[str]:
        """Canonical names of the dependencies, and of those of some extras; `*` for all extras."""
        optional = self.project.get("optional-dependencies", {})
        lines = list(self.project["dependencies"])
        for extra, more in optional.items():
            lines += more if extra in extras or "*" in extras else []
        return {canonical(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in lines} | OF_THE_INTERFACE


def packages() -> list[Package]:
    """The core and every plugin."""
    folders = sorted(file.parent for file in ROOT.glob("plugins/*/pyproject.toml"))
    plugins = [Package(folder, f"datagen_plugin_{folder.name.replace('-', '_')}") for folder in folders]
    return [Package(ROOT, "datagen_core"), *plugins]


def violations() -> list[str]:
    """Every import out of order, as `file:line: what is wrong`."""
    brings = {
        module: {canonical(name) for name in names}
        for module, names in metadata.packages_distributions().items()
    }
    return [line for package in packages() for line in _of_package(package, brings)]


def _of_package(package: Package, brings: dict[str, set[str]]) -> Iterator[str]:
    core = Package(ROOT, "datagen_core")
    for file in sorted((package.folder / package.module).rglob("*.py")):
        is_suite = (ROOT / "datagen_core" / "testing") in file.parents
        extras = ["testing"] if is_suite else []
        extras += [
            extra for name, extra in FOR_AN_EXTRA.items() if file.parent == ROOT / "datagen_core" / name
        ]
        eager = package.declared(*extras)
        yield from _of_file(file, package.module, eager, package.declared("*"), brings)
    if package.module != "datagen_core":
        test = package.declared("test") | core.declared("testing")
        for file in sorted((package.folder / "tests").rglob("*.py")):
            yield from _of_file(file, package.module, test, test, brings)


def _of_file(
    file: Path, own: str, eager: set[str], lazy: set[str], brings: dict[str, set[str]]
) -> Iterator[str]:
    for found in imports(ast.parse(file.read_text("utf-8"), str(file))):
        top = found.module.partition(".")[0]
        place = f"{file.relative_to(ROOT)}:{found.line}"
        if top in (own, "datagen_core") or top in sys.stdlib_module_names:
            continue
        if PLUGIN_NAME.fullmatch(top):
            yield f"{place}: {top} is another plugin"
        elif not brings.get(top, set()) & (lazy if found.is_lazy else eager):
            source = " or ".join(sorted(brings.get(top, ()))) or "nothing that is installed"
            yield f"{place}: imports {top} (of {source}), which is not a declared dependency"


def imports(tree: ast.Module) -> list[Import]:
    """Absolute imports anywhere in a module, and strings that begin with a plugin's module name."""
    found: list[Import] = []

    def visit(node: ast.AST, lazy: bool) -> None:
        if isinstance(node, ast.Import):
            found.extend(Import(name.name, node.lineno, lazy) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.append(Import(node.module, node.lineno, lazy))
        elif isinstance(node, ast.Constant) and (named := NAMED.match(str(node.value))):
            found.append(Import(named[1], node.lineno, lazy))
        inside = lazy or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or _is_for_types(node)
        for child in ast.iter_child_nodes(node):
            visit(child, inside)

    visit(tree, False)
    return found


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def canonical(name: str) -> str:
    """A distribution's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    wrong = violations()
    print("\n".join(wrong) or f"{len(packages())} packages import what they declare")
    sys.exit(1 if wrong else 0)
