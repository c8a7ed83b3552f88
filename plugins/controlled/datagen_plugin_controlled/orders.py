"""What each row is to be: the constraints of the options or the recipe, and those of its cell over them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from pydantic import ValidationError

from datagen_core.errors import InputError
from datagen_core.generator import Cell, GenerateRequest
from datagen_core.inputs import Inputs, Seed
from datagen_core.languages import base
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_core.turns import Turns
from datagen_plugin_controlled.config import Constraints, ControlledConfig
from datagen_plugin_controlled.constraints import Constraint
from datagen_plugin_controlled.contradictions import contradictions
from datagen_plugin_controlled.judged import BUILT_IN, Judged
from datagen_plugin_controlled.keywords import Keywords, has_stemmer
from datagen_plugin_controlled.language import Language
from datagen_plugin_controlled.readability import Readability, scale_of
from datagen_plugin_controlled.sizes import Size

KEYS = tuple(Constraints.model_fields)
STEERED = frozenset(KEYS) - {"keywords"}
UNSET_LANGUAGES = ("en",)
"""What a recipe has that names no language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one row is to be.

    Attributes:
        label, language: As they go into the prompt.
        constraints: Each asked for and checked.
        values: By keys of the recipe's coverage, as the row's method notes them.
        subject: The record that it is about.
        examples: The seeds shown with it.
        refusal: Set where it can't be made.
    """

    label: str | None
    language: str = ""
    constraints: tuple[Constraint, ...] = ()
    values: Mapping[str, str] = EMPTY
    subject: Seed | None = None
    examples: tuple[Seed, ...] = ()
    refusal: Refusal | None = None

    @property
    def parents(self) -> tuple[Seed, ...]:
        """The record, or the examples shown."""
        return self.examples if self.subject is None else (self.subject,)


class Orders:
    """Makes orders.

    Raises:
        InputError: no constraint, one that can't be read, or some that no text could satisfy at once.
    """

    def __init__(self, config: ControlledConfig, inputs: Inputs) -> None:
        self._config, self._inputs = config, inputs
        self.is_own = config.constraints is not None
        self._where = "with.constraints" if self.is_own else "constraints"
        section = {key: value for key, value in inputs.constraints.items() if key in KEYS}
        self.wanted = config.constraints or read(section, self._where)
        self.unused = tuple(section) if self.is_own else ()
        self.taken = () if self.is_own else tuple(self.wanted.given())
        self.steered = tuple(key for key in inputs.coverage if key in STEERED)
        if not self.wanted.given() and not self.steered:
            raise InputError(
                "controlled has nothing to control",
                where=self._where,
                expected=f"one of {', '.join(KEYS)}, here or (but for keywords) in coverage:",
                hint="constraints: {tone: friendly, length: {max_words: 60}}",
            )
        self._check()

    def of(self, request: GenerateRequest) -> list[Order]:
        """One for each row wanted, in order; all that chance has a part in is drawn here."""
        drawn = [self._drawn(cell, request) for cell in request.wanted_cells()]
        return self._about(drawn, request) if self._inputs.seeds_are_records else self._shown(drawn, request)

    def sample(self) -> Order:
        """Some order, to try prompts on."""
        wanted = self.wanted.model_copy(update={"language": None})
        language = self._inputs.languages[0]
        return Order(label=None, language=language, constraints=self._constraints(wanted, language))

    def notices(self) -> Iterator[str]:
        """What of the recipe isn't checked, or not as it could be."""
        told = [key for key in self._inputs.constraints if key not in (*KEYS, "schema")]
        if told:
            yield f"constraints.{', constraints.'.join(told)}: told to the model, not checked by controlled"
        if self.unused:
            yield f"constraints.{', constraints.'.join(self.unused)}: not used, for controlled has its own"
        languages = sorted({language for _, language in self._combinations()})
        plain = [language for language in languages if not has_stemmer(language)]
        if self.wanted.groups and plain:
            yield f"keywords in {', '.join(plain)} are matched as they stand: there is no stemmer"
        unscaled = [language for language in languages if scale_of(language) is None]
        if unscaled and any(wanted.complexity for wanted, _ in self._combinations()):
            yield f"complexity in {', '.join(unscaled)} is judged by a model alone: there is no readability band"
        for name in BUILT_IN:
            new = [label for label in self._labels(name) if label not in BUILT_IN[name]]
            if new and getattr(self._config.alternatives, name) is None:
                yield (
                    f"the {name} {', '.join(new)} is judged against {', '.join(BUILT_IN[name])}: if one of these "
                    f"means the same, name others under alternatives.{name}"
                )

    # -- before any call ----------------------------------------------------------------------------------

    def _check(self) -> None:
        for key in self.steered:
            for value in self._inputs.coverage[key]:
                read({key: value}, f"coverage.{key}")
        for name in BUILT_IN:
            for label in self._labels(name):
                if len(self._judged(name, label).labels) < 2:
                    raise InputError(
                        f"the {name} {label!r} has nothing that it is judged against",
                        where=f"with.alternatives.{name}",
                        expected=f"another {name}",
                    )
        found = next((one for one in self._contradictions()), None)
        if found:
            raise InputError(
                f"no text can satisfy these constraints: {found}",
                where=self._where,
                expected="constraints that some text satisfies",
                hint="drop or widen one of them",
            )

    def _contradictions(self) -> Iterator[str]:
        fixed, known = self.wanted.language, self._inputs.languages
        if fixed and known != UNSET_LANGUAGES and base(fixed) not in map(base, known):
            yield f"the language is {fixed}, and the recipe's languages are {', '.join(known)}"
        for wanted, language in self._combinations():
            yield from contradictions(wanted, language)

    def _combinations(self) -> Iterator[tuple[Constraints, str]]:
        """All that rows can be asked for, as far as it bears on contradictions."""
        keys = [key for key in ("length", "complexity", "language") if key in self.steered]
        for values in product(*(self._inputs.coverage[key] for key in keys)):
            wanted = self._over(dict(zip(keys, values, strict=True)))
            for language in (wanted.language,) if wanted.language else self._inputs.languages:
                yield wanted, language

    def _labels(self, name: str) -> tuple[str, ...]:
        fixed = getattr(self.wanted, name)
        return tuple(self._inputs.coverage[name]) if name in self.steered else (fixed,) if fixed else ()

    # -- one row ------------------------------------------------------------------------------------------

    def _over(self, values: Mapping[str, str]) -> Constraints:
        """The constraints with a cell's values over them; raises InputError."""
        return read({**self.wanted.given(), **values}, "coverage") if values else self.wanted

    def _drawn(self, cell: Cell, request: GenerateRequest) -> Order:
        rng, labels = request.rng, self._inputs.labels
        label = rng.choice(labels) if cell.label is None and labels else cell.label
        language = rng.choice(self._inputs.languages)
        values = {key: value for key, value in cell.values if key in STEERED}
        for key in self.steered:
            if key not in values and getattr(self.wanted, key) is None:
                values[key] = rng.choice(self._inputs.coverage[key])
        if labels and label not in labels:
            refusal = Refusal(
                reason="label_not_wanted",
                rule="a label of the recipe",
                measured=str(label),
                threshold=", ".join(labels),
            )
            return Order(label=label, refusal=refusal)
        try:
            wanted = self._over(values)
        except InputError as error:
            refusal = Refusal(
                reason="value_not_served", rule="a value that can be controlled", measured=str(error)
            )
            return Order(label=label, refusal=refusal)
        language = wanted.language or language
        if said := next(contradictions(wanted, language), ""):
            refusal = Refusal(
                reason="contradiction", rule="constraints that some text satisfies", measured=said
            )
            return Order(label=label, refusal=refusal)
        noted = {key: value for key in self.steered if isinstance(value := getattr(wanted, key), str)}
        constraints = self._constraints(wanted, language)
        return Order(label=label, language=language, constraints=constraints, values=noted)

    def _constraints(self, wanted: Constraints, language: str) -> tuple[Constraint, ...]:
        """In the order in which the prompt lists them."""
        out: list[Constraint] = [
            self._judged(name, value) for name in BUILT_IN if (value := getattr(wanted, name)) is not None
        ]
        if wanted.complexity is not None:
            out.append(Readability(wanted.complexity, language))
        if wanted.length is not None:
            out.append(Size(wanted.length))
        if wanted.groups:
            out.append(Keywords(wanted.groups, language))
        if wanted.language is not None:
            out.append(Language(wanted.language))
        return tuple(out)

    def _judged(self, name: str, wanted: str) -> Judged:
        return Judged(name, wanted, getattr(self._config.alternatives, name) or BUILT_IN[name])

    # -- seeds --------------------------------------------------------------------------------------------

    def _about(self, orders: Sequence[Order], request: GenerateRequest) -> list[Order]:
        """Records that rows are about, each in its turn."""
        seeds = self._inputs.seeds

        def fits(row: int, label: str | None) -> bool:
            return label is None or seeds[row].label in (None, label)

        turns: Turns[str | None] = Turns.of_request(request, seeds, fits)
        out = []
        for order in orders:
            seed = None if order.refusal else turns.next(order.label)
            if seed is None and not order.refusal:
                refusal = Refusal(
                    reason="no_record_for_label", rule="a record of the label", measured=str(order.label)
                )
                order = replace(order, refusal=refusal)
            out.append(replace(order, subject=seed))
        return out

    def _shown(self, orders: Sequence[Order], request: GenerateRequest) -> list[Order]:
        by_label: dict[str | None, list[Seed]] = {}
        for seed in request.seeds:
            by_label.setdefault(seed.label, []).append(seed)
        out = []
        for order in orders:
            there = [] if order.refusal else by_label.get(order.label, [])
            shown = request.rng.sample(there, min(self._config.examples, len(there)))
            out.append(replace(order, examples=tuple(shown)))
        return out


def read(given: Mapping[str, Any], where: str) -> Constraints:
    """Constraints as a recipe's section or a cell has them; raises InputError with the place of what is wrong."""
    try:
        return Constraints.model_validate(given)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False)[0]
        key = str(problem["loc"][0])
        raise InputError(
            f"{given[key]!r} can't be read: {problem['msg']}",
            where=where if where.startswith("coverage") else f"{where}.{key}",
            expected=Constraints.model_fields[key].description,
        ) from None
