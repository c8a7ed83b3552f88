from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from datagen_core.errors import BudgetReached, PluginError, RecipeError
from datagen_core.llm.breaker import EndpointDown, Patience
from datagen_core.llm.budget import Budget, Wall
from datagen_core.llm.cache import ReplyCache
from datagen_core.llm.door import ModelDoor
from datagen_core.llm.ledger import Ledger
from datagen_core.llm.retry import Retries
from datagen_core.llm.site import CallSite
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import CompletionRequest, ModelError, Price, Reply
from datagen_core.testing.scripted_model import ScriptedModel, chat, reply
from datagen_core.testing.virtual_time import in_virtual_time, now

SITE = CallSite(arm="naive", component="naive", batch=1, row=0, link=0, seed=7)
PRICE = Price(prompt_per_million=1e6, completion_per_million=2e6)  # 1 and 2 a token: 20 for a scripted reply


def failure(kind: str, **more: Any) -> ModelError:
    return ModelError(f"scripted {kind}", kind=kind, **more)


def door(model: ScriptedModel, wall: Wall, **options: Any) -> ModelDoor:
    return ModelDoor({"generator": model}, wall, clock=now, rng=random.Random(0), **options)


def test_what_was_answered_once_is_never_sent_again(wall: Wall, tmp_path: Path) -> None:
    model = ScriptedModel(lambda request, n: f"answer {n}", price=PRICE)

    async def work() -> tuple[Any, ...]:
        first = door(model, wall, cache=ReplyCache(tmp_path))
        one = await first.chat("generator", chat(), SITE)
        await asyncio.sleep(0)  # replies are written at the end of a turn
        second = door(model, wall, cache=ReplyCache(tmp_path))
        other = await second.chat("generator", chat(), SITE)
        return one, other, first.account.totals()[0], second.account.totals()[0]

    one, other, paid, free = in_virtual_time(work)
    assert one == other
    assert len(model.requests) == 1
    assert (paid.cost, paid.spent, paid.cached) == (20.0, 20.0, 0)
    assert (free.cost, free.spent, free.cached, free.latency_s) == (20.0, 0.0, 1, 0.0)


@pytest.mark.parametrize("temperature", [0.7, None])
def test_sampled_answers_to_equal_requests_differ_by_row_and_attempt(
    temperature: float | None, wall: Wall, tmp_path: Path
) -> None:
    model = ScriptedModel(lambda request, n: f"answer {n}")

    async def work() -> list[str]:
        bound = door(model, wall, cache=ReplyCache(tmp_path)).bound("generator", SITE)
        places = [bound.at(row=0), bound.at(row=1), bound.at(row=0, attempt=1), bound.at(row=0)]
        return [(await place.chat(chat(temperature=temperature))).choices[0].text for place in places]

    assert in_virtual_time(work) == ["answer 1", "answer 2", "answer 3", "answer 1"]


def test_truncated_answers_are_given_but_not_kept(wall: Wall, tmp_path: Path) -> None:
    model = ScriptedModel(lambda request, n: reply("half", finish_reason="length"))

    async def work() -> None:
        one = door(model, wall, cache=ReplyCache(tmp_path))
        for _ in range(2):
            assert (await one.chat("generator", chat(), SITE)).choices[0].finish_reason == "length"

    in_virtual_time(work)
    assert len(model.requests) == 2


@pytest.mark.parametrize("kind", ["timeout", "connection", "server", "malformed"])
def test_what_may_pass_is_tried_again_so_often_and_no_more(kind: str, wall: Wall) -> None:
    model = ScriptedModel(lambda request, n: failure(kind) if n <= 2 else "hello")

    async def work(retries: Retries) -> ModelDoor:
        one = door(model, wall, retries=retries)
        await one.chat("generator", chat(), SITE)
        return one

    assert in_virtual_time(lambda: work(Retries(most=2))).account.totals()[0].retries == 2
    model.requests.clear()
    with pytest.raises(ModelError, match=f"scripted {kind}"):
        in_virtual_time(lambda: work(Retries(most=1)))


