"""Toy plugins whose every row can be foreseen, and runs of recipes made of them."""

from __future__ import annotations

import asyncio
import inspect
import random
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import Field

import datagen_core.builtin
from datagen_core.config import Config
from datagen_core.context import Context
from datagen_core.errors import DatagenError
from datagen_core.evaluator import Evaluation, Evaluator, Worth
from datagen_core.generator import GenerateRequest, Generator
from datagen_core.job import Job
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.concurrently import in_order
from datagen_core.model import ChatRequest, Model, ModelError, Price, Reply
from datagen_core.pipeline import Progress
from datagen_core.plugins.host import Host
from datagen_core.plugins.spec import Component, hookimpl
from datagen_core.resolve import resolve
from datagen_core.results import Results
from datagen_core.reward import Outcome, Reward, RewardValue
from datagen_core.router import NOTHING_KNOWN, Arm, Decision, Feedback, Outlook, Router
from datagen_core.runs import carry_on, load
from datagen_core.sample import Rejection, Sample, Verdict
from datagen_core.store.reading import RunReader
from datagen_core.testing.scripted_model import chat, reply
from datagen_core.validator import BatchValidator, BatchVerdict, ModelValidator, PoolValidator, Validator

Rows = AsyncIterator[Sample | Rejection]


@dataclass
class Seen:
    """What the toys saw and did, for a test to look at."""

    naps: Callable[[int], int] = lambda batch: 0  # how long a batch takes, in turns of the loop
    finished: list[int] = field(default_factory=list)  # batches, in the order in which they were made
    made: list[str] = field(default_factory=list)  # ids of all that generators yielded
    routed: list[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)
    dear: list[str] = field(default_factory=list)
    pools: dict[int, tuple[int, tuple[str, ...]]] = field(default_factory=dict)
    parents: list[str] = field(default_factory=list)
    power_is_cut: bool = False
    asked: list[ChatRequest] = field(default_factory=list)  # what reached the toy model
    answer: Callable[[ChatRequest], Any] = lambda request: f"answer to {request.messages[-1].content}"


SEEN = Seen()


class ToyConfig(Config):
    labels: tuple[str, ...] = Field((), description="all it can make; none: any")
    fail_after: int = Field(0, description="rows before the failure")
    pattern: str = Field("", description="the texts to make, one letter each")


class Toy(Generator[ToyConfig]):
    """Distinct rows of the wanted labels; a word before each says what validators shall do with it."""

    word = "fine"

    async def generate(self, request: GenerateRequest) -> Rows:
        batch = request.origin.batch
        for _ in range(SEEN.naps(batch)):
            await asyncio.sleep(0)
        for position, label in enumerate(request.wanted()):
            yield seen(self.row(request, position, label))
        SEEN.finished.append(batch)

    def row(self, request: GenerateRequest, position: int, label: str | None) -> Sample | Rejection:
        text = f"{self.word} {label} {request.rng.getrandbits(64):016x}"
        parents = [request.rng.choice(request.seeds)] if request.seeds else []
        return request.sample(response=text, label=label, parents=parents)

    def labels(self) -> frozenset[str] | None:
        return frozenset(self.config.labels) or None


def seen(row: Any) -> Any:
    SEEN.made.append(row.id)
    return row


class Dupes(Toy):
    def row(self, request: GenerateRequest, position: int, label: str | None) -> Sample:
        return request.sample(response=f"again {label} {position}", label=label)


class Liar(Toy):
    word = "lie"


class Mixed(Toy):
    def row(self, request: GenerateRequest, position: int, label: str | None) -> Sample:
        word = ("fine", "lie", "doubtful", "named")[position % 4]
        return request.sample(response=f"{word} {label} {request.rng.getrandbits(64):016x}", label=label)


class Stranger(Toy):
    def row(self, request: GenerateRequest, position: int, label: str | None) -> Sample:
        return request.sample(response=f"strange {request.rng.getrandbits(64):016x}", label="unheard")


class Refuser(Toy):
    def row(self, request: GenerateRequest, position: int, label: str | None) -> Rejection:
        return request.reject("no_idea", "has an idea", text="what it was", measured=0, threshold="1 idea")


class Crashing(Toy):
    async def generate(self, request: GenerateRequest) -> Rows:
        for position, label in enumerate(request.wanted()[: self.config.fail_after]):
            yield seen(self.row(request, position, label))
        raise ValueError("out of ideas")


class Shaky(Toy):
    def row(self, request: GenerateRequest, position: int, label: str | None) -> Sample | Rejection:
        if request.origin.batch % 3 < 2:
            raise ValueError("not now")
        return super().row(request, position, label)


