"""Documents cut into chunks along their structure, by tokens."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from datagen_core import Seed
from datagen_core.documents import (
    Block,
    ChunkSizes,
    Document,
    chunks,
    count_tokens,
    find_documents,
    headings_at,
    load_document,
    markdown,
)
from datagen_core.documents.tokens import TokenCounts

PAGES = Path(__file__).parent.parent / "recipes/data/docs"


def cut(source: str, max_tokens: int, least: int | None = None, name: str = "a.md") -> list[Seed]:
    title, text, blocks = markdown.parse(source)
    sizes = ChunkSizes(min_tokens=least or max_tokens, max_tokens=max_tokens)
    return list(chunks(Document(Path(name), name, title, text, blocks), sizes))


# -- tokens -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("a word", 2),
        ("eight888", 2),
        ("eighteigh", 2),
        ("1234", 2),
        ("x == y[0]", 6),
        ("a\n\n    b", 3),
        ("слово", 2),
        ("我们", 1),
        ("我们走", 3),
        (" " * 160, 10),
    ],
)
def test_tokens_are_told_from_the_characters(text: str, tokens: int) -> None:
    assert count_tokens(text) == tokens


TEXTS = st.lists(
    st.sampled_from(["a", "Wort", "9", " ", "\n", "语", "ภ", "д", "==", "é", "한", "_"]), max_size=60
)


@given(TEXTS, st.data())
@settings(max_examples=200, deadline=None)
def test_the_tokens_of_a_part_are_never_told_too_few(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    counts = TokenCounts(text)
    assert counts.between(0, len(text)) == count_tokens(text)
    assert 0 <= counts.between(start, end) - count_tokens(text[start:end].strip()) <= 4 + (end - start)


# -- chunks -----------------------------------------------------------------------------------------------


def test_small_sections_stand_together_and_headings_stay_with_what_follows() -> None:
    source = "# A\n\n## B\n\nbbbb\n\n## C\n\ncccc\n\n## D\n\ndddd\n"
    assert [c.text for c in cut(source, 8)] == ["# A\n\n## B\n\nbbbb", "## C\n\ncccc", "## D\n\ndddd"]
    assert [c.text for c in cut(source, 9)] == ["# A\n\n## B\n\nbbbb", "## C\n\ncccc\n\n## D\n\ndddd"]
    assert [c.row["headings"] for c in cut(source, 9)] == [["A"], ["A"]]
    assert [c.text for c in cut(source, 1024)] == [source.strip()]


def test_a_chunk_ends_at_a_heading_once_it_holds_enough() -> None:
    source = "# A\n\naa aa\n\n# B\n\nbb\n\n# C\n\ncc\n"
    assert [c.text[2] for c in cut(source, 1024, least=1)] == ["A", "B", "C"]
    assert [c.text[2] for c in cut(source, 1024, least=4)] == ["A", "B"]
    assert [c.text[2] for c in cut(source, 1024, least=5)] == ["A", "C"]


def test_a_chunk_is_as_long_as_allowed_and_no_longer() -> None:
    source = "aaaa\n\nbbbb"
    assert [c.text for c in cut(source, 3)] == [source]
    assert [c.text for c in cut(source, 2)] == ["aaaa", "bbbb"]
    assert [c.row["tokens"] for c in cut(source, 3)] == [3]


def test_only_a_block_that_is_too_long_is_cut_and_at_a_sentence() -> None:
    source = "One two three. Four five six. Seven eight."
    assert [c.text for c in cut(source, 8)] == ["One two three. Four five six.", "Seven eight."]
    assert [c.text for c in cut("x" * 25, 1)] == ["x" * 8, "x" * 8, "x" * 8, "x"]


def test_code_is_cut_between_its_lines() -> None:
    source = "```\na. b\nc. d\ne. f\n```\n"
    assert [c.text for c in cut(source, 8)] == ["a. b\nc. d", "e. f"]


def test_chunks_of_lists_begin_with_the_bullet_where_there_is_room() -> None:
    assert [c.text for c in cut("- one\n- two", 2)] == ["- one", "- two"]
    assert [c.text for c in cut("- one\n- two", 1)] == ["one", "two"]


def test_a_chunk_knows_its_place_and_its_id_follows_name_headings_and_text() -> None:
    (chunk,) = cut("---\ntitle: T\n---\n# A\n\ntext\n", 100)
    assert (chunk.row["document"], chunk.row["title"], chunk.row["headings"]) == ("a.md", "T", ["A"])
    assert (chunk.row["start"], chunk.row["end"]) == (17, 26)
    assert (chunk.row["kind"], chunk.row["language"], "pages" in chunk.row) == ("text", "", False)
    same, moved, other = (
        cut("# A\n\ntext", 100),
        cut("\n\n# A\n\ntext", 100),
        cut("# A\n\ntext", 100, name="b.md"),
    )
    assert same[0].id == moved[0].id == chunk.id
    assert other[0].id != chunk.id
    assert other[0].row["content_hash"] == chunk.row["content_hash"] and len(chunk.row["content_hash"]) == 24
    twice = cut("same\n\nsame", 1)
    assert len({c.id for c in twice}) == 2
    assert len({c.row["content_hash"] for c in twice}) == 1


def test_a_chunk_knows_its_pages() -> None:
    text, blocks = "aaaa\n\nbbbb\n\ncccc", tuple(Block("paragraph", at, at + 4) for at in (0, 6, 12))
    document = Document(Path("x"), "x", "x", text, blocks, pages=(0, 6, 9))
    sizes = ChunkSizes(min_tokens=1, max_tokens=1)
    assert [c.row["pages"] for c in chunks(document, sizes)] == [[1, 1], [2, 3], [3, 3]]
    assert [c.row["pages"] for c in chunks(document)] == [[1, 3]]


def test_each_row_is_a_chunk_however_short() -> None:
    blocks = (Block("paragraph", 0, 1), Block("paragraph", 3, 4))
    assert [c.text for c in chunks(Document(Path("x"), "x", "x", "a\n\nb", blocks, is_rows=True))] == [
        "a",
        "b",
    ]


def test_the_blocks_of_a_chunk_lie_in_it() -> None:
    for path in find_documents([PAGES]):
        document = load_document(path)
        for chunk in chunks(document):
            assert all(chunk.row["start"] <= b.start < b.end <= chunk.row["end"] for b in chunk.row["blocks"])
            assert chunk.row["tokens"] <= 1024


def test_nonsense_sizes_are_refused() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        ChunkSizes(max_tokens=0)
    with pytest.raises(ValidationError, match=r"min_tokens \(5\) is above max_tokens \(4\)"):
        ChunkSizes(min_tokens=5, max_tokens=4)
    assert ChunkSizes(min_tokens=4, max_tokens=4).max_tokens == 4


def test_a_place_stands_under_the_headings_of_its_block() -> None:
    text = "# Sea\n\nIntro.\n\n## Tides\n\nSpring tides.\n\n## Waves\n\nLong waves.\n"
    title, text, blocks = markdown.parse(text)
    (chunk,) = chunks(Document(Path("sea.md"), "sea.md", title, text, blocks))
    assert chunk.row["headings"] == ["Sea"]
    assert headings_at(chunk, text.index("Spring")) == ["Sea", "Tides"]
    assert headings_at(chunk, text.index("waves.")) == ["Sea", "Waves"]
    assert headings_at(chunk, text.index("Intro")) == ["Sea"]
    assert headings_at(Seed(id="c", text="x", row={"headings": ["A"]}), 3) == ["A"]
