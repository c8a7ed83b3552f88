"""A recipe for what was found: its keys, and for each why it is as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from statistics import fmean
from typing import Any

from datagen_core.beginning.choosing import Answers, Choice, Question, choose, name_in, questions
from datagen_core.beginning.finding import look
from datagen_core.beginning.found import Found
from datagen_core.beginning.materials import Materials
from datagen_core.beginning.offering import REHEARSAL, Aside, Offering, offering, resolved
from datagen_core.beginning.reaching import Reached, reached
from datagen_core.beginning.trying import Tried
from datagen_core.nothing import EMPTY
from datagen_core.plugins.host import Host, installed
from datagen_core.recipe import from_source
from datagen_core.recipe_inputs import RecipeInputs
from datagen_core.suggesting import suggestions
from datagen_core.yaml_source import Located

USUAL_SAMPLES = 200
SAMPLES_PER_LABEL = 20
MOST_LISTED_LABELS = 30
COMMON = ("dedup", "schema")
"""Validators that need no reason beside their line."""
SPARE = 3
"""A budget is so many times what the rows took in the trial."""
TOKENS_PER_CALL = 1500


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """What may be added to the recipe: a validator or a key with its value, and what it does."""

    value: Any
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A recipe, and what stands behind it.

    Attributes:
        recipe: As a mapping; its paths are relative to the folder it is proposed for.
        why: Key → the reason for its value.
        arms: Arm → what it does, of those in the recipe.
        also: Arms that may be added as they are. `not_offered` are those that may not.
        validators_also: Validators that may be added.
        further: Keys that may be added.
        assumptions: What was assumed.
        not_used: What was found and has no place in it, with the reason.
        questions: What was open and assumed, with the assumption as default.
        model: The model it is for; None where there is none.
    """

    found: Found
    recipe: Mapping[str, Any]
    why: Mapping[str, str] = EMPTY
    arms: Mapping[str, str] = EMPTY
    also: tuple[Aside, ...] = ()
    not_offered: tuple[Aside, ...] = ()
    validators_also: tuple[Addition, ...] = ()
    further: Mapping[str, Addition] = EMPTY
    assumptions: tuple[str, ...] = ()
    not_used: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    model: str | None = None

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "recipe": dict(self.recipe),
            "found": [
                {"path": name_in(self.found, one.path), "what": one.says()} for one in self.found.all()
            ],
            "assumptions": list(self.assumptions),
            "not_used": list(self.not_used),
            "questions": [{"key": q.key, "text": q.text, "assumed": q.default} for q in self.questions],
            "also": [{"arm": aside.arm, "why": aside.why} for aside in self.also],
            "not_offered": [{"arm": aside.arm, "why": aside.why} for aside in self.not_offered],
            "model": self.model,
        }


def propose(
    folder: str | Path | Found,
    *,
    base: str | Path = ".",
    answers: Answers | None = None,
    host: Host | None = None,
    say: Callable[[str], None] = lambda step: None,
) -> Proposal:
    """A recipe for what lies in a folder; reads, tries arms with a stand-in for the model, writes and sends nothing.

    Args:
        folder: The folder, or one file, or what `look` found there.
        base: The folder that the recipe will lie in.
        answers: What is known beyond the folder; the rest is assumed.
        host: What is installed; by default this environment.
        say: Told each step, in a few words.

    Raises:
        InputError: nothing says what is wanted, or a file that is to be used can't be.
        RecipeError: a model that nothing reaches, or no arm that makes such rows.
    """
    found = folder if isinstance(folder, Found) else look(Path(folder))
    answers, host = answers or Answers(), host or installed()
    return _Proposer(found, Path(base).absolute(), answers, host, say).proposal()


