"""`validators: auto` and `datagen check --suggest`: validators say of a recipe whether it calls for them, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from datagen_core import runs
from datagen_core.cli import cli
from datagen_core.errors import RecipeError
from datagen_core.job import Job
from datagen_core.plugins.host import installed
from datagen_core.resolve import resolve
from datagen_core.suggesting import suggestions, usable
from datagen_core.suggestion import Suggestion

TOYS = '''
from datagen_core import Component, Config, Suggestion, Validator, Verdict, hookimpl
from datagen_core.validator import ModelValidator
from pydantic import Field


class LimitConfig(Config):
    """Options."""

    most: int = Field(3, ge=1, le=100, description="the most words")


class Polite(Validator[Config]):
    """Asked for by a word of the domain."""

    def validate(self, samples):
        return [Verdict(passed="damn" not in sample.response, reason="rude") for sample in samples]

    @classmethod
    def suggestion(cls, inputs, context):
        return Suggestion(why=f"the domain is {inputs.domain}") if inputs.domain == "polite talk" else None


class Limit(Polite, Validator[LimitConfig]):
    """Asked for by a constraint, with its value."""

    def validate(self, samples):
        return [
            Verdict(passed=len(sample.response.split()) <= self.config.most, reason="long") for sample in samples
        ]

    @classmethod
    def suggestion(cls, inputs, context):
        most = inputs.constraints.get("most_words")
        return most and Suggestion(why="constraints.most_words asks for it", options={"most": most})


class Asked(ModelValidator[Config]):
    """Asks a model."""

    def models(self):
        return {"generator": ()}

    async def validate(self, samples, models):
        return [Verdict(passed=True) for _ in samples]

    @classmethod
    def suggestion(cls, inputs, context):
        return Suggestion(why="someone should look at it")


class Silent(Polite):
    """Never asked for."""

    @classmethod
    def suggestion(cls, inputs, context):
        return None


class Failing(Polite):
    """Raises."""

    @classmethod
    def suggestion(cls, inputs, context):
        raise KeyError("tone")


class Odd(Polite):
    """Says something else than it should."""

    @classmethod
    def suggestion(cls, inputs, context):
        return "yes please"


def toy(name, cls, **more):
    return Component(name=name, summary="a toy", impl=f"{__name__}:{cls}", **more)


@hookimpl
def datagen_validators():
    return [
        toy("asked", "Asked", cost="dear", needs=("model",)),
        toy("extra", "Polite", cost="free", imports=("no_such_module_at_all",), extra="all"),
        toy("limit", "Limit", cost="free", config=f"{__name__}:LimitConfig"),
        toy("a-polite", "Polite"),
        toy("z-polite", "Polite", cost="free"),
        toy("silent", "Silent", cost="free"),
    ]
'''
BROKEN = """

@hookimpl
def datagen_validators():
    return [
        toy("failing", "Failing"),
        toy("odd", "Odd", cost="free"),
        toy("gone", "NotThere"),
        Component(name="unloadable", summary="a toy", impl="no_such_module_at_all:X"),
        toy("z-polite", "Polite", cost="free"),
    ]
"""
RECIPE: dict[str, Any] = {
    "name": "talk",
    "domain": "polite talk",
    "seeds": ["good day", "damn good day", "a day as good as any other"],
    "each_seed_once": True,
    "arms": ["as-is"],
    "memory": "off",
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with a plugin of toys, and nothing installed but what the core brings."""
    monkeypatch.chdir(tmp_path)
    Path("toys.py").write_text(TOYS, encoding="utf-8")
    Path("broken.py").write_text(TOYS + BROKEN, encoding="utf-8")
    monkeypatch.setenv("DATAGEN_PLUGINS", "none-but-builtin")
    installed.cache_clear()
    yield
    monkeypatch.undo()
    installed.cache_clear()


def job_of(file: str = "toys.py", model: str | None = None, **recipe: Any) -> Job:
    given = {**RECIPE, "validators": "auto", **recipe, "plugins": [file]}
    return resolve(runs.load(given, model=model), trust_local=True)


def datagen_run(job: Job) -> Any:
    return runs.carry_on(job, Path("run"))


def told(job: Job) -> list[tuple[str, str]]:
    found = suggestions(job.host, job.inputs, job.context)
    return [(one.use.use, one.lacking) for one in found]


def test_those_that_say_yes_are_listed_cheap_before_dear_then_by_name() -> None:
    job = job_of(constraints={"most_words": 4})
    needs = next(offer.state for offer in job.host.of_kind("validator") if offer.name == "extra")
    assert needs.startswith("needs pip install ") and needs.endswith("[all]'")
    assert told(job) == [
        ("extra", needs),
        ("limit", ""),
        ("z-polite", ""),
        ("a-polite", ""),
        ("asked", "needs models:"),
    ]


def test_each_says_why_and_brings_the_options_that_the_recipe_calls_for() -> None:
    job = job_of(constraints={"most_words": 4})
    limit = next(one for one in suggestions(job.host, job.inputs, job.context) if one.use.use == "limit")
    assert limit.to_json() == {
        "use": "limit",
        "with": {"most": 4},
        "why": "constraints.most_words asks for it",
        "cost": "free",
        "lacking": "",
    }


