"""Terms, BM25, vectors and their fusion, over passages in memory."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy
import pytest
from datagen_plugin_rag.config import HybridConfig
from datagen_plugin_rag.searching.bm25 import BM25
from datagen_plugin_rag.searching.hybrid import Hybrid
from datagen_plugin_rag.searching.inverse_cloze import inverse_cloze
from datagen_plugin_rag.searching.rank_fusion import fused
from datagen_plugin_rag.searching.terms import terms
from numpy.typing import NDArray

from datagen_core import Config, Embedder, InputError, Inputs
from datagen_core.embeddings import Embeddings
from datagen_core.inputs import Seed

TEXTS = (
    "the cat sat on the mat",
    "the dog sat on the log and the cat ran",
    "dogs and cats are animals",
    "the the the",
    "",
)


class Meaning(Embedder[Config]):
    """Knows that `w3a` and `w3b` mean the same: each number is a direction, sums of them are texts."""

    def embed(self, texts: Sequence[str]) -> NDArray[Any]:
        out = numpy.zeros((len(texts), 64), dtype=numpy.float32)
        for row, text in zip(out, texts, strict=True):
            for word in terms(text):
                row[int("".join(filter(str.isdigit, word)) or 63) % 64] += 1
            row /= max(1e-9, float(numpy.linalg.norm(row)))
        return out


def retriever(texts: Sequence[str], embedder: Embedder[Any] | None = None, **options: Any) -> Hybrid:
    chunks = [
        Seed(id=f"c{i}", text=text, row={"document": f"d{i % 2}", "kind": "text", "tags": ["x"]})
        for i, text in enumerate(texts)
    ]
    inputs = Inputs(chunks=tuple(chunks), embeddings=Embeddings(embedder))
    return Hybrid(HybridConfig.model_validate(options), inputs)


def found(part: Hybrid, query: str, k: int = 5, **where: Any) -> list[str]:
    return [hit.chunk.id for hit in part.search([query], k, where)[0]]


def by_hand(query: str, texts: Sequence[str], k1: float, b: float) -> list[float]:
    """BM25 as it is written, word by word and text by text."""
    split = [text.split() for text in texts]
    mean = sum(map(len, split)) / len(split)
    out = []
    for words in split:
        score = 0.0
        for word in query.split():
            holding = sum(word in other for other in split)
            if holding:
                idf = math.log(1 + (len(split) - holding + 0.5) / (holding + 0.5))
                times = Counter(words)[word]
                score += idf * times * (k1 + 1) / (times + k1 * (1 - b + b * len(words) / mean))
        out.append(score)
    return out


@pytest.mark.parametrize("by", ["rank-bm25", "bm25s"])
@pytest.mark.parametrize(("k1", "b"), [(1.5, 0.75), (0.9, 0.4)])
def test_bm25_gives_the_scores_of_its_formula(by: str, k1: float, b: float) -> None:
    part = BM25(TEXTS, by, k1=k1, b=b)
    for query in ("cat", "the cat sat", "the", "cat cat mat", "nothing of this", ""):
        assert part.scores(query).tolist() == pytest.approx(by_hand(query, TEXTS, k1, b), abs=1e-5)
    assert min(part.scores("the")[[0, 1, 3]]) > 0  # though most of the texts hold it


@pytest.mark.parametrize("by", ["rank-bm25", "bm25s"])
def test_texts_without_words_are_found_by_nothing(by: str) -> None:
    assert BM25(["", "…"], by).best(["anything"], 3, None) == [[]]


def test_terms_are_words_and_where_there_are_no_spaces_pairs_of_letters() -> None:
    assert terms("The E-Mail's Größe") == ["the", "e", "mail", "s", "grösse"]
    assert terms("集群成员,etcd") == ["集群", "群成", "成员", "etcd"]
    assert terms("พรุ่งนี้")[0] in "พรุ่งนี้".replace("ุ่", "")
    assert terms("हिन्दी भाषा") == ["हिन्दी", "भाषा"]
    assert terms("…!?") == []


@pytest.mark.parametrize(
    ("texts", "query"),
    [
        (("集群成员的变更需要多数同意。", "租约到期后键会被删除。", "备份应当加密。"), "租约什么时候到期？"),
        (("พรุ่งนี้ฝนจะตกที่กรุงเทพ", "ต้นไม้ใช้แสงแดดสร้างอาหาร", "แมวนอนบนเสื่อ"), "พืชและต้นไม้สร้างอาหารอย่างไร"),
        (("عاصمة مصر هي القاهرة", "النبات يصنع غذاءه من ضوء الشمس", "القطة تنام"), "كيف يصنع النبات غذاءه؟"),
    ],
)
def test_questions_in_chinese_thai_and_arabic_find_their_passage(texts: tuple[str, ...], query: str) -> None:
    assert found(retriever(texts), query)[0] == "c1"


def test_fusion_sums_reciprocals_of_places() -> None:
    made = fused({"bm25": [7, 3, 5], "vectors": [3, 9]}, {"bm25": 1, "vectors": 1})
    assert [item for item, _ in made] == [3, 7, 9, 5]
    assert dict(made) == pytest.approx({3: 1 / 62 + 1 / 61, 7: 1 / 61, 9: 1 / 62, 5: 1 / 63})
    assert fused({"bm25": [1, 2], "vectors": [2, 1]}, {"bm25": 1, "vectors": 1})[0][0] == 1  # a tie
    assert fused({"bm25": [1], "vectors": [2]}, {"bm25": 0, "vectors": 0.5}, k=0) == [(2, 0.5)]


def test_hits_tell_their_places_by_ranker() -> None:
    part = retriever(["w1a w1a", "w1b", "w2a"], Meaning(Config()), mode="hybrid")
    first, second = part.search(["w1a"], 5)[0]
    assert (first.chunk.id, dict(first.places)) == ("c0", {"bm25": 1, "vectors": 1})
    assert (second.chunk.id, dict(second.places)) == ("c1", {"vectors": 2})


def test_a_filter_comes_before_the_ranking() -> None:
    """600 better passages of another document don't hide the one that is allowed."""
    texts = [f"lease number {i}" if i % 2 == 0 else "about trees" for i in range(1200)]
    texts[301] = "one lease among many other things that are said here at some length"
    for by in ("rank-bm25", "bm25s"):
        part = retriever(texts, bm25=by)
        assert found(part, "lease", document="d1") == ["c301"]
        assert found(part, "lease", document=["d1", "no such"], kind="text") == ["c301"]
    assert found(part, "lease", document="d1", kind="code") == [] == found(part, "lease", no_such_field="x")
    assert found(part, "lease", tags=[["x"]], document="d1") == ["c301"]
    assert len(found(part, "lease", k=1000)) == 601