@pytest.mark.parametrize("kind", ["bad_request", "capability"])
def test_what_wont_pass_isnt_tried_again(kind: str, wall: Wall) -> None:
    model = ScriptedModel(lambda request, n: failure(kind))
    one = door(model, wall)
    with pytest.raises(ModelError):
        in_virtual_time(lambda: one.chat("generator", chat(), SITE))
    assert len(model.requests) == 1
    assert one.account.totals()[0].failed == 1


@pytest.mark.parametrize("kind", ["auth", "not_found"])
def test_what_every_call_would_meet_ends_the_sitting_and_not_one_row_after_another(
    kind: str, wall: Wall
) -> None:
    model = ScriptedModel(lambda request, n: failure(kind, hint="export KEY=…"))
    with pytest.raises(EndpointDown, match="can't be used: scripted") as caught:
        in_virtual_time(lambda: door(model, wall).chat("generator", chat(), SITE))
    assert len(model.requests) == 1
    assert caught.value.hint == "export KEY=…; then start the same command again: nothing is lost"


def test_refusals_never_use_up_a_retry(wall: Wall) -> None:
    model = ScriptedModel(lambda request, n: failure("rate_limit", retry_after_s=1.0) if n <= 20 else "hello")
    one = door(model, wall, retries=Retries(most=0))
    assert in_virtual_time(lambda: one.chat("generator", chat(), SITE)).choices[0].text == "hello"
    assert (one.account.totals()[0].refusals, one.account.totals()[0].retries) == (20, 0)


def test_waits_have_full_jitter_grow_and_follow_from_the_generator() -> None:
    retries, error = Retries(first_s=0.5, longest_s=4.0), failure("server")
    rng = random.Random(3)
    waits = [[retries.wait_s(before, rng, error) for _ in range(500)] for before in range(6)]
    for drawn, longest in zip(waits, [0.5, 1.0, 2.0, 4.0, 4.0, 4.0], strict=True):
        assert 0 <= min(drawn) < 0.1 * longest
        assert 0.9 * longest < max(drawn) <= longest
    again = random.Random(3)
    assert waits == [[retries.wait_s(before, again, error) for _ in range(500)] for before in range(6)]
    assert retries.wait_s(0, rng, failure("rate_limit", retry_after_s=9.0)) == 9.0


def test_a_hanging_endpoint_times_out_and_the_call_counts_in_full(ledger: Ledger) -> None:
    model = ScriptedModel(lambda request, n: "hello", latency_s=1e6)
    one = door(model, Wall(ledger), timeouts_s={"generator": 5.0}, retries=Retries(most=1))
    with pytest.raises(ModelError, match="didn't answer within 5 s") as caught:
        in_virtual_time(lambda: one.chat("generator", chat(), SITE))
    assert caught.value.kind == "timeout"
    assert ledger.states() == {"unknown": 2}


@pytest.mark.parametrize(("may_have_run", "state"), [(True, "unknown"), (False, "failed")])
def test_a_failure_counts_only_if_the_work_may_have_been_done(
    may_have_run: bool, state: str, ledger: Ledger
) -> None:
    model = ScriptedModel(lambda r, n: failure("server", may_have_run=may_have_run) if n == 1 else "hello")
    in_virtual_time(lambda: door(model, Wall(ledger)).chat("generator", chat(), SITE))
    assert ledger.states() == {"settled": 1, state: 1}


def test_a_cancelled_call_counts_in_full_and_frees_its_slot(ledger: Ledger) -> None:
    model = ScriptedModel(lambda request, n: "hello")
    wall = Wall(ledger)

    async def work() -> None:
        one = door(model, wall)
        task = asyncio.create_task(one.chat("generator", chat(), SITE))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.gather(*(one.chat("generator", chat(str(at)), SITE) for at in range(100)))

    in_virtual_time(work)
    assert ledger.states() == {"settled": 100, "unknown": 1}


