"""The prompting generator: a plan for the whole recipe by one call, then one call for each row."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from datagen_core.errors import InputError
from datagen_core.generator import GenerateRequest, Generator
from datagen_core.inputs import Inputs, Seed
from datagen_core.jsontext import dumps
from datagen_core.llm.asking import Answer, asked_for
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.brief import brief
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import Prompt, digest_of
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest
from datagen_core.nothing import EMPTY
from datagen_core.refusal import Refusal
from datagen_core.sample import Rejection, Sample
from datagen_plugin_naive.config import NaiveConfig
from datagen_plugin_naive.dataset import Dataset, columns_of, spread
from datagen_plugin_naive.drafts import Draft, Drawing
from datagen_plugin_naive.forms import form_of
from datagen_plugin_naive.plan import ANGLES, ANSWER, MAX_TOKENS, Plan, make_plan
from datagen_plugin_naive.schema_parts import properties_of

PACKAGE = "datagen_plugin_naive"
PLAN_SAMPLES = 3
SAYS_SOMETHING = ("domain", "task", "description", "details", "constraints", "labels")


class Naive(Generator[NaiveConfig]):
    """Rows as the recipe's words, its JSON Schema and a plan of the model's own describe them.

    Raises:
        InputError: a recipe that says nothing, a dataset column that isn't there, a schema that can't be filled,
            a template that can't be used.
    """

    def __init__(self, config: NaiveConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._told = brief(inputs)
        if not (inputs.seeds or inputs.json_schema or any(self._told[key] for key in SAYS_SOMETHING)):
            raise InputError(
                "naive has nothing to write about",
                expected="domain:, task: or task_input: {description: …} in the recipe",
                hint="describe the wanted rows: task_input: {description: …}",
            )
        self._dataset = Dataset.of(inputs)
        filled = tuple(self._dataset.fields) if self._dataset and inputs.json_schema else ()
        filled += tuple(key for key in inputs.coverage if key in properties_of(inputs.json_schema or {}))
        self._form = form_of(inputs, output=config.output, filled=filled)
        self._drawing = Drawing(inputs, self._form, self._dataset, config.examples)
        self._plan_answer = AnswerSchema(ANSWER)
        if config.prompts.plan or config.prompts.row:  # what a recipe wrote is tried before the run
            _ = self._plan_request
            prompt = self._row_prompt_for(Plan(), schema="")
            self._row_request(prompt, Draft(language=inputs.languages[0]), Plan(), EMPTY)

    def __reduce__(self) -> tuple[Any, ...]:
        """Compiled schemas and templates don't travel: they are made anew."""
        return type(self), (self.config, self.inputs)

    def models(self) -> Mapping[str, Sequence[str]]:
        """One model; any will do."""
        return {self.config.model: ()}

    def steers(self) -> frozenset[str]:
        """All keys of the recipe's coverage: the model is told, and a property of the record is given."""
        return frozenset(self.inputs.coverage)

    def labels(self) -> frozenset[str] | None:
        """The recipe's labels; None where it has none."""
        return frozenset(self.inputs.labels) or None

    def json_schema(self) -> Mapping[str, Any] | None:
        """The recipe's own."""
        return self.inputs.json_schema

    def digest(self) -> str:
        """Of the packaged prompts, the built-in angles among them."""
        return digest_of(PACKAGE, ("plan", "row"), *map(str.encode, ANGLES))

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """One row or rejection for each row wanted, in order."""
        drafts = self._drawing.drafts(request)
        plan = Plan()
        model = request.model(self.config.model)
        if any(draft.refusal is None for draft in drafts):
            plan = await make_plan(model.at(row=-1), self._plan_request, self._plan_answer)
        schema = self._form.schema(is_sent_along=model.can("json_schema"))
        prompt = self._row_prompt_for(plan, schema=schema)
        work = [
            self._asked(model.at(row=row), prompt, draft, plan, request.params)
            for row, draft in enumerate(drafts)
        ]
        answers = [answer async for answer in in_order(work)]
        for draft, answer in zip(drafts, answers, strict=True):
            yield self._row(request, draft, answer, plan)

    @cached_property
    def _plan_prompt(self) -> Prompt:
        return self._prompt("plan", self.config.prompts.plan)

    @cached_property
    def _row_prompt(self) -> Prompt:
        return self._prompt("row", self.config.prompts.row)

    def _prompt(self, name: str, override: str | None) -> Prompt:
        return Prompt.from_package(PACKAGE, name, override=override, where=f"with.prompts.{name}")

    @cached_property
    def _plan_request(self) -> ChatRequest:
        schema, samples = self.inputs.json_schema, spread(self.inputs.seeds, PLAN_SAMPLES)
        messages = self._plan_prompt.messages(
            **self._told,
            schema="" if schema is None else dumps(schema),
            records=[dict(columns_of(seed)) for seed in samples] if self._dataset else [],
            examples=[] if self._dataset else [self._shown(seed) for seed in samples],
            output=self.config.output,
        )
        return ChatRequest(messages=messages, max_tokens=MAX_TOKENS, temperature=0.0)

    def _row_prompt_for(self, plan: Plan, *, schema: str) -> Prompt:
        """The prompt of a batch's rows, filled with what they share."""
        return self._row_prompt.given(
            **self._told, schema=schema, instructions=plan.instructions, output=self.config.output
        )

    def _row_request(
        self, prompt: Prompt, draft: Draft, plan: Plan, params: Mapping[str, Any]
    ) -> ChatRequest:
        messages = prompt.messages(
            language=draft.language,
            label=draft.label,
            values={k: v for k, v in draft.values.items() if k != "language" and k not in draft.given},
            angle=plan.angle(draft.turn),
            given=draft.given,
            data=self._data(draft),
            examples=[self._shown(seed) for seed in draft.examples],
        )
        return ChatRequest(
            messages=messages,
            max_tokens=self.config.max_tokens,
            temperature=params.get("temperature", self.config.temperature),
            top_p=params.get("top_p", self.config.top_p),
        )

    def _data(self, draft: Draft) -> Mapping[str, Any]:
        """What the row is about, beyond what it is given."""
        if draft.seed is None or self._dataset is None:
            return EMPTY
        return self._dataset.rest(draft.seed) if self._form.properties else columns_of(draft.seed)

    def _shown(self, seed: Seed) -> Any:
        """A seed as an example: a record where its columns are those of the schema, else its text."""
        return {name: seed.row[name] for name in self._form.properties if name in seed.row} or seed.text

    async def _asked(
        self, model: BoundModel, prompt: Prompt, draft: Draft, plan: Plan, params: Mapping[str, Any]
    ) -> Answer | Refusal:
        if draft.refusal is not None:
            return draft.refusal
        return await asked_for(model, self._row_request(prompt, draft, plan, params), self._form.asked)

    def _row(
        self, request: GenerateRequest, draft: Draft, answer: Answer | Refusal, plan: Plan
    ) -> Sample | Rejection:
        if isinstance(answer, Refusal):
            return request.refuse(answer, parents=draft.parents)
        written = self._form.written(answer.value, draft.given)
        if written.reason:
            return request.refuse(answer.refused(written.reason, written.error), parents=draft.parents)
        told = {key: value for key, value in draft.values.items() if key not in draft.given}
        method: dict[str, Any] = {**told, "angle": plan.angle(draft.turn), "planned": plan.is_made}
        if len(self.inputs.languages) > 1:
            method["language"] = draft.language
        return request.sample(
            **written.parts, label=draft.label, parents=draft.parents, params=answer.params, method=method
        )
