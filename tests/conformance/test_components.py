from __future__ import annotations

import pytest

from datagen_core.errors import RecipeError
from datagen_core.testing import ComponentConformance, GeneratorConformance

HOOKS = """
from datagen_core import Component, Preset, hookimpl

@hookimpl
def datagen_generators():
    presets = (Preset(name="loud", summary="In capitals", options={"loud": True}),)
    return [
        Component(
            name="toy", summary="Numbers seeds", config="$module.part:ToyConfig", impl="$module.part:Toy",
            needs=("seeds",), cost="free", presets=presets,
        )
    ]
"""
PART = """
import random, socket
import numpy
from pydantic import BaseModel, ConfigDict, Field, field_serializer
from datagen_core import Config, Generator, InputError

class Mark(Config):
    text: str = Field("!", description="what stands at the end")
    times: int = Field(1, ge=0, le=3, description="how often")

class ToyConfig(Config):
    loud: bool = Field(False, description="in capitals")
    most: int | None = Field(100, ge=1, description="most rows")
    shares: tuple[float, ...] = Field((), description="unused", max_length=3)
    word: str = Field("a", description="unused")
    mark: Mark = Field(Mark(), description="what stands at the end")

class Toy(Generator[ToyConfig]):
    def __init__(self, config, inputs):
        super().__init__(config, inputs)
        if not inputs.seeds:
            raise InputError("no seeds", expected="seeds")

    def notices(self):
        return ["It numbers seeds."]

    async def generate(self, request):
        for label in request.wanted():
            number = request.rng.random()
            yield request.sample(response=f"{number}")
"""
SHARES = 'tuple[float, ...] = Field((), description="unused", max_length=3)'
BOUNDED = 'tuple[Annotated[float, Field(ge=0)], ...] = Field((), description="unused", max_length=3)'
GOOD_PART = PART.replace(SHARES, BOUNDED).replace(
    "import random", "from typing import Annotated\nimport random"
)
NUMBER = "number = request.rng.random()"
CONNECT = "socket.create_connection(('192.0.2.1', 80), timeout=0.01)"
WORD = 'word: str = Field("a", description="unused")'