def test_an_outage_pauses_all_calls_and_none_fails(ledger: Ledger) -> None:
    model = ScriptedModel(lambda request, n: failure("connection") if 2 < now() < 32 else "hello")

    async def work() -> float:
        one = door(model, Wall(ledger), retries=Retries(most=1))

        async def client(at: int) -> None:
            for turn in range(40):
                await one.chat("generator", chat(f"{at} {turn}"), SITE)

        await asyncio.gather(*(client(at) for at in range(64)))
        return now()

    took_s = in_virtual_time(work)
    assert ledger.states()["settled"] == 64 * 40
    failed = ledger.states()["failed"]
    assert failed <= 64 + 10  # what was in flight, and the probes
    assert took_s < 32 + 15 + 10


def test_an_endpoint_that_stays_down_ends_the_run_with_its_name(wall: Wall) -> None:
    model = ScriptedModel(lambda request, n: failure("connection"), endpoint="http://gone:8000")
    one = door(model, wall, patience=Patience(give_up_s=60), retries=Retries(most=20))

    async def work() -> list[Any]:
        calls = (one.chat("generator", chat(str(at)), SITE) for at in range(30))
        return await asyncio.gather(*calls, return_exceptions=True)

    ends = in_virtual_time(work)
    assert all(isinstance(end, EndpointDown) for end in ends)
    assert "http://gone:8000 has not answered for" in str(ends[0])
    assert "start the same command again" in str(ends[0].hint)


def test_an_endpoint_whose_quota_is_used_up_ends_the_run(wall: Wall) -> None:
    model = ScriptedModel(lambda request, n: failure("rate_limit", retry_after_s=3600.0))
    with pytest.raises(EndpointDown, match="asks to wait for 3600 s"):
        in_virtual_time(lambda: door(model, wall).chat("generator", chat(), SITE))


@pytest.mark.parametrize("seed", range(10))
def test_a_door_never_spends_more_than_the_budget_whatever_the_endpoint_does(
    seed: int, tmp_path: Path
) -> None:
    rng = random.Random(seed)
    kinds = ["server", "timeout", "rate_limit", "malformed", "connection"]
    billed = 0.0

    def answer(request: Any, n: int) -> Any:
        nonlocal billed
        if rng.random() < 0.3:
            kind = rng.choice(kinds)
            has_run = kind in ("timeout", "malformed", "server")
            billed += 20.0 * has_run
            return failure(kind, may_have_run=has_run)
        billed += 20.0
        return reply("hello")

    model, cap = ScriptedModel(answer, price=PRICE), rng.uniform(300, 5000)

    async def work() -> list[Any]:
        one = door(model, Wall(Ledger(tmp_path / "calls.db"), Budget(max_cost=cap)))
        calls = (one.chat("generator", chat(str(at)), SITE) for at in range(300))
        return await asyncio.gather(*calls, return_exceptions=True)

    ends = in_virtual_time(work)
    assert billed <= cap
    assert all(isinstance(end, Reply | BudgetReached | ModelError) for end in ends)
    assert any(isinstance(end, BudgetReached) for end in ends)


def test_structured_answers_are_accounted_with_their_repairs(wall: Wall) -> None:
    model = ScriptedModel(lambda request, n: "no" if n == 1 else '```json\n{"a": 1}\n```')
    one = door(model, wall)
    answer = in_virtual_time(
        lambda: one.structured("generator", chat(), AnswerSchema({"type": "object"}), SITE)
    )
    assert answer.parsed.value == {"a": 1}
    total = one.account.totals()[0]
    assert (total.calls, total.repaired, total.asked_again) == (2, 1, 1)
    assert (total.arm, total.component, total.model) == ("naive", "naive", "scripted")
    assert len(one.account.take(1)) == 2
    assert one.account.take(1) == ()


