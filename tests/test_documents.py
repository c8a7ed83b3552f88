"""Documents: files found, read into blocks with exact offsets, and cut into chunks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core import InputError
from datagen_core.documents import (
    ChunkSizes,
    Document,
    chunks,
    count_tokens,
    document_name,
    find_documents,
    find_files,
    html,
    load_document,
    loading,
    markdown,
    plain,
    rst,
)

PARSERS = {"markdown": markdown.parse, "rst": rst.parse, "html": html.parse, "plain": plain.parse}


def loaded(folder: Path, name: str, content: str | bytes) -> Document:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load_document(path, base=folder)


def parsed(form: str, source: str) -> list[tuple[Any, ...]]:
    """Kind, level and text of each block; of a definition its term and meaning."""
    _, text, blocks = PARSERS[form](source)
    out: list[tuple[Any, ...]] = []
    for block in blocks:
        words = (text[block.start : block.end],)
        if block.body is not None:
            words = (text[block.start : block.body], text[block.body : block.end])  # type: ignore[assignment]
        out.append((block.kind, block.level, *words))
    return out


# -- Markdown ---------------------------------------------------------------------------------------------


def test_markdown_blocks_are_slices_without_their_marks() -> None:
    source = """# Facts ##

Two lines
of prose.

- one
- two
  * inner

1. first

   still first

```python
code = 1
```

    indented

| a | b |
| - | - |
| 1 | 2 |

> quoted

Setext
------
"""
    assert parsed("markdown", source) == [
        ("heading", 1, "Facts"),
        ("paragraph", 0, "Two lines\nof prose."),
        ("list_item", 1, "one"),
        ("list_item", 1, "two"),
        ("list_item", 2, "inner"),
        ("list_item", 1, "first"),
        ("paragraph", 1, "still first"),
        ("code", 0, "code = 1"),
        ("code", 0, "    indented"),
        ("table", 0, "| a | b |\n| - | - |\n| 1 | 2 |"),
        ("paragraph", 0, "quoted"),
        ("heading", 2, "Setext"),
    ]


def test_markdown_front_matter_gives_the_title_and_no_block() -> None:
    source = '---\ntitle: "The Page"\nweight: 3\n---\n\nText.\n'
    title, text, (block,) = markdown.parse(source)
    assert (title, text, text[block.start : block.end]) == ("The Page", source, "Text.")


def test_a_rule_at_the_beginning_is_no_front_matter() -> None:
    assert parsed("markdown", "---\n\nText.\n") == [("paragraph", 0, "Text.")]


def test_markdown_directives_comments_and_link_definitions_are_in_no_block() -> None:
    source = """{{% alert title="Note" %}}
Mind the gap.
{{% /alert %}}

:::tip
Sleep.
:::

> [!NOTE]
> Eat.

<!-- secret -->

{{< a >}} stays {{< b >}}

[ref]: http://example.org
"""
    texts = [row[2] for row in parsed("markdown", source)]
    assert texts == ["Mind the gap.", "Sleep.", "Eat.", "{{< a >}} stays {{< b >}}"]


def test_a_markdown_table_of_contents_is_in_no_block() -> None:
    source = "- [One](#one)\n- [Two](#two)\n- [Else](http://example.org)\n"
    assert parsed("markdown", source) == [("list_item", 1, "[Else](http://example.org)")]


def test_markdown_badges_and_the_heading_of_a_table_of_contents_are_in_no_block() -> None:
    badges = "[![CI](https://a/b.svg)](https://a)\n[![x][img]][link]\n![v](https://img.shields.io/v.svg)"
    source = f"# Tea\n\n{badges}\n\n## Table of Contents\n\n- [One](#one)\n\n## One\n\n![a pot](pot.png)\n"
    assert [row[2] for row in parsed("markdown", source)] == ["Tea", "One", "![a pot](pot.png)"]
    kept = "## Contents\n\nA box of tea.\n"
    assert [row[2] for row in parsed("markdown", kept)] == ["Contents", "A box of tea."]
    assert parsed("rst", "|ci| |docs|_\n\n|a| is text.\n") == [("paragraph", 0, "|a| is text.")]


def test_a_markdown_definition_has_its_meaning_marked() -> None:
    assert parsed("markdown", "Yeast\n: a fungus\n") == [("definition", 0, "Yeast\n: ", "a fungus")]


def test_blocks_stand_under_the_headings_open_at_that_point() -> None:
    _, text, blocks = markdown.parse("# A\n\n### B\n\nx\n\n## C\n\ny\n")
    paths = {text[b.start : b.end]: b.headings for b in blocks}
    assert paths == {"A": ("A",), "B": ("A", "B"), "x": ("A", "B"), "C": ("A", "C"), "y": ("A", "C")}


# -- RST --------------------------------------------------------------------------------------------------


def test_rst_blocks_are_slices_without_their_marks() -> None:
    source = """=====
