"""The parts of a file in other languages, by tree-sitter; one wheel a language (`datagen-core[code]`)."""

from __future__ import annotations

import importlib
import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from datagen_core.documents.source_code.parts import Part, Unparsed

if TYPE_CHECKING:
    from tree_sitter import Node

_SPECIAL = {
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
}
_CONTAINER = re.compile(r"(?:^|_)(?:class|interface|trait|impl|mod|module|namespace)(?:_|$)")
_TRANSPARENT = re.compile(r"preproc_if|preproc_else|preproc_elif|linkage_specification|^declaration_list$")
"""What stands around definitions without naming them: `#ifndef`, `extern "C"`."""
_LEADS_TO_NAME = ("declaration", "declarator", "definition", "type")
_NO_DEFINITION = re.compile(
    r"^(?:package|import|use|using|command|call|comment|preproc_(?:def|include|call))"
)
_SLICE = 256
MAX_SECONDS = 3
"""Of processor time: 1 MiB takes half a second, and what would take minutes is an attack (`a a a …` as Java)."""
_MAX_ANGLES = 2000
"""In one statement; 50,000 take the Java grammar more memory than there is."""
_MAX_BROKEN = 0.2
"""The share of a file that may be an error at its top level: macros look like errors."""
_MAX_DEPTH = 20


def parts(source: str, language: str) -> list[Part]:
    """The definitions at the top of a file, with the members of classes, modules and the like.

    Raises:
        Unparsed: the grammar isn't installed, or it makes nothing of the file.
    """
    if max(statement.count("<") for statement in re.split(r"[;{}]", source)) > _MAX_ANGLES:
        raise Unparsed("it is nested too deep")
    root = _tree(source, language)
    broken = sum(node.end_byte - node.start_byte for node in root.children if node.type == "ERROR")
    if root.type == "ERROR" or broken > _MAX_BROKEN * max(1, root.end_byte):
        raise Unparsed(f"it is no valid {language}")
    return list(_definitions(root, _MAX_DEPTH))


def wheel(language: str) -> str:
    """The module with a language's grammar."""
    return _SPECIAL.get(language, (f"tree_sitter_{language}",))[0]


def _tree(source: str, language: str) -> Node:
    function = _SPECIAL.get(language, ("", "language"))[1]
    try:
        from tree_sitter import Language, Parser

        grammar = Language(getattr(importlib.import_module(wheel(language)), function)())
    except ImportError:
        raise Unparsed(
            f"the grammar of {language} isn't installed (pip install 'datagen-core[code]')"
        ) from None
    raw, end = source.encode("utf-8", "surrogatepass"), time.thread_time() + MAX_SECONDS
    tree = Parser(grammar).parse(lambda at, _: raw[at : at + _SLICE] if time.thread_time() < end else b"")
    if time.thread_time() >= end:
        raise Unparsed(f"{language} takes too long to tell apart")
    return tree.root_node


def _definitions(node: Node, depth: int) -> Iterator[Part]:
    for child in node.named_children:
        if _TRANSPARENT.search(child.type) and depth:
            yield from _definitions(child, depth - 1)
        elif not _NO_DEFINITION.match(child.type) and (name := _name(child)):
            end = child.end_point[0] + (child.end_point[1] > 0)
            inside = tuple(_members(child, depth - 1)) if depth else ()
            yield Part(child.start_point[0], end, name, inside)


def _members(node: Node, depth: int) -> Iterator[Part]:
    """What a class, a module or the like defines; nothing for anything else."""
    for _ in range(_MAX_DEPTH):
        body = node.child_by_field_name("body")
        if body is not None:
            if _CONTAINER.search(node.type):
                yield from _definitions(body, depth)
            return
        inner = [
            found for found in (node.child_by_field_name("declaration"), *node.named_children[-1:]) if found
        ]
        if not inner:
            return
        node = inner[0]


def _name(node: Node) -> str:
    """What a definition defines; "" of anything else."""
    at: Node | None = node
    for _ in range(_MAX_DEPTH):
        if at is None:
            return ""
        if named := at.child_by_field_name("name"):
            return _text(named)
        if at is not node and not at.named_children:
            return _text(at)
        inner = (child for child in at.named_children[:8] if _led(child) or child.child_by_field_name("name"))
        at = _led(at) or next(inner, None)
    return ""


def _led(node: Node) -> Node | None:
    found = (node.child_by_field_name(field) for field in _LEADS_TO_NAME)
    return next((one for one in found if one is not None), None)


def _text(node: Node) -> str:
    return " ".join((node.text or b"").decode("utf-8", "replace").split())[:100]
