"""PDF, Word and files of rows as documents."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from datagen_core import InputError
from datagen_core.documents import Document, chunks, docx, load_document, pdf, table_rows


def loaded(folder: Path, name: str, content: bytes | str) -> Document:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load_document(path, base=folder)


def shown(document: Document) -> list[tuple[str, str]]:
    """Kind and text of each block."""
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


# -- PDF --------------------------------------------------------------------------------------------------

pypdf = pytest.importorskip("pypdf")


def pdf_of(*pages: Sequence[str] | bytes) -> bytes:
    """A PDF with these lines on its pages; bytes are a page's drawing operations."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    kids = []
    for page in pages:
        drawn = page if isinstance(page, bytes) else b"BT /F 12 Tf 72 720 Td 14 TL %s ET" % b" ".join(
            b"(%s) Tj T*" % line.replace("(", r"\(").replace(")", r"\)").encode("latin-1") for line in page
        )  # fmt: skip
        packed = zlib.compress(drawn)
        kids.append(b"%d 0 R" % (len(objects) + 1))
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>"
            % (len(objects) + 2)
        )
        objects.append(b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed))
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    out, at = io.BytesIO(b"%PDF-1.4\n"), []
    out.seek(0, 2)
    for number, body in enumerate(objects, start=1):
        at.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(at) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % offset for offset in at))
    out.write(b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(at) + 1, start))
    return out.getvalue()


def rewritten(source: bytes, change: Any) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(source))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


PROSE = [
    "The kettle boils the water that the tea is made with, and it sup-",
    "ports nobody. A well-known kettle is the red one that stands well-",
    "known on the shelf over there, where everybody sees it from afar.",
    "It is used twice a day.",
    "The second paragraph begins on a line of its own, as you can see it,",
    "and goes on for a while before it comes to its end at some point.",
]


def test_a_pdfs_lines_are_paragraphs_again(tmp_path: Path) -> None:
    document = loaded(
        tmp_path, "tea.pdf", pdf_of(["Tea for all", "", "1 Kettles", *PROSE, "\x95 one", "\x95 two"])
    )
    assert document.title == "Tea for all"
    assert shown(document) == [
        ("paragraph", "Tea for all"),
        ("heading", "1 Kettles"),
        (
            "paragraph",
            "The kettle boils the water that the tea is made with, and it supports nobody. A well-known kettle is the"
            " red one that stands well-known on the shelf over there, where everybody sees it from afar. It is used"
            " twice a day.",
        ),
        (
            "paragraph",
            "The second paragraph begins on a line of its own, as you can see it, and goes on for a while before it"
            " comes to its end at some point.",
        ),
        ("list_item", "one"),
        ("list_item", "two"),
    ]
    assert document.blocks[2].headings == ("1 Kettles",)


def test_running_heads_feet_and_page_numbers_are_left_out_and_pages_are_known(tmp_path: Path) -> None:
    names = ["one", "two", "three", "four"]
    pages = [
        ["The Tea Book  Chapter 1", *(f"Line {i} of {name}." for i in names), "Tea Press", f"- {n} -"]
        for n, name in enumerate(names, start=7)
    ]
    document = loaded(tmp_path, "tea.pdf", pdf_of(*pages))
    assert document.text.split() == " ".join(f"Line {i} of {name}." for name in names for i in names).split()
    assert [document.text[at:].split(".")[0] for at in document.pages] == [f"Line one of {n}" for n in names]
    assert [chunk.row["pages"] for chunk in chunks(document)] == [[1, 4]]


def test_lines_that_recur_on_two_pages_alone_are_text(tmp_path: Path) -> None:
    document = loaded(tmp_path, "tea.pdf", pdf_of(["Tea and cake.", "One."], ["Tea and cake.", "Two."]))
    assert document.text.count("Tea and cake.") == 2


def test_only_numbers_that_count_on_make_headings(tmp_path: Path) -> None:
    lines = [
        "Abstract",
        "4 Cups of tea",
        "1 Kettles",
        "1.1 Red",
        "12 Cups are many",
        "1.2 Blue",
        "2 Cups",
        "References",
    ]
    document = loaded(tmp_path, "tea.pdf", pdf_of(lines))
    assert [text for kind, text in shown(document) if kind == "heading"] == [
        "Abstract", "1 Kettles", "1.1 Red", "1.2 Blue", "2 Cups", "References",
    ]  # fmt: skip
    assert document.blocks[-2].headings == ("2 Cups",)