@dataclass
class _Proposer:
    """Fills a recipe in, section by section; `notes` are the materials, with all that is noted."""

    found: Found
    base: Path
    answers: Answers
    host: Host
    say: Callable[[str], None]
    notes: Materials = field(init=False)

    def __post_init__(self) -> None:
        begun = {"name": _name(self.found.place), "seed": 0}
        self.notes = Materials(self.found, self.base, self.answers, begun)

    def proposal(self) -> Proposal:
        """The whole."""
        choice, notes = choose(self.found, self.answers), self.notes
        model, data = reached(self.host, self.answers.model), notes.data
        notes.assumptions += choice.assumptions
        if self.answers.model is None:
            notes.assumptions.append(f"{model.model or 'no model'} ({model.because})")
        notes.put_in(choice)
        self._validators(data)
        self._totals(data, choice)
        made = self._arms(data, choice, model)
        self._evaluation(data, choice)
        chunks = len(resolved(data, self.base, self.host).inputs.chunks)  # the recipe as it will be read
        if chunks and not choice.seeds and not self.answers.num_samples and chunks < data["num_samples"]:
            data["num_samples"] = chunks
            notes.why["num_samples"] = "one for each section of the documents"
        return Proposal(
            found=self.found,
            recipe=_ordered(data),
            why=self.notes.why,
            arms=self._summaries(data["arms"]),
            also=made.also,
            not_offered=made.not_offered,
            validators_also=tuple(self._further_validators(data, choice)),
            further=self._further(choice, model),
            assumptions=tuple(self.notes.assumptions),
            not_used=tuple(self.notes.not_used),
            questions=questions(self.found, self.answers, model),
            model=model.model,
        )

    # -- what they must be ------------------------------------------------------------------------------------

    def _validators(self, data: dict[str, Any]) -> None:
        """Those that suggest themselves for what there is; dear ones are left to be added."""
        loaded = from_source(Located(dict(data), {}, "recipe"), self.base)
        reader = RecipeInputs(loaded, self.host)
        inputs = reader.inputs()
        found = suggestions(self.host, inputs, reader.context(inputs, has_models=False))
        uses = [one for one in found if not one.lacking and one.cost != "dear"]
        data["validators"] = [
            {"use": one.use.use, "with": dict(one.use.with_)} if one.use.with_ else one.use.use
            for one in uses
        ]
        self.notes.why.update({one.use.use: one.why for one in uses if one.use.use not in COMMON})

    def _further_validators(self, data: Mapping[str, Any], choice: Choice) -> list[Addition]:
        calls = f"a model grades each row: about {data['num_samples']:,} calls more"
        more = [
            Addition(
                value={"use": "novelty", "with": {"max_rouge_l": 0.9}}, why="stricter: words in one order"
            ),
            Addition(value="judge", why=calls),
        ]
        if choice.label:
            more.append(
                Addition(value="label-agreement", why="what a classifier of the seeds says of the label")
            )
        there = self.host.names("validator")
        return [
            one for one in more if (one.value if isinstance(one.value, str) else one.value["use"]) in there
        ]

    # -- how many ---------------------------------------------------------------------------------------------

    def _totals(self, data: dict[str, Any], choice: Choice) -> None:
        columns = choice.seeds.labels if choice.seeds else ()
        labels = next((list(column.values) for column in columns if column.name == choice.label), [])
        usual = max(USUAL_SAMPLES, SAMPLES_PER_LABEL * len(labels))
        data["num_samples"] = self.answers.num_samples or usual
        if usual > USUAL_SAMPLES and not self.answers.num_samples:
            self.notes.why["num_samples"] = f"{SAMPLES_PER_LABEL} for each label"
        if choice.seeds and choice.seeds.is_whole and 1 < len(labels) <= MOST_LISTED_LABELS:
            data["labels"] = labels
            self.notes.why["labels"] = "in equal shares; for others {NAME: SHARE, …}"

    # -- who makes them ---------------------------------------------------------------------------------------

    def _arms(self, data: dict[str, Any], choice: Choice, model: Reached) -> Offering:
        sample = choice.seeds.sample if choice.seeds else ()
        made = offering(data, self.base, sample=sample, model=model.model, host=self.host, say=self.say)
        data["arms"] = list(made.uses)
        self._models(data, made.kept, model)
        return made

    def _models(self, data: dict[str, Any], kept: Sequence[Tried], model: Reached) -> None:
        calls = fmean(one.calls for one in kept)
        if model.model:
            data["models"] = {"generator": model.model}
            self.notes.why["models"] = model.because
        elif calls:
            data["models"] = {"generator": REHEARSAL}
            self.notes.why["models"] = "a stand-in that makes rows up: put PROVIDER/NAME here"
            self.notes.assumptions.append(
                "no arm makes such rows without a model: a stand-in is named for it"
            )
        if "models" in data and calls:
            most = max(100, ceil(SPARE * data["num_samples"] * calls / 100) * 100)
            data["budget"] = {"max_calls": most, "max_tokens": most * TOKENS_PER_CALL}
            self.notes.why["budget"] = (
                f"a proposal: {SPARE} times the {calls:.1f} calls a row of a trial, {TOKENS_PER_CALL:,} tokens a call"
            )

    def _summaries(self, uses: Sequence[Any]) -> dict[str, str]:
        out = {}
        for use in uses:
            name = use if isinstance(use, str) else use["use"]
            offer, preset = self.host.find("generator", name)
            out[name] = preset.summary if preset else offer.component.summary
        return out

    # -- what they are worth ----------------------------------------------------------------------------------

    def _evaluation(self, data: dict[str, Any], choice: Choice) -> None:
        for path, why in choice.left_out:
            self.notes.unused(name_in(self.found, path), why)
        if choice.test is None:
            return
        name = name_in(self.found, choice.test.path)
        if "probe" not in self.host.names("evaluator"):
            self.notes.unused(name, "held out; datagen-plugin-probe would measure with it")
            return
        data["evaluation"] = {"use": "probe", "with": {"test": self.notes.source(choice.test, choice.label)}}
        self.notes.why["evaluation"] = "held out: nothing above can read it"
        self.notes.assumptions.append(f"{name} is held out: no seed, it measures the result")

    def _further(self, choice: Choice, model: Reached) -> dict[str, Addition]:
        out = {}
        if model.model is None:
            out["models"] = Addition(value={"generator": "PROVIDER/NAME"}, why="for the arms that need one")
        if choice.development and "dev-gain" in self.host.names("reward"):
            reward = {
                "use": "dev-gain",
                "with": {"development": self.notes.source(choice.development, choice.label)},
            }
            out["reward"] = Addition(value=reward, why="the router learns from held-back rows")
        return out


ORDER = (
    *(
        "name",
        "task",
        "languages",
        "num_samples",
        "seed",
        "models",
        "seeds",
        "labels",
        "unlabelled",
        "documents",
    ),
    *("grammar", "json_schema", "arms", "validators", "evaluation", "budget"),
)


def _ordered(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: data[key] for key in ORDER if key in data}


def _name(place: Path) -> str:
    """A run's name, after a folder or a file."""
    name = place.name if place.is_dir() else place.name.partition(".")[0]
    return re.sub(r"[/\\\x00-\x1f\x7f-\x9f\u2028\u2029]+", "-", name).strip(" .-")[:100] or "first"
