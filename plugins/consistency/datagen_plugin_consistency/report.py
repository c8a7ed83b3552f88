"""The consistency report: groups of near copies in a finished dataset that disagree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from datagen_core import Sample
from datagen_core.evaluator import Evaluation, Evaluator, Table
from datagen_plugin_consistency.claims import Claim, Claims
from datagen_plugin_consistency.config import ConsistencyConfig
from datagen_plugin_consistency.contradictions import Contradictions

MAX_ROWS = 100
MAX_TEXT_CHARS = 80


class ConsistencyReport(Evaluator[ConsistencyConfig]):
    """Counts rows that contradict another row (or, with `against_seeds`, a seed), and shows them by group.

    Metrics: `contradicting_rows`, `contradicting_share` (of the rows that claim something) and
    `contradicting_groups`. A group holds all that is bound by contradictions, directly or by way of others; of equal
    rows with equal answers the first one stands for all.
    """

    def evaluate(
        self, samples: Sequence[Sample], progress: Callable[[str], None] = lambda step: None
    ) -> Evaluation:
        """Compares each row with the seeds and all rows before it."""
        progress("comparing near copies")
        told = self._told(samples)
        rows = len(told) - sum(name.startswith("seed ") for name, _ in told)
        groups = _groups(told, self.config)
        inside = [at for group in groups for at in group if not told[at][0].startswith("seed ")]
        metrics = {
            "contradicting_rows": float(len(inside)),
            "contradicting_share": len(inside) / rows if rows else 0.0,
            "contradicting_groups": float(len(groups)),
        }
        notes = (
            ()
            if rows
            else ("no row has both a text and a label, or a question and an answer: nothing was compared",)
        )
        return Evaluation(metrics=metrics, tables=_tables(groups, told), notes=notes)

    def _told(self, samples: Sequence[Sample]) -> list[tuple[str, Claim]]:
        """What seeds and rows claim, with their names, in order."""
        claims = Claims(self.config.key, self.config.value)
        seeds = claims.in_seeds(self.inputs) if self.config.against_seeds else []
        told = [(f"seed {seed.id}", claim) for seed, claim in seeds]
        found = ((sample.id, claims.of(sample)) for sample in samples)
        return told + [(f"row {name}", claim) for name, claim in found if claim is not None]


def _groups(told: Sequence[tuple[str, Claim]], config: ConsistencyConfig) -> list[list[int]]:
    """Places in `told` that contradictions bind together, each group rising, in order of their first."""
    contradictions = Contradictions(config)
    leader = list(range(len(told)))
    place_of_row: dict[int, int] = {}

    def lead(at: int) -> int:
        while leader[at] != at:
            leader[at] = at = leader[leader[at]]
        return at

    for at, signature in enumerate(contradictions.sign([claim for _, claim in told])):
        for other in contradictions.against(signature):
            first, second = sorted((lead(place_of_row[other.row]), lead(at)))
            leader[second] = first
        place_of_row.setdefault(contradictions.add(signature, at), at)
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for at in range(len(told)):
        groups[lead(at)].append(at)
    return [group for group in groups.values() if len(group) > 1]


def _tables(groups: Sequence[Sequence[int]], told: Sequence[tuple[str, Claim]]) -> tuple[Table, ...]:
    shown = [
        (number, told[at][0], _cut(told[at][1].answer), _cut(told[at][1].question))
        for number, group in enumerate(groups, start=1)
        for at in group
    ]
    if not shown:
        return ()
    more = f" (the first {MAX_ROWS} of {len(shown)} rows)" if len(shown) > MAX_ROWS else ""
    columns = ("group", "row", "label or answer", "text")
    return (Table(title=f"Near copies that disagree{more}", columns=columns, rows=tuple(shown[:MAX_ROWS])),)


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MAX_TEXT_CHARS else text[: MAX_TEXT_CHARS - 1] + "…"
