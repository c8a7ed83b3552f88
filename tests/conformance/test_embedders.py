from __future__ import annotations

import pytest

from datagen_core.testing import ComponentConformance, EmbedderConformance

HOOKS = """
from datagen_core import Component, hookimpl

@hookimpl
def datagen_embedders():
    return [Component(name="toy", summary="Letters counted", impl="$module.part:Toy")]
"""
PART = """
import random
import numpy
from datagen_core import Config, Embedder

class Toy(Embedder[Config]):
    calls = 0

    def embed(self, texts):
        out = numpy.zeros((len(texts), 128), dtype=numpy.float32)
        for row, text in enumerate(texts):
            for at, letter in enumerate(text[:2000]):
                out[row, (ord(letter) + 7 * at) % 128] += 1
            length = float((out[row].astype(float) ** 2).sum()) ** 0.5
            out[row] /= length or 1
        return out
"""
OUT = "return out"

BROKEN: dict[str, list[tuple[str, str]]] = {
    "test_each_text_gets_a_vector_of_one_width": [
        (OUT, "return out[1:]"),
        (OUT, "return out[0]"),
        (OUT, "return out.astype(float)"),
        (OUT, "return out[:, :64 + len(texts)]"),
    ],
    "test_no_texts_give_no_vectors": [("(len(texts), 128)", "(max(1, len(texts)), 128)")],
    "test_vectors_have_unit_length_or_are_zeros": [
        ("/= length or 1", "/= 2"),
        (
            "for at, letter in enumerate(text[:2000])",
            "text[0]\n            for at, letter in enumerate(text)",
        ),
    ],
    "test_texts_differ": [("(ord(letter) + 7 * at) % 128", "0")],
    "test_a_text_is_nearest_to_itself": [("(ord(letter) + 7 * at) % 128", "min(at, 1)")],
    "test_the_others_in_the_call_decide_nothing": [(OUT, "return numpy.roll(out, len(texts), axis=1)")],
    "test_the_same_texts_get_the_same_vectors": [
        (OUT, "return numpy.roll(out, random.SystemRandom().randrange(128), axis=1)"),
        (OUT, "Toy.calls += 1\n        return numpy.roll(out, Toy.calls, axis=1)"),
    ],
    "test_it_pickles": [
        ("calls = 0", "calls = 0\n\n    def __reduce__(self):\n        raise TypeError('no')")
    ],
}
RULES = sorted(name for name in dir(EmbedderConformance) if name.startswith("test_"))


@pytest.mark.parametrize("rule", RULES)
def test_an_embedder_that_keeps_the_rules_passes(check, rule: str) -> None:
    check(EmbedderConformance, rule, HOOKS, PART)


@pytest.mark.parametrize(("rule", "change"), [(rule, c) for rule, changes in BROKEN.items() for c in changes])
def test_an_embedder_that_breaks_a_rule_is_caught(check, rule: str, change: tuple[str, str]) -> None:
    with pytest.raises(AssertionError, match="rule: "):
        check(EmbedderConformance, rule, HOOKS, PART, change)


def test_every_rule_is_broken_once() -> None:
    assert sorted(BROKEN) == sorted(set(RULES) - set(dir(ComponentConformance)))
