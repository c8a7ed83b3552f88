from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from datagen_core.errors import BudgetReached, RecipeError, UsageError
from datagen_core.llm.budget import ArmBudgetReached, Budget, Wall
from datagen_core.llm.estimate import most_tokens
from datagen_core.llm.ledger import Amount, Ledger
from datagen_core.llm.site import CallSite
from datagen_core.model import EmbeddingRequest, Price, Usage
from datagen_core.testing.scripted_model import ScriptedModel, chat
from datagen_core.testing.virtual_time import in_virtual_time

PRICE = Price(prompt_per_million=1.0, completion_per_million=2.0)
MOST = Usage(prompt_tokens=40, completion_tokens=60)
SITE = CallSite(arm="naive", component="naive")


def model(price: Price | None = PRICE) -> ScriptedModel:
    return ScriptedModel(lambda request, n: "hello", price=price)


@pytest.mark.parametrize("seed", range(50))
def test_no_random_budget_is_ever_passed_not_even_by_a_run_that_dies_between_sending_and_settling(
    seed: int, tmp_path: Path
) -> None:
    rng = random.Random(seed)
    budget = Budget(
        max_cost=rng.choice([None, rng.uniform(0, 0.01)]),
        max_tokens=rng.choice([None, rng.randrange(5000)]),
        max_calls=rng.randrange(100),
    )
    billed = Amount()  # what the provider has on its books, whatever the client knows

    async def life(dies_after: int) -> bool:
        """One process: 8 calls at once until the budget ends it, or it dies. True at the budget."""
        nonlocal billed
        ledger = Ledger(tmp_path / "calls.db")
        wall, sent, dead = Wall(ledger, budget), 0, asyncio.Event()

        async def worker() -> None:
            nonlocal billed, sent
            while True:
                reservation = await wall.reserve(SITE, model(), MOST)
                sent += 1
                if sent > dies_after:  # the provider does the work, and bills all that it may
                    billed += Amount(1, 100, PRICE.cost(MOST))
                    dead.set()
                    await asyncio.Event().wait()
                fate = rng.choice(["answered", "answered", "refused", "hung up"])
                used = Usage(prompt_tokens=rng.randrange(41), completion_tokens=rng.randrange(61))
                if fate != "refused":
                    billed += Amount(1, used.prompt_tokens + used.completion_tokens, PRICE.cost(used))
                await asyncio.sleep(rng.random())
                if fate == "answered":
                    wall.settle(reservation, used, PRICE)
                elif fate == "refused":
                    wall.fail(reservation)
                else:
                    wall.lose(reservation)
                assert budget.short_of(wall.counted()) is None

        workers = [asyncio.create_task(worker()) for _ in range(8)]
        death = asyncio.create_task(dead.wait())
        await asyncio.wait([*workers, death], return_when=asyncio.FIRST_COMPLETED)
        if not death.done():
            death.cancel()
            ends = await asyncio.gather(*workers, return_exceptions=True)
            assert all(isinstance(end, BudgetReached) for end in ends)
        for worker_task in workers:
            worker_task.cancel()
        ledger.close()
        return not dead.is_set()

    lives = 1
    while not in_virtual_time(lambda: life(rng.randrange(1, 30))):
        lives += 1
        assert lives < 200
        assert budget.short_of(billed) is None
    assert budget.short_of(billed) is None
    ledger = Ledger(tmp_path / "calls.db")
    assert "reserved" not in ledger.states()
    assert budget.short_of(Wall(ledger).counted()) is None


def test_a_call_that_a_dead_process_left_open_counts_in_full(tmp_path: Path) -> None:
    file = tmp_path / "calls.db"
    ledger = Ledger(file)
    in_virtual_time(lambda: Wall(ledger, Budget(max_calls=2)).reserve(SITE, model(), MOST))
    assert ledger.states() == {"reserved": 1}
    again = Ledger(file)
    assert again.states() == {"unknown": 1}
    assert again.counted() == {"naive": Amount(1, 100, PRICE.cost(MOST))}


def test_without_room_a_call_waits_for_those_in_flight_and_takes_what_they_give_back(ledger: Ledger) -> None:
    async def work() -> list[str]:
        wall, log = Wall(ledger, Budget(max_tokens=120)), []
        first = await wall.reserve(SITE, model(), MOST)

        async def second() -> None:
            await wall.reserve(SITE, model(), MOST)
            log.append("second is sent")

        task = asyncio.create_task(second())
        await asyncio.sleep(1)
        log.append("first is answered")
        wall.settle(first, Usage(prompt_tokens=10, completion_tokens=10), PRICE)
        await task
        return log

    assert in_virtual_time(work) == ["first is answered", "second is sent"]


