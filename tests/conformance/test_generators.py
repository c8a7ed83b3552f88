from __future__ import annotations

import pytest

from datagen_core.testing import ComponentConformance, GeneratorConformance

HOOKS = """
from datagen_core import Component, Preset, hookimpl

@hookimpl
def datagen_generators():
    presets = (Preset(name="loud", summary="In capitals", options={"loud": True}),)
    return [
        Component(
            name="toy", summary="Numbers seeds", config="$module.part:ToyConfig", impl="$module.part:Toy",
            needs=("seeds", "originals"), cost="free", presets=presets,
        )
    ]
"""
PART = """
import asyncio, random, socket
from dataclasses import replace
from pydantic import BaseModel, ConfigDict, Field, field_serializer
from datagen_core import Config, Generator, InputError, Metadata, Sample, Seed, Trace

class Mark(Config):
    text: str = Field("!", description="what stands at the end")
    times: int = Field(1, ge=0, le=3, description="how often")

class ToyConfig(Config):
    loud: bool = Field(False, description="in capitals")
    most: int | None = Field(100, ge=1, description="most rows")
    mark: Mark = Field(Mark(), description="what stands at the end")

class Toy(Generator[ToyConfig]):
    def __init__(self, config, inputs):
        super().__init__(config, inputs)
        if not inputs.seeds:
            raise InputError("no seeds", expected="seeds")
        self.count = 0

    def labels(self):
        return frozenset(seed.label for seed in self.inputs.seeds)

    def notices(self):
        return ["It numbers seeds."]

    def json_schema(self):
        return {"type": "string", "minLength": 3}

    async def generate(self, request):
        for label in request.wanted():
            await asyncio.sleep(0)
            seeds = [s for s in (request.parents or request.seeds) if label in (None, s.label)]
            if not seeds:
                yield request.reject("no_seed", "a seed must have the label", text=str(label))
                continue
            seed = request.rng.choice(seeds)
            number = request.rng.randrange(1000)
            text = f"{number} {seed.label} {self.count}"
            yield request.sample(response=text, label=seed.label, parents=[seed], params={"number": number})
"""
ROW = 'yield request.sample(response=text, label=seed.label, parents=[seed], params={"number": number})'
LOOP = "for label in request.wanted():"
NO_SEED = 'yield request.reject("no_seed", "a seed must have the label", text=str(label))'
MADE = "row = " + ROW.removeprefix("yield ")
TEXT = 'text = f"{number} {seed.label} {self.count}"'

