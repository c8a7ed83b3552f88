"""The wall: what may still be sent under a run's and its arms' budgets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datagen_core.errors import BudgetReached, RecipeError, RunPaused
from datagen_core.llm.ledger import Amount, Ledger
from datagen_core.llm.site import CallSite
from datagen_core.model import Model, Price, Usage
from datagen_core.nothing import EMPTY

ROUNDING = 1e-9
"""Sums of prices in floating point: a budget of 0.30 has room for three calls of 0.10."""

_EXPECTED = "room for one more call"
_HINT = "start the same command with a bigger budget to go on from here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most that may be spent; None is without limit. Calls are those that the provider may have done."""

    max_cost: float | None = None
    max_tokens: int | None = None
    max_calls: int | None = None

    def short_of(self, amount: Amount) -> str | None:
        """The first limit that an amount passes, in words, or None."""
        if self.max_calls is not None and amount.calls > self.max_calls:
            return f"max_calls = {self.max_calls}"
        if self.max_tokens is not None and amount.tokens > self.max_tokens:
            return f"max_tokens = {self.max_tokens}"
        if self.max_cost is not None and amount.cost > self.max_cost * (1 + ROUNDING):
            return f"max_cost = {self.max_cost:g}"
        return None


NO_BUDGET = Budget()
NOTHING = Amount()


class ArmBudgetReached(BudgetReached):
    """An arm's own budget was reached; the other arms go on."""

    def __init__(self, message: str, *, arm: str, expected: str, hint: str) -> None:
        super().__init__(message, where=f"arm {arm}", expected=expected, hint=hint)
        self.arm = arm


@dataclass(frozen=True, slots=True)
class Reservation:
    """Room taken for one call that is in flight."""

    call: int
    arm: str
    amount: Amount


class Wall:
    """Keeps what counts (used, in flight, of unknown fate) within the budgets, whatever happens to a call.

    Args:
        ledger: The run's file of calls. What it holds already counts: a resumed run goes on from there.
        budget: For the whole run.
        arms: Further budgets, by arm; a validator's calls belong to the arm whose rows it judges.
    """

    def __init__(
        self, ledger: Ledger, budget: Budget | None = None, arms: Mapping[str, Budget] = EMPTY
    ) -> None:
        self._ledger = ledger
        self._budget = budget or NO_BUDGET
        self._arms = arms
        self._counted = ledger.counted()
        self._in_flight: dict[str, Amount] = {}
        self._changed = asyncio.Event()
        self._closed_by: RunPaused | None = None

    def check(self, model: Model[Any], arm: str = "") -> None:
        """Raises RecipeError where a model without a known price would run under `max_cost`."""
        budgets = [self._budget, self._arms.get(arm, NO_BUDGET)]
        if model.price() is None and any(budget.max_cost is not None for budget in budgets):
            raise RecipeError(
                f"the price of {model.name!r} isn't known, so max_cost can't hold",
                where="models",
                expected="a price per million tokens (0 where it costs nothing)",
                hint="models: {ALIAS: {name: …, price: {prompt_per_million: …, completion_per_million: …}}}, "
                "or use max_tokens or max_calls",
            )

    async def reserve(self, site: CallSite, model: Model[Any], most: Usage) -> Reservation:
        """Room for one more call, durably taken; waits while calls in flight may still give some back.

        Raises:
            BudgetReached: There would be no room even if all that is in flight cost nothing.
            RunPaused: The wall was shut.
            RecipeError: See `check`.
        """
        self.check(model, site.arm)
        amount = _amount(most, model.price())
        while self._is_open() and not self._has_room(site.arm, amount):
            self._changed.clear()
            await self._changed.wait()
        self._count(site.arm, amount)
        self._in_flight[site.arm] = self._in_flight.get(site.arm, NOTHING) + amount
        try:
            call = await self._ledger.reserve(site, model.name, amount)
        except BaseException:
            self._close(site.arm, amount, NOTHING)
            raise
        return Reservation(call, site.arm, amount)

    def shut(self, why: RunPaused) -> None:
        """Nothing more is let through: whoever asks for room from now on, or waits for it, gets this error."""
        self._closed_by = self._closed_by or why
        self._changed.set()

    def _is_open(self) -> bool:
        if self._closed_by is not None:
            raise self._closed_by
        return True

    def settle(self, reservation: Reservation, usage: Usage | None, price: Price | None) -> None:
        """A call was answered. Where the provider doesn't tell its usage it counts in full."""
        if usage is None:
            self.lose(reservation)
            return
        used = _amount(usage, price)
        try:
            self._ledger.settle(reservation.call, used.tokens, used.cost if price else None)
        finally:  # a file that can't be written mustn't keep others waiting for this room
            self._close(reservation.arm, reservation.amount, used)

    def fail(self, reservation: Reservation) -> None:
        """A call was refused unbilled: it gives its room back."""
        try:
            self._ledger.fail(reservation.call)
        finally:
            self._close(reservation.arm, reservation.amount, NOTHING)

    def lose(self, reservation: Reservation) -> None:
        """A call's fate is unknown: it keeps its room."""
        try:
            self._ledger.lose(reservation.call)
        finally:
            self._close(reservation.arm, reservation.amount, reservation.amount)

    def close(self) -> None:
        """Lets go of the ledger."""
        self._ledger.close()

    def counted(self, arm: str | None = None) -> Amount:
        """What counts so far, calls in flight included: of one arm, or of the run."""
        if arm is not None:
            return self._counted.get(arm, NOTHING)
        return sum(self._counted.values(), NOTHING)

    def _has_room(self, arm: str, amount: Amount) -> bool:
        """Whether a call fits now; raises BudgetReached where waiting can't help."""
        if self._budget == NO_BUDGET and arm not in self._arms:
            return True
        whole, in_flight = self.counted() + amount, sum(self._in_flight.values(), NOTHING)
        if limit := self._budget.short_of(whole - in_flight):
            raise BudgetReached(f"the budget is reached: {limit}", expected=_EXPECTED, hint=_HINT)
        own = self._arms.get(arm)
        if own is None:
            return self._budget.short_of(whole) is None
        part, in_flight = self.counted(arm) + amount, self._in_flight.get(arm, NOTHING)
        if limit := own.short_of(part - in_flight):
            message = f"the budget of the arm {arm!r} is reached: {limit}"
            raise ArmBudgetReached(message, arm=arm, expected=_EXPECTED, hint=_HINT)
        return self._budget.short_of(whole) is None and own.short_of(part) is None

    def _count(self, arm: str, amount: Amount) -> None:
        self._counted[arm] = self.counted(arm) + amount

    def _close(self, arm: str, reserved: Amount, used: Amount) -> None:
        self._count(arm, used - reserved)
        self._in_flight[arm] -= reserved
        self._changed.set()


def _amount(usage: Usage, price: Price | None) -> Amount:
    cost = price.cost(usage) if price else 0.0
    return Amount(1, usage.prompt_tokens + usage.completion_tokens, cost)