@pytest.mark.parametrize(("used", "has_room"), [(20, True), (21, False)])
def test_a_budget_has_room_for_exactly_what_it_says(used: int, has_room: bool, ledger: Ledger) -> None:
    async def work() -> None:
        wall = Wall(ledger, Budget(max_tokens=120))
        wall.settle(await wall.reserve(SITE, model(), MOST), Usage(prompt_tokens=used), PRICE)
        await wall.reserve(SITE, model(), MOST)

    if has_room:
        in_virtual_time(work)
    else:
        with pytest.raises(BudgetReached, match="max_tokens = 120"):
            in_virtual_time(work)


def test_three_calls_of_a_tenth_fit_into_three_tenths(ledger: Ledger) -> None:
    async def work() -> None:
        wall, price = (
            Wall(ledger, Budget(max_cost=0.3)),
            Price(prompt_per_million=1e5, completion_per_million=0),
        )
        for _ in range(3):
            await wall.reserve(SITE, model(price), Usage(prompt_tokens=1))

    in_virtual_time(work)


def test_a_call_too_big_for_the_whole_budget_ends_at_once_though_others_are_in_flight(ledger: Ledger) -> None:
    async def work() -> None:
        wall = Wall(ledger, Budget(max_tokens=150))
        await wall.reserve(SITE, model(), MOST)
        await wall.reserve(SITE, model(), Usage(prompt_tokens=151))

    with pytest.raises(BudgetReached, match="max_tokens = 150"):
        in_virtual_time(work)


def test_an_arms_own_budget_ends_that_arm_only(ledger: Ledger) -> None:
    async def work() -> None:
        wall = Wall(ledger, Budget(max_calls=5), {"naive": Budget(max_calls=1)})
        wall.settle(await wall.reserve(SITE, model(), MOST), MOST, PRICE)
        await wall.reserve(CallSite(arm="other"), model(), MOST)
        await wall.reserve(SITE, model(), MOST)

    with pytest.raises(ArmBudgetReached, match="the arm 'naive' is reached: max_calls = 1") as caught:
        in_virtual_time(work)
    assert (caught.value.arm, caught.value.exit_code) == ("naive", 3)


def test_a_model_without_a_price_cant_run_under_max_cost(ledger: Ledger) -> None:
    with pytest.raises(RecipeError, match="price of 'scripted' isn't known") as caught:
        Wall(ledger, Budget(max_cost=1.0)).check(model(price=None))
    assert "price: {prompt_per_million" in str(caught.value.hint)
    Wall(ledger, Budget(max_tokens=1)).check(model(price=None))


def test_a_free_model_runs_under_max_cost(ledger: Ledger) -> None:
    free = model(Price(prompt_per_million=0, completion_per_million=0))
    in_virtual_time(lambda: Wall(ledger, Budget(max_cost=0.0)).reserve(SITE, free, MOST))


def test_an_answer_without_usage_counts_in_full(ledger: Ledger) -> None:
    async def work() -> Amount:
        wall = Wall(ledger)
        wall.settle(await wall.reserve(SITE, model(), MOST), None, PRICE)
        return wall.counted()

    assert in_virtual_time(work).tokens == 100
    assert ledger.states() == {"unknown": 1}


@pytest.mark.parametrize("text", ["Hello.", "سلام دنیا", "你好，世界" * 50, "🤖" * 20, "\ud800", ""])
def test_a_prompt_is_reserved_at_no_less_than_its_bytes(text: str) -> None:
    most = most_tokens(chat(text, max_tokens=7, n=3))
    assert most.prompt_tokens >= len(text.encode("utf-8", "surrogatepass"))
    assert most.completion_tokens == 21


def test_texts_to_embed_are_reserved_by_their_bytes() -> None:
    assert most_tokens(EmbeddingRequest(texts=("abc", "é"))).prompt_tokens >= 5


def test_what_is_passed_through_cant_raise_the_number_of_answers() -> None:
    with pytest.raises(UsageError, match="'n' can't be passed through"):
        most_tokens(chat(extra={"n": 50}))