def test_bookmarks_say_what_headings_are(tmp_path: Path) -> None:
    def mark(writer: Any) -> None:
        kettles = writer.add_outline_item(title="Kettles", page_number=0)
        writer.add_outline_item(title="1.1 Red ones", page_number=1, parent=kettles)
        writer.add_metadata({"/Title": "All about tea"})

    source = pdf_of(["1 Introduction", "Some.", "Kettles", "Text."], ["Red  ones", "Kettles", "More."])
    document = loaded(tmp_path, "tea.pdf", rewritten(source, mark))
    assert document.title == "All about tea"
    headings = [(block.level, block.headings) for block in document.blocks if block.kind == "heading"]
    assert headings == [(1, ("Kettles",)), (2, ("Kettles", "Red ones"))]


def test_a_pdf_that_opens_without_a_password_is_read_and_another_refused(tmp_path: Path) -> None:
    source = pdf_of(["Some text."])
    for name, password in (("open.pdf", ""), ("locked.pdf", "secret")):
        locked = rewritten(
            source, lambda writer, word=password: writer.encrypt(word, "owner", algorithm="RC4-128")
        )
        (tmp_path / name).write_bytes(locked)
    assert load_document(tmp_path / "open.pdf").text == "Some text."
    with pytest.raises(InputError, match=r"locked\.pdf: the PDF is encrypted and needs a password"):
        load_document(tmp_path / "locked.pdf")


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"%PDF-1.4 and no more", "not a whole PDF"),
        (b"\x00\x01" * 500, "not a whole PDF"),
        (pdf_of([])[:300], "not a whole PDF"),
        (pdf_of(b"0 0 m 9 9 l S", b""), "has no text"),
        (pdf_of(["Text."]).replace(b"/Kids[4 0 R]", b"/Kids[2 0 R]"), "not a whole PDF"),
    ],
)
def test_what_is_no_pdf_with_text_is_an_input_error_and_nothing_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], content: bytes, found: str
) -> None:
    with pytest.raises(InputError, match=found):
        loaded(tmp_path, "a.pdf", content)
    assert capfd.readouterr() == ("", "")


def test_a_broken_page_gives_nothing_and_is_told(tmp_path: Path) -> None:
    first, second, third = pdf_of(["First."], ["Second."], ["Third."]).rsplit(b"/FlateDecode", 2)
    document = loaded(tmp_path, "a.pdf", first + b"/OtherDecode" + second + b"/FlateDecode" + third)
    assert document.text == "First.\n\nThird."
    assert document.note == "gives nothing of 1 of its 3 pages, which are broken"
    assert len(document.pages) == 3


def test_an_empty_pdf_is_a_document_without_blocks(tmp_path: Path) -> None:
    assert loaded(tmp_path, "a.pdf", b"").blocks == ()


def test_what_a_pdf_may_make_the_reader_do_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = pdf_of(b"BT /F 12 Tf " + b"(x) Tj " * 1000 + b"ET", ["Text."])
    assert loaded(tmp_path, "a.pdf", source).blocks
    monkeypatch.setattr(pdf, "MAX_OPERATIONS", 500)
    with pytest.raises(InputError, match="draws more than 500 things"):
        loaded(tmp_path, "a.pdf", source)
    monkeypatch.setattr(pdf, "MAX_PAGES", 1)
    with pytest.raises(InputError, match="has 2 pages"):
        loaded(tmp_path, "a.pdf", source)


# -- Word -------------------------------------------------------------------------------------------------