BROKEN: dict[str, list[tuple[str, str]]] = {
    "test_names_are_kebab_case": [('name="loud"', 'name="Loud"'), ('name="loud"', 'name="very_loud"')],
    "test_summaries_are_one_short_line": [
        ('summary="Numbers seeds"', 'summary=""'),
        ('summary="Numbers seeds"', 'summary="Numbers\\nseeds"'),
        ('summary="Numbers seeds"', 'summary="x" * 101'),
        ('summary="In capitals"', 'summary=" "'),
    ],
    "test_its_references_load_what_they_should": [
        ('impl="$module.part:Toy"', 'impl="$module.part:Mark"'),
        ('config="$module.part:ToyConfig"', 'config="$module.part:Toy"'),
    ],
    "test_needs_and_cost_are_words_that_routing_knows": [
        ('needs=("seeds",)', 'needs=("seed",)'),
        ('cost="free"', 'cost="expensive"'),
    ],
    "test_makes_rows_of_known_forms": [('needs=("seeds",)', 'needs=("seeds",), makes=("rows",)')],
    "test_discovery_imports_nothing_heavy": [
        ("from datagen_core import Component", "import pydantic\nfrom datagen_core import Component"),
        ("from datagen_core import Component", "import numpy\nfrom datagen_core import Component"),
        ("from datagen_core import Component", "from datagen_core import Config, Component"),
        ("    presets = (", "    import numpy\n    presets = ("),
    ],
    "test_unknown_options_are_refused": [
        (
            "class ToyConfig(Config):",
            "class ToyConfig(Config):\n    model_config = ConfigDict(extra='ignore')",
        ),
        ("class Mark(Config):", "class Mark(BaseModel):"),
    ],
    "test_options_are_frozen": [
        ("class ToyConfig(Config):", "class ToyConfig(Config):\n    model_config = ConfigDict(frozen=False)")
    ],
    "test_each_option_is_described": [
        ('Field("a", description="unused")', 'Field("a")'),
        ('Field("a", description="unused")', 'Field("a", description=" ")'),
        ('Field(1, ge=0, le=3, description="how often")', "Field(1, ge=0, le=3)"),
    ],
    "test_each_number_has_a_range": [
        ('Field(100, ge=1, description="most rows")', 'Field(100, description="most rows")'),
        ('Field(1, ge=0, le=3, description="how often")', 'Field(1, description="how often")'),
        (BOUNDED, SHARES),
    ],
    "test_options_survive_yaml": [
        (WORD, f"{WORD}\n\n    @field_serializer('word')\n    def _louder(self, word): return word + '!'")
    ],
    "test_options_have_a_json_schema_that_they_satisfy": [
        (WORD, f"{WORD}\n\n    @field_serializer('word')\n    def _louder(self, word): return 1")
    ],
    "test_options_have_a_fingerprint": [
        (
            'Field("a", description="unused")',
            'Field(default_factory=lambda: str(random.random()), description="x")',
        )
    ],
    "test_missing_inputs_are_a_clear_error": [
        ('raise InputError("no seeds", expected="seeds")', "raise KeyError('seeds')"),
        ('raise InputError("no seeds", expected="seeds")', "raise InputError('no seeds')"),
    ],
    "test_notices_are_sentences": [
        ('return ["It numbers seeds."]', 'return "It numbers seeds."'),
        ('return ["It numbers seeds."]', 'return [""]'),
    ],
    "test_it_works_without_a_network": [
        (NUMBER, f"{NUMBER}\n            {CONNECT}"),
        (NUMBER, f"{NUMBER}\n            try: {CONNECT}\n            except OSError: pass"),
        (
            NUMBER,
            f"{NUMBER}\n            try: socket.getaddrinfo('example.invalid', 80)\n            except OSError: pass",
        ),
    ],
    "test_global_randomness_is_neither_used_nor_changed": [
        (NUMBER, "number = random.random()"),
        (NUMBER, "number = numpy.random.rand()"),
        (NUMBER, "number = hash(random.getstate())"),
    ],
}
RULES = sorted(name for name in dir(ComponentConformance) if name.startswith("test_"))


@pytest.mark.parametrize("rule", RULES)
def test_a_component_that_keeps_the_rules_passes(check, rule: str) -> None:
    check(GeneratorConformance, rule, HOOKS, GOOD_PART)


@pytest.mark.parametrize(("rule", "change"), [(rule, c) for rule, changes in BROKEN.items() for c in changes])
def test_a_component_that_breaks_a_rule_is_caught(check, rule: str, change: tuple[str, str]) -> None:
    with pytest.raises(AssertionError, match="rule: "):
        check(GeneratorConformance, rule, HOOKS, GOOD_PART, change)


def test_every_rule_is_broken_once() -> None:
    assert sorted(BROKEN) == RULES


def test_options_and_implementation_in_the_hooks_module_are_caught(check) -> None:
    whole = GOOD_PART + HOOKS.replace("$module.part:", "$module:")
    with pytest.raises(AssertionError, match="rule: importing a plugin"):
        check(GeneratorConformance, "test_discovery_imports_nothing_heavy", whole, "")


def test_a_component_that_is_not_installed_is_answered_with_the_nearest_name(check) -> None:
    with pytest.raises(RecipeError, match="did you mean 'toy'"):
        check(GeneratorConformance, "test_names_are_kebab_case", HOOKS, GOOD_PART, component="toyy")


def test_a_suite_without_a_component_says_what_to_set(check) -> None:
    with pytest.raises(AssertionError, match="set `component` to the name of an installed generator"):
        check(GeneratorConformance, "test_names_are_kebab_case", HOOKS, GOOD_PART, component="")


def test_a_presets_options_are_used(check) -> None:
    made = "super().__init__(config, inputs)"
    change = (made, f"{made}\n        assert config.loud")
    check(GeneratorConformance, "test_notices_are_sentences", HOOKS, GOOD_PART, change, component="toy-loud")
