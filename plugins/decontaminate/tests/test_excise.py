import json
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_decontaminate.config import ExciseConfig
from datagen_plugin_decontaminate.excise import Excise, slices

from datagen_core import Rejection, Sample
from datagen_core.testing import generate, make_inputs, make_request

WORDS = [f"word{i}" for i in range(40)]


def filler(n_chars: int, letter: str) -> str:
    return (f"{letter}{letter}{letter} " * (n_chars // 4 + 1))[:n_chars]


def excised(folder: Path, *texts: str | Sample, **options: Any) -> list[Sample | Rejection]:
    file = folder / "bench.jsonl"
    file.write_text(
        json.dumps({"text": " ".join(WORDS)}) + "\n" + json.dumps({"text": "to be"}), encoding="utf-8"
    )
    config = ExciseConfig.model_validate({"benchmarks": [str(file)], **options})
    rows = [t if isinstance(t, Sample) else Sample(id=f"r{i}", response=t) for i, t in enumerate(texts)]
    return generate(Excise(config, make_inputs()), make_request(len(rows), parents=rows))


@pytest.mark.parametrize(("copied", "hits"), [(22, 10), (23, 11)])
def test_a_text_with_10_hits_is_cut_and_one_with_11_dropped(copied: int, hits: int, tmp_path: Path) -> None:
    text = f"{filler(500, 'a')} {' '.join(WORDS[:copied])} {filler(500, 'b')}"
    (row,) = excised(tmp_path, text)
    if hits <= 10:
        assert isinstance(row, Sample)
        assert row.metadata.method == {"hits": 10, "slices": 2}
    else:
        assert isinstance(row, Rejection)
        assert (row.reason, row.measured, row.threshold) == ("too_many_hits", 11, 10)


def test_200_characters_go_on_each_side_of_a_hit(tmp_path: Path) -> None:
    before, hit, after = filler(500, "a"), " ".join(WORDS[:13]), filler(500, "b")
    (row,) = excised(tmp_path, f"{before} {hit} {after}")
    assert isinstance(row, Sample)
    assert row.response == f"{before[:301]}\n\n{after[199:]}"
    assert row.trace.parents == ("r0",)


def test_a_slice_is_kept_when_it_is_longer_than_200_characters() -> None:
    hit = (401, 450)
    assert slices("x" * 650, [hit]) == ["x" * 201]
    assert slices("x" * 650, [(400, 450)]) == []
    assert slices("x" * 851, [(400, 450)]) == ["x" * 201]
    assert slices("x" * 850, [(400, 450)]) == []


def test_hits_that_overlap_or_lie_at_the_ends_are_cut_once() -> None:
    text = "".join(chr(97 + i % 26) for i in range(1500))
    assert slices(text, [(0, 50), (20, 90), (700, 750)]) == [text[290:500], text[950:]]
    assert slices(text, [(1400, 1500)]) == [text[:1200]]
    assert slices(text, []) == [text]
    assert slices(text, [(100, 110)], window_chars=0, min_slice_chars=0) == [text[:100], text[110:]]


def test_a_clean_text_stays_as_it_is_whatever_its_length(tmp_path: Path) -> None:
    short, long = excised(tmp_path, "short", filler(3000, "a"))
    assert isinstance(short, Sample) and isinstance(long, Sample)
    assert (short.response, len(long.response)) == ("short", 3000)


def test_a_text_of_which_nothing_is_left_is_refused_without_its_words(tmp_path: Path) -> None:
    leak, short = excised(tmp_path, " ".join(WORDS[:14]), "To be!")
    assert isinstance(leak, Rejection) and isinstance(short, Rejection)
    assert (leak.reason, leak.measured, leak.threshold, leak.text) == ("nothing_left", 2, 200, "")
    assert short.reason == "contaminated_short_item"


def test_a_row_in_parts_is_dropped_and_not_cut(tmp_path: Path) -> None:
    text = f"{filler(500, 'a')} {' '.join(WORDS[:13])} {filler(500, 'b')}"
    pair, clean = excised(
        tmp_path, Sample(id="p", input="sum up", response=text), Sample(id="c", input="hi", response="hello")
    )
    assert isinstance(pair, Rejection) and pair.reason == "contaminated"
    assert isinstance(clean, Sample) and (clean.input, clean.response) == ("hi", "hello")