class Overeager(Toy):
    async def generate(self, request: GenerateRequest) -> Rows:
        labels = request.wanted()
        for position, label in enumerate([*labels, labels[0], labels[-1]]):
            yield seen(self.row(request, position, label))


class Peeker(Toy):
    async def generate(self, request: GenerateRequest) -> Rows:
        for _ in range(1 + SEEN.naps(request.origin.batch)):
            await asyncio.sleep(0)
        texts = tuple(request.pool.texts())
        drawn = request.pool.draw(100, request.rng)
        assert sorted(s.response for s in drawn) == sorted(texts)
        SEEN.pools[request.origin.batch] = (len(request.pool), texts)
        async for row in super().generate(request):
            yield row


class Shout(Toy):
    async def generate(self, request: GenerateRequest) -> Rows:
        SEEN.parents += [parent.id for parent in request.parents]
        for parent in request.parents:
            yield seen(request.sample(response=parent.response + "!", label=parent.label, parents=[parent]))


class Broken(Toy):
    """Yields what no generator may."""

    async def generate(self, request: GenerateRequest) -> Rows:
        first = self.row(request, 0, request.wanted()[0])
        for row in (first, "text" if self.config.fail_after == 0 else first):
            yield row  # type: ignore[misc]


class Graded(Toy):
    async def generate(self, request: GenerateRequest) -> Rows:
        for letter in self.config.pattern:
            yield seen(request.sample(response=letter))


class ModelConfig(Config):
    model: str = Field("generator", description="an alias")
    wants: tuple[str, ...] = Field((), description="capabilities")


class Asker(Generator[ModelConfig]):
    """A call for each row, all of a batch at once; the answer is the row."""

    def models(self) -> dict[str, tuple[str, ...]]:
        return {self.config.model: self.config.wants}

    async def generate(self, request: GenerateRequest) -> Rows:
        model = request.model(self.config.model)
        numbers = [request.rng.getrandbits(64) for _ in range(request.n)]
        chats = [chat(f"make {number:016x}", temperature=0.7) for number in numbers]
        calls = [self.outcome(model.at(row=row), one) for row, one in enumerate(chats)]
        async for one, came in zip_async(chats, in_order(calls)):
            if isinstance(came, ModelError):
                yield seen(request.failed(came))
            else:
                yield seen(request.sample(response=came.choices[0].text, params=model.mark(one)))

    async def outcome(self, model: BoundModel, request: ChatRequest) -> Any:
        try:
            return await model.chat(request)
        except ModelError as error:
            return error


async def zip_async(items: Iterable[Any], stream: AsyncIterator[Any]) -> AsyncIterator[tuple[Any, Any]]:
    waiting = iter(items)
    async for thing in stream:
        yield next(waiting), thing


class Asked(ModelValidator[ModelConfig]):
    """Passes what the model calls good."""

    def models(self) -> dict[str, tuple[str, ...]]:
        return {self.config.model: self.config.wants}

    async def validate(self, samples: Sequence[Sample], models: Mapping[str, BoundModel]) -> list[Verdict]:
        judge = models[self.config.model]
        calls = [
            judge.at(row=i, subject=sample.id).chat(chat(f"judge {sample.response}"))
            for i, sample in enumerate(samples)
        ]
        said = [reply.choices[0].text async for reply in in_order(calls)]
        return [
            Verdict(passed="bad" not in text, reason="bad" if "bad" in text else None, score=0.5)
            for text in said
        ]


class PretendConfig(Config):
    price: float | None = Field(None, description="of a token")
    endpoint: str = Field("http://pretend", description="its address")
    key: bool = Field(True, description="whether there is a key")
    capabilities: tuple[str, ...] = Field((), description="what it can do")


class Pretend(Model[PretendConfig]):
    """A model that says what the test's SEEN.answer says: a text, a reply or an error; 15 tokens each."""

    async def chat(self, request: ChatRequest, *, timeout_s: float) -> Reply:
        SEEN.asked.append(request)
        for _ in range(SEEN.naps(len(SEEN.asked))):
            await asyncio.sleep(0)
        answer = SEEN.answer(request)
        answer = await answer if inspect.isawaitable(answer) else answer
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, Reply) else reply(answer)

    def capabilities(self) -> frozenset[str]:
        return frozenset(self.config.capabilities)

    def endpoint(self) -> str:
        return self.config.endpoint

    def price(self) -> Price | None:
        one = self.config.price
        per_million = None if one is None else one * 1e6
        return (
            None
            if per_million is None
            else Price(prompt_per_million=per_million, completion_per_million=per_million)
        )

    def check(self) -> None:
        if not self.config.key:
            raise ModelError("no key: PRETEND_KEY is not set", kind="auth", hint="export PRETEND_KEY=…")