def test_only_those_that_nothing_keeps_from_it_can_be_used() -> None:
    job = job_of()
    found = usable(suggestions(job.host, job.inputs, job.context))
    assert [use.use for use in found] == ["z-polite", "a-polite"]


def test_with_a_model_those_that_ask_one_can_be_used() -> None:
    job = job_of(model="rehearsal")
    assert ("asked", "") in told(job)
    assert [built.name for built in job.validators] == ["z-polite", "a-polite", "asked"]


def test_one_that_fails_to_say_is_shown_with_why_and_hurts_no_other() -> None:
    job = job_of("broken.py")
    found = {one.use.use: one for one in suggestions(job.host, job.inputs, job.context)}
    assert list(found) == ["odd", "z-polite", "failing", "gone"]
    said = "it fails to say when it should be used: "
    assert found["failing"].lacking == f"{said}KeyError: 'tone'"
    assert found["odd"].lacking.startswith(f"{said}AttributeError")
    assert found["gone"].lacking.startswith(f"{said}AttributeError")
    assert [built.name for built in job.validators] == ["z-polite"]


def test_auto_uses_them_says_so_and_writes_them_down() -> None:
    results = datagen_run(job_of(constraints={"most_words": 4}))
    assert [row.response for row in results] == ["good day"]
    reasons = {(group["validator"], group["reason"]) for group in results.rejections()}
    assert reasons == {("limit", "long"), ("z-polite", "rude")}
    lock = yaml.safe_load((results.folder / "recipe.lock.yaml").read_text(encoding="utf-8"))
    assert lock["validators"] == [
        {"use": "limit", "with": {"most": 4}},
        {"use": "z-polite"},
        {"use": "a-polite"},
    ]


def test_what_was_assumed_names_those_used_and_those_that_lack_something() -> None:
    used, *others = [line for line in job_of().assumptions if line.startswith("validators: ")]
    assert used == "validators: z-polite (the domain is polite talk); a-polite (the domain is polite talk)"
    assert others[0].startswith("validators: extra would be used as well, but needs pip install ")
    assert others[1] == "validators: asked would be used as well, but needs models:"


def test_where_none_is_suggested_all_rows_pass_and_that_is_said() -> None:
    Path("toys.py").write_text(
        TOYS + "\ndatagen_validators = hookimpl(lambda: [toy('silent', 'Silent')])\n", "utf-8"
    )
    job = job_of(domain="rough talk")
    assert "validators: none is suggested" in job.assumptions
    assert job.validators == () and len(datagen_run(job)) == 3


def test_a_run_that_chose_its_validators_goes_on_and_is_another_with_others() -> None:
    first = datagen_run(job_of())
    assert len(datagen_run(job_of())) == len(first) == 2
    assert job_of().fingerprint == job_of().fingerprint != job_of(constraints={"most_words": 4}).fingerprint


def test_a_word_that_is_not_auto_is_refused_with_what_would_be_right() -> None:
    with pytest.raises(RecipeError) as caught:
        runs.load({**RECIPE, "validators": "auot"})
    assert "'auot'" in caught.value.message and "`auto`" in str(caught.value)


def test_a_word_that_is_not_auto_is_refused_at_its_line() -> None:
    Path("r.yaml").write_text("name: x\nvalidators: auot\n", encoding="utf-8")
    with pytest.raises(RecipeError, match="auot") as caught:
        runs.load("r.yaml")
    assert caught.value.where == "r.yaml:2"


# -- datagen check --suggest ----------------------------------------------------------------------------------


def checked(*options: str, **recipe: Any) -> str:
    written = {**RECIPE, **recipe, "plugins": ["toys.py"], "constraints": {"most_words": 4}}
    Path("talk.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    done = CliRunner().invoke(cli, ["check", "talk.yaml", "--trust-local", *options], env={"COLUMNS": "300"})
    assert done.exit_code == 0, done.exception
    return done.stdout


def test_check_proposes_them_as_json_and_only_when_asked() -> None:
    found = json.loads(checked("--suggest", "--json", validators=[]))
    names = [one["use"] for one in found["suggested"]]
    assert names == ["extra", "limit", "z-polite", "a-polite", "asked"]
    assert found["suggested"][1]["with"] == {"most": 4} and found["validators"] == []
    assert "suggested" not in json.loads(checked("--json", validators=[]))


def test_check_prints_reasons_and_lines_that_can_be_pasted_into_the_recipe() -> None:
    text = checked("--suggest", validators=["z-polite"])
    assert "constraints.most_words asks for it" in text and "needs models:" in text
    assert "in the recipe" in text and "proposed" in text
    pasted = yaml.safe_load(text.partition("`validators: auto`):\n")[2].partition("\nnot enforced")[0])
    assert pasted == {"validators": [{"use": "limit", "with": {"most": 4}}, "a-polite"]}
    assert "add (or write" not in checked("--suggest", validators="auto")


def test_the_keys_that_a_reason_names_are_acted_on() -> None:
    said = Suggestion(why="constraints.privacy.level asks for it, and task_input.tone; constraint.x doesn't")
    assert said.acts_on() == {"constraints.privacy", "task_input.tone"}
