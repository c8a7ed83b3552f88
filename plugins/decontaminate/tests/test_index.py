import json
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from datagen_plugin_decontaminate.index import MAGIC, Index, Item, build_index
from datagen_plugin_decontaminate.ngrams import Length, Tokenised

from datagen_core import InputError

LENGTH = Length(13, 20)


def item(at: int, n_words: int = 20, benchmark: str = "b") -> Item:
    rng = random.Random(at)
    return Item(benchmark, f"item{at}", (" ".join(f"w{rng.randrange(50)}" for _ in range(n_words)),))


def test_a_text_of_n_words_has_an_ngram_for_each_start() -> None:
    for n, wanted in ((0, 0), (12, 0), (13, 1), (14, 2), (22, 10), (23, 11)):
        text = " ".join(f"w{i}" for i in range(n))
        assert len(Tokenised([text], LENGTH).ngrams().hashes) == wanted


def test_characters_and_words_add_up_to_an_ngram() -> None:
    def count(text: str) -> int:
        return len(Tokenised([text], LENGTH).ngrams().hashes)

    assert (count("天" * 19), count("天" * 20), count("天" * 21)) == (0, 1, 2)
    words = "a b c d e f "  # 6 words weigh 120 of 260: eleven characters more fill it
    assert (count(words + "天" * 10), count(words + "天" * 11)) == (0, 1)


def test_equal_runs_have_equal_hashes_wherever_they_are() -> None:
    run = " ".join(f"w{i}" for i in range(13))
    (alone,) = Tokenised([run], LENGTH).ngrams().hashes
    found = Tokenised([f"x {run}", f"y y {run} z"], LENGTH).ngrams()
    assert np.count_nonzero(found.hashes == alone) == 2
    other = " ".join(f"w{i}" for i in reversed(range(13)))
    assert alone not in Tokenised([other], LENGTH).ngrams().hashes


def test_the_order_of_items_and_files_makes_no_difference_to_a_byte(tmp_path: Path) -> None:
    items = [item(i, n, name) for name in ("b", "a") for i, n in enumerate([5, 12, 13, 14, 40, 0, 13])]
    items.append(Item("b", "copy", items[4].parts))
    written = set()
    for seed in range(5):
        random.Random(seed).shuffle(items)
        build_index(items, LENGTH).save(tmp_path / "index")
        written.add((tmp_path / "index").read_bytes())
    assert len(written) == 1


def test_an_index_comes_back_from_its_file_and_holds_no_text(tmp_path: Path) -> None:
    items = [item(i) for i in range(30)] + [Item("b", "short", ("quintessence of dust",))]
    index = build_index(items, LENGTH)
    index.save(tmp_path / "index")
    again = Index.load(tmp_path / "index")
    assert (again.length, again.names, again.counts) == (index.length, index.names, index.counts)
    for table in ("ngrams", "wholes"):
        assert np.array_equal(getattr(again, table).hashes, getattr(index, table).hashes)
        assert np.array_equal(getattr(again, table).items, getattr(index, table).items)
    content = (tmp_path / "index").read_bytes()
    assert b"quintessence" not in content and items[0].parts[0][:8].encode() not in content


def test_counts_add_up() -> None:
    sizes = [0, 1, 12, 13, 14]
    index = build_index([item(i, n) for i, n in enumerate(sizes)], LENGTH)
    assert index.counts == {"b": {"items": 5, "short": 2, "wordless": 1}}
    assert len(index.ngrams.hashes) == 1 + 2
    assert len(index.wholes.hashes) == 2
    assert len(index.names) == 5


def test_of_several_items_with_an_ngram_the_first_by_name_has_it() -> None:
    text = " ".join(f"w{i}" for i in range(13))
    for order in ((0, 1), (1, 0)):
        items = [Item("b", "x", (text,)), Item("a", "y", (text,))]
        index = build_index([items[i] for i in order], LENGTH)
        assert index.names[index.ngrams.items[0]] == ("a", "y")


def test_an_index_of_nothing_finds_nothing(tmp_path: Path) -> None:
    build_index([], LENGTH).save(tmp_path / "index")
    found, _ = Index.load(tmp_path / "index").ngrams.find(np.array([1, 2], np.uint64))
    assert not found.any()


@pytest.mark.parametrize("content", [b"", b"text\n", b"datagen-decontaminate-index-1\nx", None])
def test_what_is_no_whole_index_is_a_clear_error(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "index"
    build_index([item(1)], LENGTH).save(file)
    file.write_bytes(file.read_bytes()[:-4] if content is None else content)
    with pytest.raises(InputError, match="not a whole index"):
        Index.load(file)
    with pytest.raises(InputError, match="not a whole index"):
        Index.load(tmp_path / "none")


def with_header(file: Path, header: bytes, size: bytes | None = None) -> None:
    file.write_bytes(MAGIC + (size or b"%d" % len(header)) + b"\n" + header)


def is_told(file: Path) -> None:
    with pytest.raises(InputError, match="not a whole index") as caught:
        Index.load(file)
    assert caught.value.where == str(file)
    assert "index BENCHMARK" in (caught.value.hint or "")


WHOLE: dict[str, Any] = {"words": 13, "characters": 20, "counts": {}, "names": [], "lengths": [0, 0, 0, 0]}


@pytest.mark.parametrize(
    "changed",
    [
        *({"lengths": [n, 0, 0, 0]} for n in (10**30, 1e308, float("inf"), -1, True, "8", None)),
        {"lengths": [0, 0, 0]},
        {"lengths": 4},
        *({"names": names} for names in (5, [1], [["b"]], [["b", 1]], [["b", "i", "j"]])),
        *({"counts": counts} for counts in (5, {"b": 5}, {"b": {}}, {"b": {"items": "many"}})),
        *({"words": words} for words in (0, -1, "13", None, 1e999, 10**30)),
    ],
)
def test_a_hostile_header_is_a_clear_error(changed: dict[str, Any], tmp_path: Path) -> None:
    with_header(tmp_path / "index", json.dumps({**WHOLE, **changed}).encode())
    is_told(tmp_path / "index")


@pytest.mark.parametrize("header", [b"[" * 200_000, b'{"a":' * 200_000, b"[]", b"7", b"\xff\xfe", b"{"])
def test_a_header_that_is_no_object_or_too_deep_is_a_clear_error(header: bytes, tmp_path: Path) -> None:
    with_header(tmp_path / "index", header)
    is_told(tmp_path / "index")


@pytest.mark.parametrize("size", [b"1" + b"0" * 15, b"-1", b"1e9", b"9" * 5000])
def test_a_header_larger_than_its_file_is_never_read(size: bytes, tmp_path: Path) -> None:
    with_header(tmp_path / "index", json.dumps(WHOLE).encode(), size)
    is_told(tmp_path / "index")


def test_an_item_number_without_a_name_is_a_clear_error(tmp_path: Path) -> None:
    file = tmp_path / "index"
    index = build_index([item(1)], LENGTH)
    index.ngrams.items[-1] = 1
    index.save(file)
    is_told(file)


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for file in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        is_told(file)
