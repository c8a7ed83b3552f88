"""Source code into blocks: a function, a method, what stands between them; each under the names it lies in."""

from __future__ import annotations

from datagen_core.documents.document import Content
from datagen_core.documents.source_code import grammars, python
from datagen_core.documents.source_code.parts import Part, Unparsed, blocks, paragraphs

LANGUAGES = {
    ".py": "python",
    ".pyi": "python",
    ".js": "javascript",
    ".jsx": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".ts": "typescript",
    ".mts": "typescript",
    ".tsx": "tsx",
    ".go": "go",
    ".rs": "rust",
    ".java": "java",
    ".c": "c",
    ".h": "c",
    ".cc": "cpp",
    ".cpp": "cpp",
    ".cxx": "cpp",
    ".hh": "cpp",
    ".hpp": "cpp",
    ".rb": "ruby",
    ".sh": "bash",
    ".bash": "bash",
}
"""File ending → language."""

MAX_PARSED_CHARS = 512 * 1024
"""Longer files are generated; a syntax tree takes a hundred times the memory of its source."""


def parse(source: str, ending: str, module: str) -> Content:
    """A file of source code, cut along its definitions.

    What can't be parsed is cut at empty lines instead, and the document's note says why.

    Args:
        source: What the file holds.
        ending: The file's, which tells the language.
        module: What everything in the file lies in.
    """
    language = LANGUAGES[ending]
    note = ""
    try:
        found = blocks(source, _parts(source, language), (module,))
    except Unparsed as error:
        found, note = paragraphs(source, (module,)), f"is cut at empty lines: {error}"
    return Content("", source, tuple(found), kind="code", language=language, note=note)


def _parts(source: str, language: str) -> list[Part]:
    if len(source) > MAX_PARSED_CHARS:
        raise Unparsed(f"it is longer than {MAX_PARSED_CHARS:,} characters")
    return python.parts(source) if language == "python" else grammars.parts(source, language)
