"""Self-Instruct: requests for instructions, rules and novelty, the kind of each task, then its instances."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from datagen_core.errors import InputError
from datagen_core.generator import GenerateRequest, Generator
from datagen_core.inputs import Inputs
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import Prompt, digest_of
from datagen_core.refusal import Refusal
from datagen_core.sample import Rejection, Sample
from datagen_plugin_self_instruct import instances
from datagen_plugin_self_instruct.asking import Said, Sampling, continued, is_raw
from datagen_plugin_self_instruct.config import SelfInstructConfig
from datagen_plugin_self_instruct.instances import Instance
from datagen_plugin_self_instruct.instructions import numbered, refusal
from datagen_plugin_self_instruct.known import Known, Nearness
from datagen_plugin_self_instruct.tasks import Shown, drawn, instruction_of, is_classification, machine_made

PACKAGE = "datagen_plugin_self_instruct"
PROMPTS = ("instructions", "classify", "input_first", "output_first")
PER_REQUEST = 7
"""Instructions that one request can give: the source stops at item 16 after showing 8."""

_YES_NO = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A new instruction: how near it is to known ones, and the request that it came from."""

    instruction: str
    nearness: Nearness
    shown: Shown
    request_index: int
    asked: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """What the model said of a task: its kind (None where that can't be read), then instances."""

    is_classification: bool | None
    kind: Said
    written: Said | None = None


@dataclass(slots=True)
class Outcome:
    """What a batch has come to so far."""

    made: int = 0
    refused: int = 0
    tasks: list[Task] = field(default_factory=list)