BROKEN: dict[str, list[tuple[str, str]]] = {
    "test_it_yields_samples_and_rejections_only": [(LOOP, f"yield 'text'\n        {LOOP}")],
    "test_at_most_n_samples_come": [
        (LOOP, "for label in request.wanted() * 2:"),
        (LOOP, "while True:\n            label = None"),
    ],
    "test_some_samples_come": [("if not seeds:\n                yield", "if True:\n                yield")],
    "test_rows_that_cannot_be_made_are_rejections": [(LOOP, "for label in request.wanted()[1:]:")],
    "test_rejections_have_a_reason_code": [('"no_seed"', '"No seed!"'), ('"no_seed"', '""')],
    "test_rows_are_json": [
        ('{"number": number}', '{"number": {number}}'),
        ('{"number": number}', '{"number": float("nan")}'),
    ],
    "test_rows_satisfy_the_schema_it_declares": [('"minLength": 3', '"maxLength": 3')],
    "test_ids_are_unique_in_a_batch_and_across_batches": [
        (ROW, f"{MADE}\n            yield replace(row, id=text)"),
        (ROW, f"{MADE}\n            yield replace(row, id=str(request._position))"),
    ],
    "test_rows_are_made_by_the_request": [
        (ROW, "yield Sample(id=f'row{number}', response=text, label=seed.label)"),
        (ROW, f"{MADE}\n            yield row\n            yield row"),
    ],
    "test_rows_bear_the_requests_stamp": [
        (ROW, f"{MADE}\n            yield replace(row, metadata=Metadata(arm='test'))")
    ],
    "test_lineage_names_the_processing_step": [
        (ROW, f"{MADE}\n            yield replace(row, trace=Trace(parents=(seed.id,)))")
    ],
    "test_parents_exist": [("parents=[seed]", "parents=[Seed(id='nobody', text='')]")],
    "test_only_requested_labels_come_out": [
        ("label=seed.label, parents", "label='music', parents"),
        ("label=seed.label, parents", "label='another' if label is None else label, parents"),
        ("label=seed.label, parents", "label=None, parents"),
    ],
    "test_a_label_nobody_can_make_is_a_rejection": [
        (NO_SEED, "raise KeyError(label)"),
        (NO_SEED, "pass"),
        (NO_SEED, "yield request.sample(response='any', label=label)"),
        (NO_SEED, "yield request.sample(response='any', label='music')"),
    ],
    "test_no_cells_make_no_rows": [
        (LOOP, "for label in request.wanted() or [None]:"),
        (LOOP, "for label in request.wanted() if request.cells[0] else []:"),
    ],
    "test_same_seed_same_rows": [(TEXT, "text = f'{random.SystemRandom().random()} {seed.label}'")],
    "test_no_state_is_held_between_batches": [(TEXT, "self.count += 1; text = f'{self.count} rows'")],
    "test_same_seed_same_rows_in_a_fresh_process": [(TEXT, "text = next(iter({s.text for s in seeds}))")],
    "test_it_pickles_with_its_request": [
        ("self.count = 0", "self.count = lambda: 0"),
        (
            "self.count = 0",
            "self.count = 0\n\n    def __setstate__(self, state):\n        self.__dict__.update(state, count=7)",
        ),
    ],
    "test_it_can_be_closed_after_the_first_row": [
        (ROW, f"try:\n                {ROW}\n            except GeneratorExit:\n                {ROW}"),
        (
            TEXT + "\n            " + ROW,
            f"text = f'{{number}} {{self.count}}'\n            try:\n                {ROW}\n            "
            "except GeneratorExit:\n                self.count += 1",
        ),
    ],
    "test_it_can_be_cancelled": [
        (
            "await asyncio.sleep(0)",
            "try:\n                await asyncio.sleep(0)\n            except asyncio.CancelledError: pass",
        )
    ],
    "test_what_changes_rows_takes_those_of_a_link_before": [
        ("(request.parents or request.seeds)", "request.seeds"),
        ("parents=[seed]", "parents=list(request.seeds[:1])"),
        ("label=seed.label", "label='weather'"),
    ],
}
OWN_RULES = sorted(
    name
    for name in set(dir(GeneratorConformance)) - set(dir(ComponentConformance))
    if name.startswith("test_")
)


@pytest.mark.parametrize("rule", [name for name in dir(GeneratorConformance) if name.startswith("test_")])
def test_a_generator_that_keeps_the_rules_passes(check, rule: str) -> None:
    check(GeneratorConformance, rule, HOOKS, PART)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of generators left open
@pytest.mark.parametrize(("rule", "change"), [(rule, c) for rule, changes in BROKEN.items() for c in changes])
def test_a_generator_that_breaks_a_rule_is_caught(check, rule: str, change: tuple[str, str]) -> None:
    with pytest.raises(AssertionError, match="rule: "):
        check(GeneratorConformance, rule, HOOKS, PART, change)


def test_every_rule_is_broken_once() -> None:
    assert sorted(BROKEN) == OWN_RULES


def test_what_is_made_from_parents_names_them(check) -> None:
    needs = ('needs=("seeds", "originals")', 'needs=("parents",)')
    check(GeneratorConformance, "test_parents_exist", HOOKS, PART, needs)


def test_what_is_made_from_parents_without_naming_them_is_caught(check) -> None:
    changes = [('needs=("seeds", "originals")', 'needs=("parents",)'), ("parents=[seed]", "parents=[]")]
    with pytest.raises(AssertionError, match="names none"):
        check(GeneratorConformance, "test_parents_exist", HOOKS, PART, *changes)


def test_a_generator_that_never_ends_is_caught(check) -> None:
    change = (LOOP, "while True:\n            label = None")
    with pytest.raises(AssertionError, match="a generator ends"):
        check(GeneratorConformance, "test_some_samples_come", HOOKS, PART, change)