def test_what_is_found_first_does_not_depend_on_how_many_are_wanted() -> None:
    texts = [f"w{i % 50}a w{i % 7}b word" for i in range(400)]
    part = retriever(texts, Meaning(Config()), mode="hybrid")
    assert found(part, "w3a w4b", k=150)[:5] == found(part, "w3a w4b", k=5)


def test_both_libraries_find_the_same() -> None:
    texts = [f"w{i % 50}a w{i % 7}b word{i % 3}" for i in range(400)]
    a, b = retriever(texts, bm25="rank-bm25"), retriever(texts, bm25="bm25s")
    for query in ("w3a", "w3a w4b word1", "word2 word2"):
        assert found(a, query, 20) == found(b, query, 20)


def test_with_an_embedder_that_knows_no_meaning_words_alone_are_searched() -> None:
    assert retriever(TEXTS).mode() == "bm25"
    assert retriever(TEXTS, mode="hybrid").mode() == "hybrid"


def test_with_one_that_knows_meaning_a_trial_on_the_passages_decides() -> None:
    """Each passage says the same thing twice in other words: BM25 can't know, `Meaning` can."""
    same = [f"w{i}a said so. w{i}b it was then." for i in range(40)]
    part = retriever(same, Meaning(Config()))
    assert part.mode() == "hybrid" and found(part, "w3b")[0] == "c3"
    evidence = inverse_cloze(same, Embeddings(Meaning(Config())))
    assert evidence.passages == 40 and evidence.vectors > 0.9 > 0.5 > evidence.bm25
    names = [f"alpha{chr(97 + i)} said so. alpha{chr(97 + i)} it was then." for i in range(26)]
    assert retriever(names, Meaning(Config())).mode() == "bm25"  # no numbers: it can't tell them apart
    assert retriever(same[:10], Meaning(Config())).mode() == "bm25"  # too few to tell


def test_options_of_a_knowledge_base_without_one_are_an_error() -> None:
    for options in ({"bm25": "lancedb"}, {"columns": {"text_column": "body"}}):
        with pytest.raises(ValueError, match="are for a knowledge_base"):
            HybridConfig.model_validate(options)
    with pytest.raises(InputError, match="no passages to search"):
        Hybrid(HybridConfig(), Inputs())
