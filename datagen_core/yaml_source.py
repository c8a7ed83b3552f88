"""YAML that untrusted people wrote: safe types only, bounded, no duplicate keys, every key with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from datagen_core.errors import RecipeError

MAX_BYTES = 4 * 1024 * 1024
MAX_NODES = 200_000
"""Nodes after aliases are expanded. A "billion laughs" of nine levels would have 10^9."""
_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"
_AS_WRITTEN = {f"{_TAG}{name}" for name in ("str", "timestamp", "value")}
_SCALARS = {f"{_TAG}{name}" for name in ("null", "bool", "int", "float")} | _AS_WRITTEN


class Located:
    """A parsed document and where each of its paths begins.

    `data` is plain Python; `line((\"arms\", 0, \"use\"))` is the 1-based line of that key, or of the nearest
    enclosing one.
    """

    def __init__(self, data: Any, lines: dict[tuple[str | int, ...], int], name: str) -> None:
        self.data = data
        self.name = name
        self._lines = lines

    def line(self, path: tuple[str | int, ...]) -> int:
        """The line of a path or of the closest parent that has one; 1 for the whole document."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def moved(self, old: tuple[str | int, ...], new: tuple[str | int, ...]) -> None:
        """Says that what stood at `old` is now found at `new`, so that errors still name its line."""
        if old in self._lines:
            self._lines.setdefault(new, self._lines[old])

    def place(self, path: tuple[str | int, ...]) -> str:
        """`file:line`, for errors."""
        return f"{self.name}:{self.line(path)}"


def load(path: Path) -> Located:
    """Reads a YAML file.

    Raises:
        RecipeError: missing, a folder, too large, not UTF-8, malformed, or an alias bomb.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RecipeError(
                f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB",
                where=str(path),
                expected="a recipe; data belongs in files that it names",
            )
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise RecipeError(
            f"no file {path}", where=str(path.absolute()), expected="a recipe (YAML)", hint="ls recipes/"
        ) from None
    except OSError as error:
        raise RecipeError(f"can't be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise RecipeError(
            f"byte {error.start} is not UTF-8 (0x{error.object[error.start]:02x})",
            where=f"{path}:{line}",
            expected="UTF-8 text",
            hint=f"convert it: iconv -f latin1 -t utf-8 {path.name}",
        ) from None
    return parse(text, str(path))


def parse(text: str, name: str = "recipe") -> Located:
    """Parses YAML text; see `load`."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}" if mark else name
        raise RecipeError(
            f"not valid YAML: {error.problem or error.context}", where=where, expected="valid YAML"
        ) from None
    except yaml.YAMLError as error:
        raise RecipeError(f"not valid YAML: {error}", where=name) from None
    except RecursionError:
        raise RecipeError("the document is nested too deeply", where=name) from None
    if node is None:
        return Located(None, {}, name)
    reader = _Reader(name)
    try:
        data = reader.value(node, ())
    except RecursionError:
        raise RecipeError("the document is nested too deeply", where=name) from None
    return Located(data, reader.lines, name)


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[tuple[str | int, ...], int] = {}
        self._left = MAX_NODES
        self._open: set[int] = set()
        self._scalars = yaml.SafeLoader("")

    def value(self, node: yaml.Node, path: tuple[str | int, ...]) -> Any:
        self._left -= 1
        if self._left < 0 or id(node) in self._open:
            raise RecipeError(
                f"more than {MAX_NODES:,} values once its aliases are expanded (an alias bomb?)",
                where=f"{self.name}:{node.start_mark.line + 1}",
                expected="a recipe that names files for its data",
            )
        self.lines.setdefault(path, node.start_mark.line + 1)
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
                return self._mapping(node, path)
            if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
                return [self.value(item, (*path, i)) for i, item in enumerate(node.value)]
            return self._scalar(node)
        finally:
            self._open.discard(id(node))

    def _scalar(self, node: yaml.Node) -> Any:
        try:
            if node.tag not in _SCALARS or not isinstance(node, yaml.ScalarNode):
                raise ValueError(f"the tag {node.tag.replace(_TAG, '!!')}")
            # dates stay text: JSON has none, and a recipe is stored as JSON
            return node.value if node.tag in _AS_WRITTEN else self._scalars.construct_object(node)
        except (yaml.YAMLError, ValueError, LookupError) as error:
            raise RecipeError(
                f"not a plain value: {error}",
                where=f"{self.name}:{node.start_mark.line + 1}",
                expected="text, numbers, true/false, lists and mappings",
            ) from None

    def _mapping(self, node: yaml.MappingNode, path: tuple[str | int, ...]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        own: set[str] = set()
        merges_first = sorted(node.value, key=lambda pair: pair[0].tag != _MERGE)
        for key_node, value_node in merges_first:
            line = key_node.start_mark.line + 1
            if key_node.tag == _MERGE:
                merged = self.value(value_node, path)
                for part in merged if isinstance(merged, list) else [merged]:
                    if not isinstance(part, dict):
                        raise RecipeError("only a mapping can be merged with <<", where=f"{self.name}:{line}")
                    out = {**part, **out}
                continue
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is None:
                raise RecipeError("a key must be plain text", where=f"{self.name}:{line}")
            if key in own:
                raise RecipeError(
                    f"the key {key!r} stands twice",
                    where=f"{self.name}:{line}",
                    expected=f"once (first on line {self.lines[*path, key]})",
                )
            own.add(key)
            self.lines[*path, key] = line
            out[key] = self.value(value_node, (*path, key))
        return out