def word(folder: Path, **title: str) -> Path:
    made = pytest.importorskip("docx").Document()
    made.core_properties.title = title.get("title", "")
    made.sections[0].header.paragraphs[0].text = "Running head"
    made.add_heading("Tea", 0)
    made.add_heading("Kettles", 1)
    made.add_paragraph("A kettle boils water.")
    made.add_paragraph("red", style="List Bullet")
    made.add_paragraph("dark red", style="List Bullet 2")
    made.add_paragraph("   ")
    table = made.add_table(2, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "cup", "two\nlitres"
    table.cell(1, 0).merge(table.cell(1, 1)).text = "all of it"
    made.add_heading("Cups", 1)
    made.add_paragraph("Cups are small.")
    made.save(str(folder / "tea.docx"))
    return folder / "tea.docx"


def test_word_gives_headings_paragraphs_lists_and_tables(tmp_path: Path) -> None:
    document = load_document(word(tmp_path))
    assert document.text == (
        "Tea\n\nKettles\n\nA kettle boils water.\n\n- red\n  - dark red\n\ncup | two litres\nall of it\n\nCups\n\n"
        "Cups are small."
    )
    assert [kind for kind, _ in shown(document)] == [
        "heading", "heading", "paragraph", "list_item", "list_item", "table", "heading", "paragraph",
    ]  # fmt: skip
    assert [block.level for block in document.blocks[3:5]] == [1, 2]
    assert (document.title, document.blocks[-1].headings) == ("Tea", ("Cups",))
    assert load_document(word(tmp_path, title="On tea")).title == "On tea"


def packed(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", content)
    return out.getvalue()


@pytest.mark.parametrize(
    "content", [b"nothing", packed(), packed(word__document=b"<a>"), b"\xd0\xcf\x11\xe0" * 99]
)
def test_what_is_no_word_document_is_an_input_error(tmp_path: Path, content: bytes) -> None:
    pytest.importorskip("docx")
    with pytest.raises(InputError, match=r"a\.docx: not a whole Word document"):
        loaded(tmp_path, "a.docx", content)


def test_a_word_document_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("docx")
    path = word(tmp_path)
    with zipfile.ZipFile(path) as archive:
        xml = sum(part.file_size for part in archive.infolist() if part.filename.endswith((".xml", ".rels")))
    monkeypatch.setattr(docx, "MAX_XML_BYTES", xml)
    assert load_document(path).blocks
    with pytest.raises(InputError, match="unpacks to 65 MiB"):
        monkeypatch.setattr(docx, "MAX_XML_BYTES", 64 * 1024 * 1024)
        loaded(tmp_path, "bomb.docx", packed(word__document=b" " * (65 * 1024 * 1024)))


# -- rows -------------------------------------------------------------------------------------------------


def rows(document: Document) -> list[tuple[str, list[str]]]:
    return [(chunk.text, chunk.row["headings"]) for chunk in chunks(document)]


def test_each_row_is_a_chunk_under_its_title(tmp_path: Path) -> None:
    document = loaded(tmp_path, "a.csv", "title,body,n\nTea,It is hot.,1\n,,\nCake,It is sweet.,2\n")
    assert rows(document) == [("It is hot.", ["Tea"]), ("It is sweet.", ["Cake"])]
    assert document.text == "It is hot.\n\nIt is sweet."
    assert document.title == "a"


def test_rows_without_a_text_are_their_columns_and_pairs_are_both(tmp_path: Path) -> None:
    lines = [
        {"city": "Rome", "size": 3, "none": None},
        {"question": "Why?", "answer": "Because."},
        {"messages": [{"role": "user", "content": "Hi."}, {"role": "assistant", "content": "Hello."}]},
        {"text": "", "x": " "},
    ]
    content = "\n".join(json.dumps(line) for line in lines)
    expected = ["city: Rome\nsize: 3", "Why?\n\nBecause.", "Hi.\n\nHello."]
    assert [text for text, _ in rows(loaded(tmp_path, "a.jsonl", content))] == expected
    assert [text for text, _ in rows(loaded(tmp_path, "a.json", json.dumps(lines)))] == expected
    assert [text for text, _ in rows(loaded(tmp_path, "a.tsv", "a\tb\n1\t2\n"))] == ["a: 1\nb: 2"]


def test_a_row_that_is_too_long_is_cut(tmp_path: Path) -> None:
    document = loaded(tmp_path, "a.jsonl", json.dumps({"name": "Long", "text": "word. " * 1500}))
    found = chunks(document)
    assert len(found) == 3 and all(chunk.row["headings"] == ["Long"] for chunk in found)


def test_parquet_rows_are_documents_and_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({"text": ["same words"] * 1000}), tmp_path / "a.parquet")
    assert len(load_document(tmp_path / "a.parquet").blocks) == 1000
    monkeypatch.setattr(table_rows, "MAX_CHARS", 10_000)
    with pytest.raises(InputError, match="the rows hold more than"):
        load_document(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("name", "content"), [("a.json", "{}"), ("a.jsonl", "[1"), ("a.csv", "a,b\n1\n"), ("a.parquet", "x")]
)
def test_what_are_no_rows_is_an_input_error(tmp_path: Path, name: str, content: str) -> None:
    with pytest.raises(InputError, match=name):
        loaded(tmp_path, name, content)
