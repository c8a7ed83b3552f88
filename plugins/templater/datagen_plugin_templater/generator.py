"""The `templater` arm: rows drawn from a grammar, each with its derivation."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import cached_property
from typing import Any, cast

from datagen_core.errors import InputError
from datagen_core.generator import GenerateRequest, Generator
from datagen_core.inputs import Inputs
from datagen_core.llm.concurrently import in_order
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_core.sample import Rejection, Sample
from datagen_plugin_templater.agreement import disagreements
from datagen_plugin_templater.analysis import cheapest, check, length_cost, size_cost
from datagen_plugin_templater.config import TemplaterConfig
from datagen_plugin_templater.counting import CAP, Counts, count_distinct
from datagen_plugin_templater.drawn import Drawn
from datagen_plugin_templater.filling import Filler
from datagen_plugin_templater.grammar import Grammar
from datagen_plugin_templater.json_schema import derive_schema
from datagen_plugin_templater.labels import find_label
from datagen_plugin_templater.loading import load_grammar
from datagen_plugin_templater.notices import about_depth, about_labels, about_size, about_unreachable, listed
from datagen_plugin_templater.plans import Plan, Plans, make_plans
from datagen_plugin_templater.record_templates import makes_records, parse_records
from datagen_plugin_templater.sampling import MAX_EXPANSIONS, Draw, TooLongError
from datagen_plugin_templater.slots import fill
from datagen_plugin_templater.tables import Specialiser


class Templater(Generator[TemplaterConfig]):
    """Draws texts, or records as JSON, from a weighted context-free grammar with bindings.

    A sample's `metadata.method` holds `template_id` (rule and alternative of the start), `derivation` (each
    choice in preorder, values drawn once per sample first), `logprob` (the sum of the logs of their
    probabilities), `bindings` and `truncated` (whether the depth limit took choices away); of a grammar with
    `llm_fill` also `slots` (how many a model filled) and `unwrapped` (those it had put in quotes or a fence).
    """

    def __init__(self, config: TemplaterConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        grammar = _load(config, inputs)
        check(grammar)
        _check_size(grammar, config.max_chars)
        self._shapes = parse_records(grammar) if makes_records(grammar) else None
        self._source = find_label(grammar, self._shapes, config.label, inputs.labels)
        if self._source is not None and self._source.name is not None:
            grammar = replace(grammar, label=self._source.name)
        self.grammar = grammar
        self._specialiser = Specialiser(grammar)
        self._plans: Plans = make_plans(
            grammar, self._shapes, self._source, self._specialiser, config.max_depth
        )
        self._made_labels = frozenset(self._plans.labels)
        self._once = frozenset(grammar.bind) - frozenset(self._plans.plans[0].world.bound)
        self._filler = Filler(config, inputs) if grammar.needs_model else None

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """A row for each one wanted, or a rejection that says why there is none; no text is drawn twice in a batch.

        All is drawn before a model is asked, and what it writes isn't compared with other rows.

        Rejections: `exhausted` (no new text in `max_tries` draws), `too_long` (over `max_chars` characters or
        50,000 expansions), `too_deep`, `label_not_in_grammar`; of slots, those in `filling` and `slots`.
        """
        seen: set[str] = set()
        exhausted: set[str | None] = set()
        drawn = (self._drawn(label, request.rng, seen, exhausted) for label in request.wanted())
        if self._filler is None:
            for made in drawn:
                yield _row(request, made)
            return
        filler, model = self._filler, request.model(self.config.model)
        work = [filler.finished(one, model.at(row=i)) for i, one in enumerate(drawn)]
        results = cast("AsyncGenerator[Drawn | Refusal]", in_order(work))
        async with aclosing(results) as finished:
            async for filled in finished:
                yield _row(request, filled)

    def labels(self) -> frozenset[str] | None:
        """The labels the grammar can make; none of the recipe's for a grammar that names no label."""
        if self._source is None:
            return frozenset() if self.inputs.labels else None
        return self._made_labels

    def needs(self) -> frozenset[str]:
        """`model`, for a grammar with a reachable `llm_fill`."""
        return frozenset({"model"}) if self.grammar.needs_model else frozenset()

    def models(self) -> Mapping[str, Sequence[str]]:
        """The one that fills slots, for a grammar with a reachable `llm_fill`."""
        return {self.config.model: ()} if self.grammar.needs_model else {}

    def digest(self) -> str:
        """Of the recipe's grammar with its word lists (one of its own is covered by the options), and of the prompt."""
        grammar = self.grammar.digest if self.config.grammar is None else ""
        return self._filler.digest(grammar) if self._filler else grammar

    def json_schema(self) -> Mapping[str, Any] | None:
        """The schema of the records, or of a small finite set of texts; None for other texts."""
        return derive_schema(self.grammar)

    @cached_property
    def distinct(self) -> Counts:
        """How many distinct samples there are, in all and of each label."""
        config = self.config
        return count_distinct(
            self.grammar, self._shapes, self._source, self._plans, self._specialiser, config.max_depth
        )

    def notices(self) -> Sequence[str]:
        """What is doubtful about the grammar, and how many distinct samples it makes."""
        grammar = self.grammar
        return [
            *disagreements(grammar, self._shapes, self._source),
            *about_unreachable(grammar),
            *about_labels(self._plans.labels if self._source else None, self.inputs.labels),
            *about_depth(self._plans, self.config.max_depth),
            about_size(None if grammar.needs_model else self.distinct),
        ]

    def _drawn(
        self, label: str | None, rng: random.Random, seen: set[str], exhausted: set[str | None]
    ) -> Drawn | Refusal:
        if label is not None and label not in self._made_labels:
            return Refusal(
                reason="label_not_in_grammar",
                rule="a label that the grammar can make",
                measured=label,
                threshold=listed(self._plans.labels) or "no label",
            )
        for _ in range(self.config.max_tries if label not in exhausted else 0):
            plan = self._plans.draw(label, rng)
            draw = Draw(
                plan.world,
                self._once,
                self._shapes or {},
                rng,
                max_depth=self.config.max_depth,
                max_chars=self.config.max_chars,
            )
            try:
                response, fields = self._content(plan, draw)
            except TooLongError as error:
                rule = f"at most {error.threshold:,} {error.unit}"
                return Refusal(
                    reason="too_long", rule=rule, measured=error.measured, threshold=error.threshold
                )
            except RecursionError:
                rule = "nested within the interpreter's limit"
                return Refusal(reason="too_deep", rule=rule, text=str(plan.label))
            if draw.prompts or response not in seen:
                seen.add(response)
                method, prompts = self._method(plan, draw), tuple(draw.prompts)
                return Drawn(
                    response=response, fields=fields, label=plan.label, method=method, prompts=prompts
                )
        exhausted.add(label)
        tries, rule = self.config.max_tries, "a text that the batch doesn't hold yet"
        return Refusal(reason="exhausted", rule=rule, measured=tries, threshold=tries)

    def _content(self, plan: Plan, draw: Draw) -> tuple[str, Mapping[str, Any]]:
        if plan.node is None:
            return draw.text(self.grammar.start), EMPTY
        fields = draw.record(self.grammar.start, plan.root, plan.node)
        least = fill(fields, ["x"] * len(draw.prompts)) if draw.prompts else fields
        response = json.dumps(least, ensure_ascii=False)
        if len(response) > self.config.max_chars:
            raise TooLongError(len(response), self.config.max_chars, "characters")
        return response, fields

    def _method(self, plan: Plan, draw: Draw) -> dict[str, Any]:
        start = self.grammar.start
        return {
            "template_id": next(f"{start}/{index}" for name, index in draw.derivation if name == start),
            "derivation": [list(entry) for entry in draw.derivation],
            "logprob": draw.log_probability,
            "bindings": dict(draw.bindings),
            "truncated": draw.is_truncated or plan.is_cut,
            **({"slots": len(draw.prompts)} if self.grammar.needs_model else {}),
        }


def _row(request: GenerateRequest, made: Drawn | Refusal) -> Sample | Rejection:
    return request.refuse(made) if isinstance(made, Refusal) else made.row(request)


def _load(config: TemplaterConfig, inputs: Inputs) -> Grammar:
    given = config.grammar if config.grammar is not None else inputs.grammar
    if given is None:
        raise InputError(
            "templater has no grammar",
            where="with.grammar",
            expected="a grammar of its own, or the recipe's",
            hint="give with: {grammar: FILE}, or grammar: at the top of the recipe",
        )
    return load_grammar(given, config.base or inputs.base)


def _check_size(grammar: Grammar, max_chars: int) -> None:
    chars = cheapest(grammar.rules, length_cost)[grammar.start]
    expansions = cheapest(grammar.rules, size_cost)[grammar.start]
    for least, most, unit in ((chars, max_chars, "characters"), (expansions, MAX_EXPANSIONS, "expansions")):
        if least > most:
            shown = f"{least:,}" if least < CAP else "more than 10^100"
            raise InputError(
                f"even the shortest sample has {shown} {unit}",
                where=grammar.place(grammar.start),
                expected=f"at most {most:,}",
                hint="raise max_chars, or repeat less" if unit == "characters" else "repeat less",
            )