class StandIn(Pretend):
    is_rehearsal = True


class Grader(Validator[ToyConfig]):
    """Gives 1.0 to the text a and 0.0 to any other."""

    def validate(self, samples: Sequence[Sample]) -> list[Verdict]:
        return [Verdict(passed=True, score=float(sample.response == "a")) for sample in samples]


class Honest(Validator[ToyConfig]):
    """Rejects lies, gives no score."""

    def validate(self, samples: Sequence[Sample]) -> list[Verdict]:
        return [self.verdict(sample.response.split()[0]) for sample in samples]

    def verdict(self, word: str) -> Verdict:
        lies = word == "lie"
        return Verdict(
            passed=not lies,
            reason="a_lie" if lies else None,
            measured=word if lies else None,
            threshold="no lie" if lies else None,
        )


class Oracle(Honest):
    """Dear, and async: doubts what is doubtful, and notes all that it was shown."""

    async def validate(self, samples: Sequence[Sample]) -> list[Verdict]:  # type: ignore[override]
        await asyncio.sleep(0)
        SEEN.dear += [sample.id for sample in samples]
        doubts = [sample.response.startswith("doubtful") for sample in samples]
        return [Verdict(passed=not d, reason="doubtful" if d else None, score=0.5) for d in doubts]


class Mute(Honest):
    def validate(self, samples: Sequence[Sample]) -> list[Verdict]:
        return super().validate(samples)[1:]


class Raising(Honest):
    def validate(self, samples: Sequence[Sample]) -> list[Verdict]:
        raise ZeroDivisionError("by a row")


class Wild(Honest):
    def validate(self, samples: Sequence[Sample]) -> list[Verdict]:
        return [Verdict(passed=True, score=float("nan")) for _ in samples]


class Whole(BatchValidator[ToyConfig]):
    """Halves the quality of each batch; rejects the rows that ask for it."""

    def validate_batch(self, samples: Sequence[Sample]) -> BatchVerdict:
        assert samples
        named = [s.id for s in samples if s.response.startswith("named")]
        return BatchVerdict(quality=0.5, rejected={i: Verdict(passed=False, reason="named") for i in named})


class Unique(PoolValidator[ToyConfig]):
    """Rejects a text that was accepted before."""

    def __init__(self, config: ToyConfig, inputs: Any) -> None:
        super().__init__(config, inputs)
        self.index: dict[str, int] = {}

    def sign(self, samples: Sequence[Sample]) -> list[str]:
        return [sample.response for sample in samples]

    def judge(self, signature: str, *, before: int | None = None) -> Verdict:
        known = self.index.get(signature)
        twice = known is not None and (before is None or known < before)
        return Verdict(passed=not twice, reason="twice" if twice else None, measured=known if twice else None)

    def add(self, signature: str, sequence: int) -> None:
        assert sequence == len(self.index)
        self.index[signature] = sequence


class Counting(Evaluator[ToyConfig]):
    """Counts the rows, when there is power."""

    def evaluate(self, samples: Sequence[Sample], progress: Any = None) -> Evaluation:
        if SEEN.power_is_cut:
            raise KeyboardInterrupt
        return Evaluation(metrics={"rows": len(samples)})


class Truth(Evaluator[ToyConfig]):
    """Finds rows that say "fine" worth all, others nothing."""

    def evaluate(self, samples: Sequence[Sample], progress: Any = None) -> Evaluation:
        arms = {sample.metadata.arm: float(sample.response.startswith("fine")) for sample in samples}
        return Evaluation(worth={arm: Worth(value, 0.01) for arm, value in arms.items()})


class Failing(Reward[ToyConfig]):
    def score(self, outcome: Outcome) -> RewardValue:
        raise ZeroDivisionError("by a batch")


class Recorder(Router[ToyConfig]):
    """Chooses evenly; writes down what it knew each time."""

    def __init__(self, config: ToyConfig) -> None:
        super().__init__(config)
        self.known: list[str] = []
        self.pending: list[str] = []

    def select(
        self,
        context: Context,
        arms: Sequence[Arm],
        *,
        decision_id: str,
        rng: random.Random,
        outlook: Outlook = NOTHING_KNOWN,
    ) -> Decision:
        names = tuple(arm.name for arm in arms)
        SEEN.routed.append((decision_id, tuple(self.known), tuple(self.pending), names))
        self.pending.append(decision_id)
        return Decision(id=decision_id, arm=rng.choice(names), propensity=1 / len(arms), reason="even")

    def update(self, decision_id: str, feedback: Feedback) -> None:
        self.pending.remove(decision_id)
        self.known.append(decision_id)

    def state(self) -> dict[str, Any]:
        return {"known": list(self.known), "pending": list(self.pending)}

    def load(self, state: Mapping[str, Any]) -> None:
        self.known, self.pending = list(state["known"]), list(state["pending"])