class SelfInstruct(Generator[SelfInstructConfig]):
    """Instructions bootstrapped from seed tasks, each with instances (Wang et al. 2022, arXiv 2212.10560).

    Raises:
        InputError: no seed task (or no classification task among them), a template that can't be used.
    """

    def __init__(self, config: SelfInstructConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        only_classes = config.tasks == "classification"
        self._seeds = [seed for seed in inputs.seeds if not only_classes or is_classification(seed)]
        if not self._seeds:
            raise InputError(
                "there is no seed task to show" + (" that is a classification" if only_classes else ""),
                where="seeds",
                expected="rows with an instruction"
                + (" and is_classification: true" if only_classes else ""),
                hint="seeds: FILE.jsonl with instruction and is_classification in each row",
            )
        self._prompts()  # what a recipe wrote is tried before the run

    def models(self) -> Mapping[str, Sequence[str]]:
        """One model; raw completion is needed where `interface` demands it."""
        return {self.config.model: ("completion",) if self.config.interface == "completion" else ()}

    def labels(self) -> frozenset[str]:
        """None: tasks have no class of the recipe's."""
        return frozenset()

    def digest(self) -> str:
        """Of the packaged prompts."""
        return digest_of(PACKAGE, PROMPTS)

    def notices(self) -> Sequence[str]:
        """Too few seeds, or a language that the source's rules refuse."""
        said = []
        if len(self._seeds) < self.config.in_context:
            said.append(
                f"{len(self._seeds)} seed tasks are fewer than the {self.config.in_context} shown in a request; "
                "Self-Instruct began with 175"
            )
        if self.config.ascii_start and set(self.inputs.languages) - {"en"}:
            said.append(
                "instructions that begin with a non-ASCII character are refused (ascii_start: false allows them)"
            )
        return said

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """Instances of new tasks, the first of each task before the second of any; rejections as they arise."""
        wanted = request.wanted()
        for label in wanted:
            if label is not None:
                yield request.reject("no_labels", "tasks have no class of the recipe's", measured=label)
        n = wanted.count(None)
        if not n:
            return
        outcome, prompts = Outcome(), self._prompts()
        model = request.model(self.config.model)
        raw = is_raw(model, self.config.interface)
        async for refused in self._instructions(request, model, prompts["instructions"], n, outcome, raw=raw):
            yield refused
        answers = await self._in_waves(model, prompts, outcome.tasks, n, raw=raw)
        for row in self._rows(request, outcome, answers, n):
            yield row
        if outcome.made < n and not outcome.refused:
            yield request.reject(
                "too_few_instructions",
                "the batch's requests gave fewer instances than it asks for",
                measured=outcome.made,
                threshold=n,
            )

    # -- instructions -------------------------------------------------------------------------------------

    async def _instructions(
        self,
        request: GenerateRequest,
        model: BoundModel,
        prompt: Prompt,
        n: int,
        outcome: Outcome,
        *,
        raw: bool,
    ) -> AsyncIterator[Rejection]:
        """Asks for instructions; those that are new go to the outcome's tasks, the others are rejections."""
        config, rng = self.config, request.rng
        machine = machine_made(request.pool, rng)
        known = Known([*map(instruction_of, self.inputs.seeds), *machine])
        count = min(config.requests, -(-n // PER_REQUEST))
        shown = [
            drawn(self._seeds, machine, rng, total=config.in_context, most_machine=config.machine_in_context)
            for _ in range(count)
        ]
        work = [self._listed(model.at(row=at), prompt, one, raw=raw) for at, one in enumerate(shown)]
        said = [one async for one in in_order(work)]
        for at, (one, reply) in enumerate(zip(shown, said, strict=True)):
            index = request.origin.batch * config.requests + at
            for found in self._read(request, one, reply, index, known):
                if isinstance(found, Task):
                    outcome.tasks.append(found)
                else:
                    outcome.refused += 1
                    yield found

    async def _listed(self, model: BoundModel, prompt: Prompt, shown: Shown, *, raw: bool) -> Said:
        config, first = self.config, len(shown.order) + 1
        end = first + PER_REQUEST
        how = Sampling(
            max_tokens=config.max_tokens,
            temperature=config.temperature,
            top_p=config.top_p,
            presence_penalty=config.presence_penalty,
        )
        stop = ("\n\n", f"\n{end}", f"{end}.", f"{end} .") if raw else (f"\n{end}.", f"\n{end} .")
        values = {
            "tasks": shown.order,
            "classification": config.tasks == "classification",
            "first": first,
            "last": end - 1,
        }
        return await continued(model, prompt, values, how, stop, raw=raw)

    def _read(
        self, request: GenerateRequest, shown: Shown, said: Said, index: int, known: Known
    ) -> Iterator[Task | Rejection]:
        """The new tasks of a completion, which are known from now on, and rejections of the others."""
        if said.error is not None:
            yield request.failed(said.error, parents=shown.human, params=said.params)
            return
        if said.is_cut:
            cut = Refusal("completion_cut", "a completion cut by its length is discarded whole")
            yield _refused(request, cut, said.text, shown, said.params)
            return
        first = len(shown.order) + 1
        for instruction in numbered(said.text, first, first + PER_REQUEST):
            why = self._why_not(instruction, known)
            if why is not None:
                yield _refused(request, why, instruction, shown, said.params)
                continue
            nearness = known.nearness(instruction)
            known.add(instruction)
            yield Task(
                instruction=instruction,
                nearness=nearness,
                shown=shown,
                request_index=index,
                asked=said.params,
            )

    def _why_not(self, instruction: str, known: Known) -> Refusal | None:
        why = refusal(instruction, ascii_start=self.config.ascii_start)
        if why is not None:
            return why
        limit = self.config.max_rouge_l
        nearest = known.too_near(instruction, limit)
        if nearest is None:
            return None
        return Refusal("not_novel", f"too near to: {nearest[0]}"[:300], nearest[1], limit)

    # -- instances ----------------------------------------------------------------------------------------

    async def _in_waves(
        self, model: BoundModel, prompts: Mapping[str, Prompt], tasks: Sequence[Task], n: int, *, raw: bool
    ) -> list[Answered]:
        """What the model says of the first tasks: each wave asks about half as many as rows are missing."""
        first_row, missing = self.config.requests, n
        answers: list[Answered] = []
        while missing > 0 and len(answers) < len(tasks):
            end = len(answers) + (missing + 1) // 2
            work = [
                self._answered(model.at(row=first_row + at), prompts, task, raw=raw)
                for at, task in enumerate(tasks[len(answers) : end], start=len(answers))
            ]
            answers += [answer async for answer in in_order(work)]
            missing = n - sum(map(self._n_kept, answers))
        return answers

    def _n_kept(self, answer: Answered) -> int:
        """How many instances of a task will be kept; which ones is drawn later."""
        if answer.written is None:
            return 0
        distinct, _ = instances.valid(_found(answer, answer.written), is_cut=answer.written.is_cut)
        return min(len(distinct), self.config.instances)

    async def _answered(
        self, model: BoundModel, prompts: Mapping[str, Prompt], task: Task, *, raw: bool
    ) -> Answered:
        config, values = self.config, {"instruction": task.instruction}
        how = Sampling(max_tokens=config.classify_max_tokens)
        kind = await continued(model, prompts["classify"], values, how, ("\n", "Task"), raw=raw)
        found = _YES_NO.match(kind.text)
        if found is None:
            return Answered(None, kind)
        is_class = found[1].lower() == "yes"
        how = Sampling(
            max_tokens=config.labels_max_tokens if is_class else config.instances_max_tokens,
            presence_penalty=config.instances_presence_penalty,
        )
        prompt = prompts["output_first" if is_class else "input_first"]
        stop = (f"Example {config.instances + 1}", "Task:")
        return Answered(is_class, kind, await continued(model, prompt, values, how, stop, raw=raw))

    def _rows(
        self, request: GenerateRequest, outcome: Outcome, answers: Sequence[Answered], n: int
    ) -> Iterator[Sample | Rejection]:
        """Rejections first, then instances in turns over the tasks; what goes beyond n is a rejection too."""
        kept: list[tuple[int, int, Instance]] = []
        for at, (task, answer) in enumerate(zip(outcome.tasks, answers, strict=False)):
            for row in self._sorted(request, task, answer):
                if isinstance(row, Instance):
                    kept.append((sum(other[1] == at for other in kept), at, row))
                else:
                    outcome.refused += 1
                    yield row
        beyond = Refusal("beyond_batch", "a batch has no more rows than it was asked for", threshold=n)
        for turn, (_, at, one) in enumerate(sorted(kept, key=lambda item: item[:2])):
            task, answer = outcome.tasks[at], answers[at]
            if turn < n:
                outcome.made += 1
                yield self._row(request, task, answer, one)
            else:
                yield _refused(request, beyond, _shown(task, one), task.shown, _params(task, answer))
        for task in outcome.tasks[len(answers) :]:
            yield _refused(request, beyond, task.instruction, task.shown, task.asked)

    def _sorted(
        self, request: GenerateRequest, task: Task, answer: Answered
    ) -> Iterator[Instance | Rejection]:
        """The instances of one task to keep, and rejections."""
        params, parents = _params(task, answer), task.shown.human
        for said in (answer.kind, answer.written):
            if said is not None and said.error is not None:
                yield request.failed(said.error, parents=parents, params=params)
                return
        if answer.written is None:
            why = Refusal(
                "classification_unread", "Yes or No says whether it is a classification", answer.kind.text
            )
            yield _refused(request, why, task.instruction, task.shown, params)
            return
        found = _found(answer, answer.written)
        if not found:
            why = Refusal("no_instances", "a completion has at least one instance", answer.written.text[:300])
            yield _refused(request, why, task.instruction, task.shown, params)
            return
        kept, refused = instances.sorted_out(
            found, is_cut=answer.written.is_cut, most=self.config.instances, rng=request.rng
        )
        for one, why in refused:
            yield _refused(request, why, _shown(task, one), task.shown, params)
        yield from kept

    def _row(self, request: GenerateRequest, task: Task, answer: Answered, one: Instance) -> Sample:
        shown = task.shown
        return request.sample(
            input=instances.rendered(task.instruction, one.input, self.config.form, request.rng),
            response=one.output,
            parents=shown.human,
            params=_params(task, answer),
            method={
                "instruction": task.instruction,
                "input": one.input,
                "is_classification": answer.is_classification,
                **task.nearness.to_json(),
                "request_index": task.request_index,
                "n_in_context": {"human": len(shown.human), "machine": len(shown.machine)},
                "machine_rows": [identity for _, identity in shown.machine],
            },
        )

    def _prompts(self) -> dict[str, Prompt]:
        own = self.config.prompts
        return {
            name: Prompt.from_package(
                PACKAGE, name, override=getattr(own, name), where=f"with.prompts.{name}"
            )
            for name in PROMPTS
        }


def _found(answer: Answered, written: Said) -> list[Instance]:
    """The instances that can be read, valid or not."""
    return (instances.output_first if answer.is_classification else instances.input_first)(written.text)


def _params(task: Task, answer: Answered) -> dict[str, Any]:
    """What the call for instances was told (else that for the kind), and the prompts before it."""
    last = answer.written or answer.kind
    return {
        **last.params,
        "instructions_prompt": task.asked["prompt"],
        "classify_prompt": answer.kind.params["prompt"],
    }


def _shown(task: Task, one: Instance) -> str:
    """An instance as the text of a rejection."""
    return f"{task.instruction}\nInput: {one.input}\nOutput: {one.output}"


def _refused(
    request: GenerateRequest, why: Refusal, text: str, shown: Shown, params: Mapping[str, Any]
) -> Rejection:
    return request.refuse(replace(why, text=text), parents=shown.human, params=params)