def test_a_lack_is_an_error_before_anything_is_sent(wall: Wall) -> None:
    model = ScriptedModel(lambda request, n: "hello", capabilities=["completion"])
    one = door(model, wall)
    for request in (chat(n=2), chat(top_logprobs=1), chat(json_schema={}), chat(seed=1), chat(stop=("x",))):
        with pytest.raises(ModelError) as caught:
            in_virtual_time(lambda request=request: one.chat("generator", request, SITE))
        assert caught.value.kind == "capability"
    one = door(ScriptedModel(lambda request, n: "hello", capabilities=["seed"]), wall)
    with pytest.raises(ModelError, match="has no completion"):
        in_virtual_time(lambda: one.complete("generator", CompletionRequest(prompt="a", max_tokens=1), SITE))
    assert model.requests == []


def test_an_unknown_alias_is_named(wall: Wall) -> None:
    with pytest.raises(RecipeError, match="no model is called 'judge'"):
        door(ScriptedModel(lambda request, n: ""), wall).bound("judge", SITE)


def test_a_model_plugin_that_breaks_is_blamed_without_its_words(wall: Wall) -> None:
    model = ScriptedModel(lambda request, n: KeyError("Authorization: sk-secret"))
    with pytest.raises(PluginError, match="'scripted' failed: KeyError") as caught:
        in_virtual_time(lambda: door(model, wall).chat("generator", chat(), SITE))
    assert "sk-secret" not in str(caught.value)


def test_an_answer_without_choices_is_malformed_and_tried_again(wall: Wall) -> None:
    model = ScriptedModel(lambda request, n: Reply(choices=()) if n == 1 else "hello")
    one = door(model, wall)
    in_virtual_time(lambda: one.chat("generator", chat(), SITE))
    assert one.account.totals()[0].retries == 1


def test_the_package_and_the_door_import_nothing_heavy() -> None:
    heavy = {"jinja2", "json_repair", "jsonschema_rs", "sqlalchemy", "aiohttp", "litellm", "numpy"}
    code = f"import sys, datagen_core.llm.door, datagen_core.llm.prompts; print(sorted({heavy} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_an_endpoint_that_goes_down_and_comes_back_is_told_once_each(wall: Wall) -> None:
    said: list[str] = []
    model = ScriptedModel(
        lambda request, n: failure("connection") if n <= 5 else "hello", endpoint="http://down"
    )
    one = door(model, wall, patience=Patience(failures=3, probe_s=1.0), retries=Retries(most=20))
    one.tell(said.append)
    in_virtual_time(lambda: one.chat("generator", chat(), SITE))
    assert said == ["http://down doesn't answer (scripted connection); the run waits and tries again", ""]


@pytest.mark.parametrize("count", [2**63, 2**61, -1])
def test_a_usage_that_cannot_be_counts_in_full_and_holds_nothing_up(count: int, ledger: Ledger) -> None:
    model = ScriptedModel(lambda request, n: reply("hello", prompt=count), price=PRICE)
    one = door(model, Wall(ledger, Budget(max_calls=3)))

    async def work() -> None:
        for row in range(3):
            await one.chat("generator", chat(), replace(SITE, row=row))
        with pytest.raises(BudgetReached):
            await one.chat("generator", chat(), SITE)

    in_virtual_time(work)
    assert ledger.states() == {"unknown": 3}


def test_an_error_other_than_a_refusal_is_not_waited_for_longer_than_the_longest_backoff(wall: Wall) -> None:
    model = ScriptedModel(lambda request, n: failure("server", retry_after_s=86_400.0) if n == 1 else "hello")
    one = door(model, wall, retries=Retries(longest_s=30.0))
    in_virtual_time(lambda: one.chat("generator", chat(), SITE))
    assert 30.0 <= one.account.totals()[0].latency_s < 40.0
