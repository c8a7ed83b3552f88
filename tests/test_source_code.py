"""Source code as documents: cut along its definitions, whatever the file holds."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.documents import ChunkSizes, Document, chunks, load_document, source_code
from datagen_core.documents.source_code import grammars


def parsed(source: str, ending: str = ".py") -> list[tuple[str, str]]:
    """The names that each block lies in, and its text."""
    content = source_code.parse(source, ending, "m")
    assert content.kind == "code" and content.text == source
    return [("/".join(b.headings[1:]), source[b.start : b.end]) for b in content.blocks]


PYTHON = '''# A licence.
"""The module."""

import os

# About f.
@cached
def f(x):
    # inside
    return x

LIMIT = 3
if LIMIT:
    def hidden(): ...

class Kettle(Vessel):
    """Boils."""

    size = 1

    async def boil(self):
        def inner(): ...

    class Lid:
        def open(self): ...
# the end
'''


def test_python_is_cut_along_its_definitions_and_nothing_is_lost() -> None:
    assert parsed(PYTHON) == [
        ("", '# A licence.\n"""The module."""\n\nimport os'),
        ("f", "# About f.\n@cached\ndef f(x):\n    # inside\n    return x"),
        ("", "LIMIT = 3\nif LIMIT:\n    def hidden(): ..."),
        ("Kettle", 'class Kettle(Vessel):\n    """Boils."""\n\n    size = 1'),
        ("Kettle/boil", "    async def boil(self):\n        def inner(): ..."),
        ("Kettle/Lid", "    class Lid:"),
        ("Kettle/Lid/open", "        def open(self): ..."),
        ("", "# the end"),
    ]


def test_a_class_stays_whole_where_it_fits_and_is_cut_by_methods_where_not(tmp_path: Path) -> None:
    methods = "".join(f"    def m{i}(self):\n        return {i}\n\n" for i in range(4))
    (tmp_path / "a.py").write_text(
        f"def f():\n    return 0\n\n\nclass C:\n{methods}\n\ndef g():\n    return 9\n"
    )
    document = load_document(tmp_path / "a.py")
    assert (document.title, document.kind, document.language, document.note) == ("a", "code", "python", "")

    def cut(least: int, most: int) -> list[list[str]]:
        found = chunks(document, ChunkSizes(min_tokens=least, max_tokens=most))
        assert all(chunk.row["kind"] == "code" and chunk.row["language"] == "python" for chunk in found)
        return [chunk.row["headings"] for chunk in found]

    assert cut(5, 1024) == [["a", "f"], ["a", "C"], ["a", "g"]]
    assert cut(1024, 1024) == [["a"]]
    assert cut(5, 15) == [
        ["a", "f"],
        ["a", "C"],
        ["a", "C", "m1"],
        ["a", "C", "m2"],
        ["a", "C", "m3"],
        ["a", "g"],
    ]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("def f(:\n\n\nx = 1\n", "it is no valid Python: invalid syntax in line 1"),
        ("-" * 100_000 + "1\n\nx", "it is nested too deep"),
        ("x = " + "1+" * 100_000 + "1\n\nx", "it is nested too deep"),
        ("a" + ".b" * 100_000 + "\n\nx", "it is nested too deep"),
        ("(" * 100_000 + "\n\nx", "too many nested parentheses"),
        ("".join(" " * i + "if 1:\n" for i in range(200)) + "\nx", "too many levels of indentation"),
        ("x = 1\n" * 100_000 + "\nx", "longer than 524,288 characters"),
        ("'\ud800'\n\nx", "it is no valid Python"),
    ],
)
def test_python_that_cannot_be_parsed_is_cut_at_empty_lines_and_says_so(source: str, why: str) -> None:
    content = source_code.parse(source, ".py", "m")
    assert why in content.note and content.note.startswith("is cut at empty lines: ")
    assert [block.headings for block in content.blocks] == [("m",), ("m",)]
    assert sys.getrecursionlimit() >= 1000


@given(
    st.text(alphabet="adefclsx \n:()#\"'@\\=\t\x0c\u2028é", max_size=80),
    st.sampled_from([".py", ".js", ".c"]),
)
@settings(max_examples=150, deadline=None)
def test_any_source_gives_all_its_lines_in_order(source: str, ending: str) -> None:
    blocks = source_code.parse(source, ending, "m").blocks
    assert all(a.end < b.start for a, b in itertools.pairwise(blocks))
    assert "".join("".join(source[b.start : b.end] for b in blocks).split()) == "".join(source.split())


SOURCES = {
    ".ts": (
        'import { x } from "y";\n\n/** Doc. */\nexport class Foo {\n  a = 1;\n\n  // run\n'
        "  run(): void {\n    const q = 1;\n  }\n}\n"
        "export const go = () => 1;\ninterface Shape { area(): number }\napp.get();\n",
        ["", "Foo", "Foo/a", "Foo/run", "go", "Shape", ""],
    ),
    ".js": ("'use strict'\nfunction f() {}\nclass A {\n  m() {}\n}\n", ["", "f", "A", "A/m"]),
    ".tsx": ("export default function App() {\n  return <b>hi</b>;\n}\n", ["App"]),
    ".go": (
        'package main\n\nimport "fmt"\n\n// Run runs.\nfunc (s *Server) Run() error {\n\treturn nil\n}\n\n'
        "type T struct{}\n",
        ["", "Run", "T"],
    ),
    ".rs": (
        "use std::fmt;\n\n/// A point.\n#[derive(Debug)]\npub struct P { x: i32 }\n\nimpl P {\n    fn x(&self) {}\n}\n",
        ["", "P", "P", "P/x"],
    ),
    ".java": (
        "package a;\n\n/** Doc. */\npublic class T {\n    int a;\n\n"
        "    @Override\n    public String s() { return null; }\n}\n",
        ["", "T", "T/a", "T/s"],
    ),
    ".h": (
        "/* Licence. */\n#ifndef A\n#define A\n#include <b.h>\nstruct s { int x; };\n"
        "int f(int a) {\n  return a;\n}\n#endif\n",
        ["", "s", "f", ""],
    ),
    ".cpp": (
        "#include <v>\nnamespace a {\ntemplate <typename T>\nclass Foo {\n public:\n  int get() { return 1; }\n};\n}\n"
        "int main() {}\n",
        ["", "a", "a/Foo", "a/Foo/get", "main"],
    ),
    ".rb": (
        "require 'x'\n\n# Doc\nmodule M\n  class C\n    def m; end\n  end\nend\n",
        ["", "M", "M/C", "M/C/m"],
    ),
    ".sh": ("#!/bin/sh\nset -e\n\n# Says.\nhello() {\n  echo\n}\nhello\n", ["", "hello", ""]),
}


@pytest.mark.parametrize("ending", SOURCES)
def test_other_languages_are_cut_by_their_grammars(ending: str) -> None:
    language = source_code.LANGUAGES[ending]
    pytest.importorskip(grammars.wheel(language))
    source, names = SOURCES[ending]
    assert [name for name, _ in parsed(source, ending)] == names
    assert source_code.parse(source, ending, "m").note == ""


def test_what_stands_right_above_a_definition_belongs_to_it() -> None:
    pytest.importorskip("tree_sitter_rust")
    texts = [text for _, text in parsed(SOURCES[".rs"][0], ".rs")]
    assert texts[1].startswith("/// A point.\n#[derive(Debug)]")
    assert texts[-1] == "    fn x(&self) {}\n}"


def test_a_language_without_its_grammar_is_cut_at_empty_lines_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "tree_sitter_go", None)
    content = source_code.parse("package a\n\nfunc f() {}\n", ".go", "m")
    assert len(content.blocks) == 2 and content.language == "go"
    assert content.note == (
        "is cut at empty lines: the grammar of go isn't installed (pip install 'datagen-core[code]')"
    )


@pytest.mark.parametrize(
    ("ending", "source", "why"),
    [
        (".java", "a<" * 100_000, "it is nested too deep"),
        (".go", "This is a letter to you.\nIt is long. " * 50, "it is no valid go"),
        (".c", "{" * 200_000, "it is no valid c"),
    ],
)
def test_what_a_grammar_makes_nothing_of_is_cut_at_empty_lines(ending: str, source: str, why: str) -> None:
    pytest.importorskip(grammars.wheel(source_code.LANGUAGES[ending]))
    assert why in source_code.parse(source, ending, "m").note


def test_a_parse_that_takes_too_long_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tree_sitter_bash")
    monkeypatch.setattr(grammars, "MAX_SECONDS", 0)
    assert "takes too long" in source_code.parse("echo hi\n", ".sh", "m").note


def test_the_documents_of_code_have_chunks_that_are_slices(tmp_path: Path) -> None:
    document = load_document(Path(source_code.__file__))
    assert isinstance(document, Document)
    assert all(document.text[c.row["start"] : c.row["end"]] == c.text for c in chunks(document))
