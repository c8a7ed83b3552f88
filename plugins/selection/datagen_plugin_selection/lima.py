"""LIMA's selection: rules, then sources in balance. No model is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from datagen_core.inputs import Inputs
from datagen_core.llm.bound_model import BoundModel
from datagen_core.sample import Sample, Verdict
from datagen_core.selector import Selection, Selector
from datagen_plugin_selection.choice import Choice, best_first
from datagen_plugin_selection.config import LimaConfig
from datagen_plugin_selection.lima_rules import MARKUP, LimaRules
from datagen_plugin_selection.row_values import check_key, number_of, value_of

NO_SOURCE = "(none)"


class Lima(Selector[LimaConfig]):
    """Rows that break no rule, one of each source in turn, the best of a source first.

    Reasons: those of `LimaRules`, and `source_quota` (measured: its place in its source, threshold: `per_source`,
    evidence: the source).
    """

    def __init__(self, config: LimaConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._rules = LimaRules(config)

    async def select(
        self, rows: Sequence[Sample], n: int | None, models: Mapping[str, BoundModel]
    ) -> Selection:
        """See `Selector.select`. Raises InputError where no row has the column of the source or of the score."""
        check_key(rows, self.config.source, "source")
        if self.config.score is not None:
            check_key(rows, self.config.score, "score")
        choice, counted = Choice(rows), Counter[str]()
        passed = [at for at, row in enumerate(rows) if self._passes(choice, counted, at, row)]
        self._take(choice, passed, n)
        choice.notes += [
            f"{count} rows that passed the other rules: {reason}" for reason, count in counted.items()
        ]
        return choice.selection()

    def notices(self) -> Sequence[str]:
        """Languages that the packaged words don't cover."""
        packaged = LimaConfig()
        lists = [
            name
            for name in ("first_person", "other_answers")
            if getattr(self.config, name) == getattr(packaged, name)
        ]
        others = [code for code in self.inputs.languages if code.partition("-")[0].lower() != "en"]
        if not lists or not others:
            return ()
        return (
            f"lima: {' and '.join(lists)} are lists of English words; answers in {', '.join(others)} "
            "are not judged by them unless you give your own",
        )

    def _passes(self, choice: Choice, counted: Counter[str], at: int, row: Sample) -> bool:
        marked = []
        for verdict in self._rules.broken(row):
            if self.config.markup == "count" and verdict.reason in MARKUP:
                marked.append(str(verdict.reason))
                continue
            choice.left[at] = verdict
            return False
        counted.update(marked)
        if self.config.score is not None and (score := number_of(row, self.config.score)) is not None:
            choice.scores[at] = score
        return True

    def _take(self, choice: Choice, passed: Sequence[int], n: int | None) -> None:
        sources: dict[str, list[int]] = {}
        for at in passed:
            sources.setdefault(value_of(choice.rows[at], self.config.source) or NO_SOURCE, []).append(at)
        quota = self.config.per_source
        for source, members in sources.items():
            members[:] = best_first(members, choice.scores)
            for place, at in enumerate(members):
                if quota is not None and place >= quota:
                    choice.left[at] = Verdict(
                        passed=False,
                        reason="source_quota",
                        measured=place + 1,
                        threshold=quota,
                        evidence=source,
                    )
        choice.kept = list(in_turn(members[:quota] for members in sources.values()))[:n]


def in_turn(groups: Iterable[Sequence[int]]) -> list[int]:
    """The first of each group, then the second of each that has one, and so on."""
    listed = list(groups)
    return [
        group[turn]
        for turn in range(max(map(len, listed), default=0))
        for group in listed
        if turn < len(group)
    ]
