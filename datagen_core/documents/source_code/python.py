"""The parts of a Python file, by its syntax tree."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence

from datagen_core.documents.source_code.parts import Part, Unparsed


def parts(source: str) -> list[Part]:
    """Functions and classes with their methods; imports and other statements lie between them.

    Raises:
        Unparsed: it isn't the Python of this interpreter, or nested too deep for its parser.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the file's own code
            tree = ast.parse(source)
    except SyntaxError as error:
        raise Unparsed(f"it is no valid Python: {error.msg} in line {error.lineno}") from None
    except ValueError as error:  # a NUL, a surrogate
        raise Unparsed(f"it is no valid Python: {error}") from None
    except (RecursionError, MemoryError):
        raise Unparsed("it is nested too deep") from None
    return list(_definitions(tree.body))


def _definitions(body: Sequence[ast.stmt]) -> Iterator[Part]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            inside = tuple(_definitions(node.body)) if isinstance(node, ast.ClassDef) else ()
            yield Part(first - 1, node.end_lineno or node.lineno, node.name, inside)