Facts
=====

Two lines
of prose.

Inner
-----

* one
* two

  1. inner

Code follows::

    x = 1

    y = 2

>>> 1 + 1
2

term
    what it means

    more of it

===  ===
a    b
===  ===
1    2
===  ===

+---+
| c |
+---+

    quoted

----

The end.
"""
    assert parsed("rst", source) == [
        ("heading", 1, "Facts"),
        ("paragraph", 0, "Two lines\nof prose."),
        ("heading", 2, "Inner"),
        ("list_item", 1, "one"),
        ("list_item", 1, "two"),
        ("list_item", 2, "inner"),
        ("paragraph", 0, "Code follows:"),
        ("code", 0, "x = 1\n\n    y = 2"),
        ("code", 0, ">>> 1 + 1\n2"),
        ("definition", 0, "term\n    ", "what it means"),
        ("paragraph", 0, "more of it"),
        ("table", 0, "===  ===\na    b\n===  ===\n1    2\n===  ==="),
        ("table", 0, "+---+\n| c |\n+---+"),
        ("paragraph", 0, "quoted"),
        ("paragraph", 0, "The end."),
    ]


def test_rst_directives_give_their_prose_and_nothing_else() -> None:
    source = """.. _target:
.. comment
   that goes on

.. toctree::
   :maxdepth: 2

   page

.. note:: Mind
   the gap.

.. warning::

   Hot.

   * item

.. versionadded:: 2.0
   It was added.

.. code-block:: python
   :linenos:

   x = 1

.. |name| image:: x.png
.. [1] A footnote.

Text.
"""
    assert parsed("rst", source) == [
        ("paragraph", 0, "Mind\n   the gap."),
        ("paragraph", 0, "Hot."),
        ("list_item", 1, "item"),
        ("paragraph", 0, "It was added."),
        ("code", 0, "x = 1"),
        ("paragraph", 0, "Text."),
    ]


def test_rst_signatures_and_fields_are_definitions() -> None:
    source = """.. class:: Kettle(litres)

   Boils water.

   .. method:: boil(hot,
               hotter)

      Starts it.

      :param hot: How hot
          it gets.
      :returns:
          Nothing.
