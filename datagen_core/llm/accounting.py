"""What calls cost, per arm, component and model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace

from datagen_core.llm.site import CallSite


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call as it ended.

    Attributes:
        alias, model, kind: Who was asked, by the recipe's alias and by name; `chat`, `completion` or `embedding`.
        prompt_tokens, completion_tokens: Of the answer, cached or not; 0 where not told.
        cost: Nominal: usage × price, whether it came from the cache or not; None where no price is known. This
            is what routers learn from.
        spent: What this run paid for it: 0 from the cache; failed tries of unknown fate count in full.
        latency_s: From the first try to the answer, waiting included.
        retries, refusals: Tries after failures, and tries refused for a limit (429).
        from_cache: Whether nothing was sent.
        failure: "" or the kind of the error that the caller got.
        prompt: The hash of what was asked (`datagen_core.llm.forms.prompt_hash`).
        repaired, asked_again: What it took to read a structured answer.
    """

    site: CallSite
    alias: str
    model: str
    kind: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None
    spent: float | None = None
    latency_s: float = 0.0
    retries: int = 0
    refusals: int = 0
    from_cache: bool = False
    failure: str = ""
    prompt: str = ""
    repaired: bool = False
    asked_again: bool = False


@dataclass(slots=True, kw_only=True)
class Total:
    """The calls of one (arm, component, model). Cost and spent are None as soon as one call's price isn't known."""

    arm: str
    component: str
    model: str
    calls: int = 0
    cached: int = 0
    failed: int = 0
    retries: int = 0
    refusals: int = 0
    repaired: int = 0
    asked_again: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = 0.0
    spent: float | None = 0.0
    latency_s: float = 0.0

    def add(self, record: CallRecord) -> None:
        """Counts a call in."""
        self.calls += 1
        self.cached += record.from_cache
        self.failed += bool(record.failure)
        self.retries += record.retries
        self.refusals += record.refusals
        self.prompt_tokens += record.prompt_tokens
        self.completion_tokens += record.completion_tokens
        self.cost = _sum(self.cost, record.cost)
        self.spent = _sum(self.spent, record.spent)
        self.latency_s += record.latency_s


class Account:
    """Adds up calls as they end, and hands out those of a batch once, to be stored with it.

    Attributes:
        on_call: Told of each call, for the live view.
    """

    def __init__(self, on_call: Callable[[CallRecord], None] | None = None) -> None:
        self.on_call = on_call
        self._totals: dict[tuple[str, str, str], Total] = {}
        self._batches: dict[int, list[CallRecord]] = defaultdict(list)

    def add(self, record: CallRecord) -> None:
        """Counts a call."""
        self._total(record.site, record.model).add(record)
        self._batches[record.site.batch].append(record)
        if self.on_call:
            self.on_call(record)

    def add_parsing(self, site: CallSite, model: str, *, repaired: bool, asked_again: bool) -> None:
        """Counts what it took to read a structured answer: the last one from this site."""
        if not (repaired or asked_again):
            return
        records = self._batches[site.batch]
        last = next((i for i in reversed(range(len(records))) if records[i].site == site), None)
        if last is not None:
            records[last] = replace(records[last], repaired=repaired, asked_again=asked_again)
        total = self._total(site, model)
        total.repaired += repaired
        total.asked_again += asked_again

    def take(self, batch: int) -> tuple[CallRecord, ...]:
        """The calls of a batch since they were last taken, in the order they ended."""
        return tuple(self._batches.pop(batch, ()))

    def totals(self) -> tuple[Total, ...]:
        """All totals, by arm, component and model."""
        return tuple(replace(self._totals[key]) for key in sorted(self._totals))

    def _total(self, site: CallSite, model: str) -> Total:
        key = (site.arm, site.component, model)
        if key not in self._totals:
            self._totals[key] = Total(arm=site.arm, component=site.component, model=model)
        return self._totals[key]


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other
