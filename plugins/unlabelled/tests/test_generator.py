from __future__ import annotations

import pickle
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import datagen_plugin_unlabelled
import pytest
from datagen_plugin_unlabelled.config import UnlabelledConfig
from datagen_plugin_unlabelled.generator import Unlabelled
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from datagen_core import Cell, InputError, Rejection, Sample, Seed
from datagen_core.generator import Generator
from datagen_core.testing import generate, make_inputs, make_request

SEEDS = [
    ("play jazz music", "music"),
    ("play rock music", "music"),
    ("rain in oslo", "weather"),
    ("snow in lima", "weather"),
]
MUSIC = [f"play {kind} music" for kind in ("folk", "pop", "soul", "funk", "metal", "dance")]
WEATHER = [f"rain in {city}" for city in ("rome", "quito", "bonn")]
POOL = [Seed(id=f"u{i}", text=text) for i, text in enumerate([*MUSIC, *WEATHER, "book a table"])]


class Accepted:
    """A pool of accepted rows, by text."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = list(texts)

    def __len__(self) -> int:
        return len(self._texts)

    def texts(self, *, label: str | None = None, limit: int = 1000) -> Sequence[str]:
        return self._texts[:limit]

    def draw(self, n: int, rng: random.Random, *, label: str | None = None) -> Sequence[Sample]:
        return ()


def arm(pool: Sequence[Seed] = POOL, seeds: Sequence[Any] = SEEDS, **options: Any) -> Unlabelled:
    return Unlabelled(UnlabelledConfig(**options), make_inputs(seeds, unlabelled=tuple(pool)))


ARM = arm()


def rows(n: int, *cells: Cell, generator: Unlabelled = ARM, **more: Any) -> list[Sample | Rejection]:
    return generate(generator, make_request(n, cells=cells or None, **more))


def test_a_row_is_a_pool_text_with_the_wanted_label_and_says_where_it_comes_from() -> None:
    made = rows(4, Cell("music", 2), Cell("weather", 2))
    assert [row.label for row in made if isinstance(row, Sample)] == ["music", "weather"] * 2
    for row in made:
        assert isinstance(row, Sample)
        assert row.response in (MUSIC if row.label == "music" else WEATHER)
        (parent,) = [text for text in POOL if text.text == row.response]
        assert row.trace.parents == (parent.id,)
        method = row.metadata.method
        assert method["provenance"] == "real text, machine label"
        assert method["selected"] is True
        assert method["confidence"] >= 0.5
        assert method["agreement"] == 1.0


def test_no_text_is_drawn_twice_and_what_cannot_be_had_is_rejected_with_a_reason() -> None:
    made = rows(5, Cell("weather", 5))
    assert sorted(row.response for row in made if isinstance(row, Sample)) == sorted(WEATHER)
    refused = [row for row in made if isinstance(row, Rejection)]
    assert [row.reason for row in refused] == ["no_confident_text"] * 2
    assert refused[0].measured == "3 of 3 texts near the seeds qualify; none is left"
    assert refused[0].threshold == 0.5


def test_texts_that_accepted_rows_hold_are_passed_over() -> None:
    made = rows(2, Cell("weather", 2), pool=Accepted([*MUSIC, *WEATHER[:2]]))
    assert [row.response for row in made if isinstance(row, Sample)] == WEATHER[2:]
    assert len(made) == 2


def test_a_label_that_no_seed_has_is_rejected() -> None:
    (row,) = rows(1, Cell("sport", 1))
    assert isinstance(row, Rejection)
    assert row.measured == "0 of 0 texts near the seeds qualify; none is left"


def test_a_threshold_that_no_text_reaches_gives_rejections_only() -> None:
    made = rows(2, generator=arm(confidence=1.0))
    assert [row.reason for row in made if isinstance(row, Rejection)] == ["no_confident_text"] * 2
    assert isinstance(made[0], Rejection)
    assert made[0].measured == "0 of 9 texts near the seeds qualify; none is left"


def test_rows_of_any_label_are_balanced_until_a_label_is_used_up() -> None:
    assert Counter(row.label for row in rows(6) if isinstance(row, Sample)) == {"music": 3, "weather": 3}
    made = rows(10)
    assert Counter(row.label for row in made if isinstance(row, Sample)) == {"music": 6, "weather": 3}
    assert isinstance(made[-1], Rejection)


def test_without_balance_rows_of_any_label_follow_the_pool() -> None:
    loose = arm(balance=False)
    first = Counter(rows(1, generator=loose, seed=i)[0].label for i in range(300))  # type: ignore[union-attr]
    assert 160 < first["music"] < 240  # 2/3 of 300 is 200, standard deviation 8


def test_copies_of_seeds_and_repeats_in_the_pool_are_left_out() -> None:
    pool = [
        Seed(id=f"u{i}", text=t)
        for i, t in enumerate(["Play  Jazz music", "play pop music", "PLAY pop music"])
    ]
    made = rows(3, Cell("music", 3), generator=arm(pool))
    assert [row.response for row in made if isinstance(row, Sample)] == ["play pop music"]


def test_seeds_without_a_label_are_no_teachers() -> None:
    seeds = [*(Seed(id=t, text=t, label=label) for t, label in SEEDS), Seed(id="x", text="play pop music")]
    generator = arm(seeds=seeds)
    assert generator.labels() == {"music", "weather"}
    made = rows(6, Cell("music", 6), generator=generator)
    assert "play pop music" not in {row.response for row in made if isinstance(row, Sample)}


@given(st.integers(0, 10_000), st.integers(1, 12))
@settings(max_examples=50)
def test_a_batch_never_repeats_a_text_or_exceeds_its_size(seed: int, n: int) -> None:
    made = rows(n, seed=seed)
    texts = [row.response for row in made if isinstance(row, Sample)]
    assert len(made) == n
    assert len(texts) == len(set(texts)) == min(n, 9)


def test_the_same_request_gives_the_same_rows_before_and_after_pickling() -> None:
    fresh = pickle.loads(pickle.dumps(arm()))
    used = pickle.loads(pickle.dumps(ARM))
    assert rows(5) == rows(5, generator=fresh) == rows(5, generator=used)
    assert rows(5) != rows(5, batch=1)


@pytest.mark.parametrize(
    ("seeds", "pool", "found"),
    [
        (SEEDS, [], "no unlabelled texts"),
        (["play music", "rain"], POOL, "have 0 labels"),
        (SEEDS[:2], POOL, "have 1 labels"),
    ],
)
def test_inputs_that_cannot_serve_are_an_input_error(seeds: list[Any], pool: list[Seed], found: str) -> None:
    with pytest.raises(InputError, match=found):
        arm(pool, seeds)


@pytest.mark.parametrize(
    "options", [{"confidence": 1.01}, {"confidence": -0.1}, {"neighbours": 0}, {"votes": 0}, {"k": 1}]
)
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        UnlabelledConfig(**options)


def test_the_hook_declares_the_component() -> None:
    (component,) = datagen_plugin_unlabelled.datagen_generators()
    assert (component.name, component.needs) == ("unlabelled", ("unlabelled", "labelled-seeds"))
    assert issubclass(component.load_impl(), Generator)
    assert component.load_config() is UnlabelledConfig


def test_importing_the_package_or_building_the_arm_loads_nothing_heavy() -> None:
    heavy = "{'numpy','sklearn','rensa','rapidfuzz','jsonschema_rs'} & set(sys.modules)"
    code = (
        "import sys, datagen_plugin_unlabelled as p; c, = p.datagen_generators(); "
        f"print({heavy}, 'pydantic' in sys.modules); c.load_impl(); print({heavy})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["set()", "False", "set()"]