class Creditor(Recorder):
    """Writes down what it is credited with."""

    def __init__(self, config: ToyConfig) -> None:
        super().__init__(config)
        self.credits: dict[str, float] = {}

    def credit(self, credit_id: str, arm: str, value: float, variance: float) -> None:
        self.credits.setdefault(credit_id, value)

    def state(self) -> dict[str, Any]:
        return {**super().state(), "credits": dict(self.credits)}

    def load(self, state: Mapping[str, Any]) -> None:
        super().load(state)
        self.credits = dict(state["credits"])


def component(cls: type, config: type = ToyConfig, **more: Any) -> Component:
    """The toy under its class's name."""
    config = f"{__name__}:{config.__name__}"
    return Component(
        name=cls.__name__.lower(), summary="a toy", impl=f"{__name__}:{cls.__name__}", config=config, **more
    )


def plugin(**hooks: Callable[..., Any]) -> ModuleType:
    """A plugin module with these hooks."""
    module = ModuleType("toys")
    for name, hook in hooks.items():
        setattr(module, name, hookimpl(hook))
    return module


def toys() -> ModuleType:
    sources = (Toy, Dupes, Liar, Mixed, Stranger, Refuser, Crashing, Shaky, Overeager, Peeker, Graded, Broken)
    rows = (Honest, Grader, Mute, Raising, Wild, Whole, Unique)
    return plugin(
        datagen_generators=lambda: [
            *map(component, sources),
            component(Shout, needs=("parents",)),
            component(Asker, ModelConfig, needs=("model",)),
        ],
        datagen_validators=lambda: [
            component(Oracle, cost="dear"),
            component(Asked, ModelConfig),
            *map(component, rows),
        ],
        datagen_models=lambda: [
            component(Pretend, PretendConfig, serves=("pretend",), bare_names={"pretty-": "pretend"}),
            component(StandIn, PretendConfig),
        ],
        datagen_rewards=lambda: [component(Failing)],
        datagen_routers=lambda: [component(Recorder), component(Creditor)],
        datagen_evaluators=lambda: [component(Counting), component(Truth)],
    )


def host(**observers: Callable[..., Any]) -> Host:
    """The core's own plugins, the toys, and a plugin of observers."""
    return Host(
        [
            ("builtin", "datagen-core", "0.1.0", lambda: datagen_core.builtin),
            ("toys", "toys", "1.0", toys),
            ("watcher", "watcher", "1.0", lambda: plugin(**observers)),
        ]
    )


@dataclass
class Bench:
    """Makes and runs jobs in folders of its own."""

    folder: Path
    seen: Seen = field(repr=False)
    host: Callable[..., Host] = host

    def forget(self) -> None:
        """Makes the toys forget what they saw."""
        vars(SEEN).update(vars(Seen()))

    def job(self, recipe: Mapping[str, Any], host: Host | None = None, model: str | None = None) -> Job:
        """A job of a recipe; where that is silent: no validators, no export."""
        given = {"validators": [], "arms": ["toy"], **recipe}
        return resolve(load(given).with_model(model), host or self.host())

    def run(self, name: str, host: Host | None = None, **recipe: Any) -> Results:
        """Carries a recipe on in a folder of this name."""
        return self.carry_on(name, self.job(recipe, host))

    def carry_on(
        self, name: str, job: Job, observe: Callable[[Progress], None] = lambda progress: None
    ) -> Results:
        return carry_on(job, self.folder / name, observe, cache=self.folder / "cache")

    def store(self, name: str) -> RunReader:
        return RunReader(self.folder / name / "run.db")

    def fails(self, name: str, **recipe: Any) -> DatagenError:
        """The error that a run of this recipe ends in."""
        with pytest.raises(DatagenError) as caught:
            self.run(name, **recipe)
        return caught.value

    def snapshot(self, name: str) -> dict[str, Any]:
        """All of a run that must not depend on timing: rows, verdicts, statuses, batches, router."""
        store = self.store(name)
        statuses = ("accepted", "rejected", "surplus", "intermediate")
        rows = {status: list(store.records(status)) for status in statuses}
        for row in (row for some in rows.values() for row in some):
            row.pop("created_at")
            row["found"] = store.find(row["id"])
        timed = ("planned_at", "committed_at")
        batches = [{k: v for k, v in row.items() if k not in timed} for row in store.batch_rows()]
        return {"rows": rows, "batches": batches, "router": store.get("router_state")}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A bench whose toys have seen nothing yet."""
    made = Bench(tmp_path, SEEN)
    made.forget()
    return made