"""
    assert parsed("rst", source) == [
        ("definition", 0, "Kettle(litres)\n\n   ", "Boils water."),
        ("definition", 0, "boil(hot,\n               hotter)\n\n      ", "Starts it."),
        ("definition", 0, "param hot: ", "How hot\n          it gets."),
        ("definition", 0, "returns:\n          ", "Nothing."),
    ]


def test_rst_lines_that_only_look_like_lists_are_prose() -> None:
    source = "1990 was a year, and\n2. was a number.\n\n3. is a number that\nbegins a paragraph.\n\n-v is an option.\n"
    assert [row[0] for row in parsed("rst", source)] == ["paragraph"] * 3


def test_rst_nested_beyond_reason_ends() -> None:
    source = "".join(f"{' ' * depth}* level {depth}\n\n" for depth in range(0, 2000, 2))
    blocks = parsed("rst", source)
    assert 0 < len(blocks) <= rst.MAX_DEPTH + 1


# -- HTML and plain text ----------------------------------------------------------------------------------


def test_html_gives_clean_text_without_what_stands_around_the_page() -> None:
    source = """<!doctype html><html><head><title>The &amp; Page</title><style>p {}</style></head><body>
    <nav>Home</nav><header>Banner</header>
    <h1>Facts<a class="headerlink" href="#facts">¶</a></h1>
    <p>Two  <b>bold</b>
    words and <code>x = 1</code>.</p>
    <ul><li>one</li><li><p>two</p><ol><li>inner</ol></ul>
    <pre>a
  b</pre>
    <dl><dt>Yeast</dt><dd>A fungus.</dd></dl>
    <table><tr><th>a</th><th>b</th></tr><tr><td>1<td>2</table>
    <aside>Advert</aside><script>alert(1)</script><footer>Legal</footer></body></html>"""
    title, text, _ = html.parse(source)
    assert title == "The & Page"
    assert text == (
        "Facts\n\nTwo bold words and `x = 1`.\n\n- one\n- two\n  1. inner\n\na\n  b\n\n"
        "Yeast\n    A fungus.\n\na | b\n1 | 2"
    )
    assert parsed("html", source) == [
        ("heading", 1, "Facts"),
        ("paragraph", 0, "Two bold words and `x = 1`."),
        ("list_item", 1, "one"),
        ("list_item", 1, "two"),
        ("list_item", 2, "inner"),
        ("code", 0, "a\n  b"),
        ("definition", 0, "Yeast\n    ", "A fungus."),
        ("table", 0, "a | b\n1 | 2"),
    ]


def test_an_html_table_of_contents_is_left_out() -> None:
    source = '<ul><li><a href="#a">A</a></li><li><a href="b.html">B</a></li></ul><div class="toc">C</div>'
    assert parsed("html", source) == [("list_item", 1, "B")]


def test_html_without_end_tags_or_head_is_read() -> None:
    source = "<title>T</title><p>one<p>two<ul><li>a<li>b</ul><dl><dt>t<dd>m<dt>u<dd>n</dl>"
    assert [row[2:] for row in parsed("html", source)] == [
        ("one",), ("two",), ("a",), ("b",), ("t\n    ", "m"), ("u\n    ", "n"),
    ]  # fmt: skip


@pytest.mark.parametrize("source", ["<div>" * 20_000 + "deep", "<b>" * 20_000 + "deep" + "</i>" * 20_000])
def test_deeply_nested_html_is_read(source: str) -> None:
    assert parsed("html", source) == [("paragraph", 0, "deep")]


def test_what_never_ends_in_html_is_left_out_or_text() -> None:
    assert parsed("html", "<p>one</p><!-- and <p>two</p>") == [("paragraph", 0, "one")]
    assert parsed("html", "<p>one</p><![if x]><p>two</p>a < b <a href=") == [
        ("paragraph", 0, "one"),
        ("paragraph", 0, "two"),
        ("paragraph", 0, "a < b <a href="),
    ]
    assert parsed("html", "<!--" * 100_000 + "<a " * 100_000) == []


@pytest.mark.parametrize(
    "around",
    [
        '<a href="#main" class="x">Skip to main content</a>',
        '<div role="search">Out</div>',
        '<div hidden>Out</div><p aria-hidden="true">Out</p><p style="color: red; DISPLAY:none">Out</p>',
        '<div id="cookie-banner"><p>Out</p></div><div class="gdpr-notice">Out</div>',
        '<div class="menu">Out</div><ul class="x pagination"><li>Out</ul>',
        "<ul>" + '<li><a href="/x">Out</a></li>' * 4 + "</ul>",
        "<div>" + '<a href="/x">Out</a> | ' * 4 + "</div>",
    ],
)
def test_what_stands_around_an_html_page_is_left_out(around: str) -> None:
    _, text, _ = html.parse(f"{around}<h1>Tea</h1><p>Tea is hot.</p><p>It is drunk.</p>{around}")
    assert text == "Tea\n\nTea is hot.\n\nIt is drunk."


def test_links_that_a_page_is_about_are_text() -> None:
    links = "<ul>" + '<li><a href="/x">See</a></li>' * 4 + "</ul>"
    for before in ("<h2>See also</h2>", "<p>Look at these:</p>"):
        assert html.parse(f"<p>One.</p>{before}{links}")[1].count("See") >= 4
    assert "See" in html.parse(f"<p>Both.</p>{links}<p>More.</p>")[1]
    few = '<p><a href="/a">One</a> <a href="/b">Two</a></p>'
    assert html.parse(f"<p>Text.</p>{few}")[1] == "Text.\n\nOne Two"
    cookies = '<section id="cookies"><h2>Cookies</h2><p>We set a cookie.</p></section>'
    assert "We set a cookie." in html.parse(cookies)[1]


def test_the_one_main_part_that_holds_most_is_the_page() -> None:
    main = "<h1>Tea</h1><p>Tea is a drink that is served hot in cups.</p><ul><li>green<li>black</ul>"
    _, text, blocks = html.parse(f"<p>Before it.</p><main>{main}</main><p>After it.</p>")
    assert text == "Tea\n\nTea is a drink that is served hot in cups.\n\n- green\n- black"
    assert [text[b.start : b.end] for b in blocks][2:] == ["green", "black"]
    article = html.parse(f"<p>Before it.</p><article>{main}</article>")[1]
    assert article == text
    two = f"<article>{main}</article><article>{main}</article><p>After it.</p>"
    assert "After it." in html.parse(two)[1]
    small = "<main><p>Loading</p></main><p>What is there to read.</p>"
    assert html.parse(small)[1] == "Loading\n\nWhat is there to read."
    assert html.parse('<body class="menu"><main class="menu"><p>x')[1] == "x"


def test_plain_text_is_paragraphs_and_bullets() -> None:
    source = "Two lines\nof prose.\n\n- one\n  goes on\n- two\n"
    assert parsed("plain", source) == [
        ("paragraph", 0, "Two lines\nof prose."),
        ("list_item", 1, "one\n  goes on"),
        ("list_item", 1, "two"),
    ]


@pytest.mark.parametrize("form", PARSERS)
@given(
    st.lists(
        st.sampled_from(
            ["word", "Word.", "\n", "\n\n", "  ", "\t", "# ", "- ", "1. ", "> ", "```", "::", ":x: ", ".. ", "note::",
             "====", "----", "|", "---|", "<p>", "</p>", "<li>", "<ul>", "<table>", "<td>", "<![x[", "<!", "<pre>", "`",
             "&amp", "{{% x %}}", "\u2028", "é", "語", "\x0b", "[x]: y", "+--", ">>> "]
        ) | st.text(max_size=3),
        max_size=40,
    )
)  # fmt: skip
@settings(max_examples=50, deadline=None)
def test_any_source_gives_blocks_in_order_that_do_not_overlap(form: str, parts: list[str]) -> None:
    source = "".join(parts).replace("\r", "").replace("\0", "")
    _, text, blocks = PARSERS[form](source)
    if form != "html":
        assert text == source
    last = 0
    for block in blocks:
        assert last <= block.start < block.end <= len(text)
        assert block.body is None or block.start < block.body < block.end
        last = block.end
    for size in (1, 2, 1024):
        cut = chunks(Document(Path("x"), "x", "x", text, blocks), ChunkSizes(min_tokens=1, max_tokens=size))
        assert all(text[c.row["start"] : c.row["end"]] == c.text for c in cut)
        assert all(0 < c.row["tokens"] == count_tokens(c.text) <= size for c in cut)
        said = "".join(text[block.start : block.end] for block in blocks)
        assert Counter("".join(said.split())) <= Counter("".join("".join(c.text for c in cut).split()))


# -- reading files ----------------------------------------------------------------------------------------


def test_the_ending_chooses_the_parser_and_names_are_relative(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    titles = {
        "a.md": "# M",
        "b.MARKDOWN": "# M",
        "c.rst": "R\n=",
        "d.html": "<h1>H</h1>",
        "deep/an_other-page.log": "x",
    }
    found = {name: loaded(tmp_path, name, text) for name, text in titles.items()}
    assert {name: document.title for name, document in found.items()} == {
        "a.md": "M",
        "b.MARKDOWN": "M",
        "c.rst": "R",
        "d.html": "H",
        "deep/an_other-page.log": "an other page",
    }
    assert all(document.name == name for name, document in found.items())
    outside = load_document(tmp_path / "a.md", base=tmp_path / "deep")
    assert outside.name == "../a.md"


def test_line_ends_and_byte_order_marks_are_normalised(tmp_path: Path) -> None:
    document = loaded(tmp_path, "a.md", b"\xef\xbb\xbf# One\r\n\r\nTwo\r\nlines.\r\rThree.\r\n")
    assert document.text == "# One\n\nTwo\nlines.\n\nThree.\n"
    assert [document.text[b.start : b.end] for b in document.blocks] == ["One", "Two\nlines.", "Three."]


@pytest.mark.parametrize("name", ["a.md", "a.rst", "a.html", "a.txt"])
@pytest.mark.parametrize("content", [b"", b" \n\t\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_a_document_without_blocks(tmp_path: Path, name: str, content: bytes) -> None:
    document = loaded(tmp_path, name, content)
    assert document.blocks == () == chunks(document)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("a.md", b"ok\nM\xfcsli", r"a\.md:2: byte 5 is not UTF-8 \(0xfc\)"),
        ("b.md", b"\x89PNG\r\n\x1a\n\x00\x00", "binary: it holds a NUL byte"),
        ("c.html", b'<meta charset="no-such-thing">\xff', "not UTF-8"),
    ],
)
def test_what_is_no_text_is_an_input_error(tmp_path: Path, name: str, content: bytes, found: str) -> None:
    with pytest.raises(InputError, match=found):
        loaded(tmp_path, name, content)


def test_html_may_declare_another_encoding(tmp_path: Path) -> None:
    document = loaded(tmp_path, "a.html", '<meta charset="latin-1"><p>Müsli</p>'.encode("latin-1"))
    assert document.text == "Müsli"


def test_a_document_at_the_size_limit_is_read_and_a_larger_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "MAX_BYTES", 10)
    assert loaded(tmp_path, "a.md", "0123456789").blocks
    with pytest.raises(InputError, match="MiB"):
        loaded(tmp_path, "a.md", "0123456789a")


def test_a_hundred_megabytes_are_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "big.md"
    with path.open("wb") as stream:
        stream.truncate(100 * 1024 * 1024)
    with pytest.raises(InputError, match="the document is 100 MiB"):
        load_document(path)


def test_a_file_that_is_not_there_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read"):
        load_document(tmp_path / "none.md")


def test_utf_16_is_read_by_its_byte_order_mark_and_told_without(tmp_path: Path) -> None:
    for encoding in ("utf-16", "utf-32"):
        assert loaded(tmp_path, "a.md", "# Grüße\r\n".encode(encoding)).text == "# Grüße\n"
    with pytest.raises(InputError, match="looks like UTF-16 without its byte order mark"):
        loaded(tmp_path, "a.md", "Some text of some length".encode("utf-16-le"))


def test_a_limit_of_size_can_be_given(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("12345")
    assert load_document(tmp_path / "a.md", max_bytes=5).blocks
    with pytest.raises(InputError, match="MiB"):
        load_document(tmp_path / "a.md", max_bytes=4)


def test_of_many_files_the_broken_ones_are_refused_with_their_reasons(tmp_path: Path) -> None:
    broken: dict[str, bytes] = {
        "b.md": b"\x89PNG\x00",
        "c.txt": "Müsli".encode("latin-1"),
        "d.html": b"<p>\xff",
        "f.pdf": b"%PDF-",
        "g.docx": b"PK",
        "h.json": b"{}",
        "i.csv": b"a,b\n1\n",
    }
    (tmp_path / "a.md").write_text("# Tea")
    (tmp_path / "e.md").touch()
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
    with (tmp_path / "j.md").open("wb") as stream:
        stream.truncate(100 * 1024 * 1024)
    (tmp_path / "k.md").mkdir()
    (tmp_path / "k.md/inside.md").write_text("<div>" * 10_000 + "deep")
    (tmp_path / "l.md").write_text("> " * 20_000 + "[" * 20_000)
    os.mkfifo(tmp_path / "m.md")
    found = find_documents([tmp_path])
    given = [*found, tmp_path / "k.md", tmp_path / "m.md", tmp_path / "none.md"]
    read: set[str] = set()
    refused: dict[str, InputError] = {}
    for path in given:
        name = document_name(path, tmp_path)
        try:
            read.add(load_document(path, base=tmp_path).name)
        except InputError as error:
            refused[name] = error
    assert read == {"a.md", "e.md", "k.md/inside.md", "l.md"}
    assert refused.keys() == {*broken, "j.md", "k.md", "m.md", "none.md"}
    assert all(error.message and str(tmp_path / name) in str(error) for name, error in refused.items())
    assert (refused["j.md"].message, refused["j.md"].expected) == (
        "the document is 100 MiB",
        "at most 20 MiB",
    )
    assert refused["k.md"].message == refused["m.md"].message == "the document is no file"
    assert "iconv" in (refused["c.txt"].hint or "")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").touch(mode=0o000)
    with pytest.raises(InputError, match="Permission denied"):
        load_document(tmp_path / "a.md")


# -- finding files ----------------------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in (
        "b.md",
        "a.rst",
        "sub/c.html",
        "sub/pic.png",
        "sub/notes.log",
        ".hidden/d.md",
        "empty/x.png",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    return tmp_path


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([""], ["a.rst", "b.md", "sub/c.html"]),
        (["sub", "b.md", "sub"], ["sub/c.html", "b.md"]),
        (["*.md"], ["b.md"]),
        (["**/*.html"], ["sub/c.html"]),
        (["**/*"], ["a.rst", "b.md", "sub/c.html"]),
        (["sub/*.log"], ["sub/notes.log"]),
        (["sub/pic.png"], ["sub/pic.png"]),
    ],
)
def test_files_folders_and_patterns_are_found(tree: Path, given: list[str], found: list[str]) -> None:
    paths = find_documents([tree / entry for entry in given])
    assert [path.relative_to(tree).as_posix() for path in paths] == found


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("none.md", r"no such file or folder\n(.|\n)*holds: .*b\.md"),
        ("gone/none.md", "doesn't exist either"),
        ("empty", r"no document in the folder\n.*\.markdown"),
        ("*.pdf", "no document matches the pattern"),
    ],
)
def test_what_names_nothing_is_an_input_error(tree: Path, given: str, found: str) -> None:
    with pytest.raises(InputError, match=found):
        find_documents([tree / given])


def test_folders_and_patterns_leave_out_what_is_generated_or_elsewhere_and_count_it(tmp_path: Path) -> None:
    inside, outside = tmp_path / "docs", tmp_path / "outside"
    for name in (
        "a.md", "b.py", "c.csv", "d.pdf", "x.min.js", "package-lock.json", "pic.png", "deep/e.txt", "node_modules/f.md",
        "deep/__pycache__/g.py", ".git/h.md", ".i.md",
    ):  # fmt: skip
        (inside / name).parent.mkdir(parents=True, exist_ok=True)
        (inside / name).write_text("x")
    outside.mkdir()
    (outside / "secret.md").write_text("x")
    (inside / "out.md").symlink_to(outside / "secret.md")
    (inside / "away").symlink_to(outside)
    (inside / "round").symlink_to(inside)
    (inside / "loop.md").symlink_to(inside / "loop.md")
    (inside / "same.md").symlink_to(inside / "a.md")
    expected = ["a.md", "b.py", "c.csv", "d.pdf", "deep/e.txt", "same.md"]
    left = {"of another format": 1, "generated (a lock file, or minified)": 2}
    links = {"a link that leads out of the folder": 1, "no file": 1}
    for entry in (inside, inside / "**", inside / "**/*"):
        found = find_files([entry])
        assert [path.relative_to(inside).as_posix() for path in found.paths] == expected
        assert found.left_out == left | links and not found.named
    named = find_files([inside / "out.md", inside / "x.min.js", inside])
    assert named.named == {inside / "out.md", inside / "x.min.js"} == {*named.paths[:2]}


def test_a_folder_without_documents_says_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    with pytest.raises(InputError, match="1 left out: of another format"):
        find_files([tmp_path])


def test_importing_the_service_loads_no_parser() -> None:
    code = "import sys, datagen_core.documents as d; print({'markdown_it', 'html.parser'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
