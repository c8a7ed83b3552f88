"""From grades to a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datagen_core.sample import Verdict
from datagen_plugin_judge.config import JudgeConfig
from datagen_plugin_judge.evidence import told
from datagen_plugin_judge.grade import cut
from datagen_plugin_judge.opinion import Opinion, spread, together


class Deciding:
    """What the judges' opinions of a row come to."""

    def __init__(self, config: JudgeConfig) -> None:
        self._config, self._scale = config, config.grades_on
        self._dimensions = config.graded_by()

    def verdict(self, opinions: Sequence[Opinion]) -> Verdict:
        """Fails where a grade is missing, else where judges differ too much, else where a value is too low."""
        config = self._config
        values = [opinion.value(self._dimensions, config.aggregate) for opinion in opinions]
        value = together(values, config.agreement)
        if value is None:
            return self._ungraded(opinions)
        apart = spread([one for one in values if one is not None])
        more: dict[str, Any] = {"spread": apart} if len(opinions) > 1 else {}
        if config.max_disagreement is not None and apart > config.max_disagreement:
            return Verdict(
                passed=False,
                reason="judges_disagree",
                measured=apart,
                threshold=config.max_disagreement,
                evidence=self._evidence(opinions, {"aggregate": None, **more}),
            )
        return self._measured(opinions, value, more)

    def _measured(self, opinions: Sequence[Opinion], value: float, more: dict[str, Any]) -> Verdict:
        below, measured, limit = self._lowest(opinions, value)
        more |= {"below": below} if below else {}
        is_told = below is not None or not self._config.is_plain
        return Verdict(
            passed=below is None,
            score=self._scale.share(value),
            reason=None if below is None else "judge_below_threshold",
            measured=measured if is_told else None,
            threshold=limit if is_told else None,
            evidence=self._evidence(opinions, {"aggregate": value, **more}),
        )

    def _lowest(self, opinions: Sequence[Opinion], value: float) -> tuple[str | None, float, float]:
        """What lies below its threshold, if anything does, its value and the threshold."""
        for dimension in self._dimensions:
            grades = [opinion.grades[dimension.name].value for opinion in opinions]
            own = together(grades, self._config.agreement)
            if dimension.threshold is not None and own is not None and own < dimension.threshold:
                return dimension.name, own, dimension.threshold
        limit = self._config.passes_from
        return ("aggregate" if value < limit else None), value, limit

    def _ungraded(self, opinions: Sequence[Opinion]) -> Verdict:
        fault = next(fault for opinion in opinions if (fault := opinion.fault()))
        return Verdict(
            passed=False,
            reason=fault.fault,
            measured=fault.measured,
            evidence=self._evidence(opinions, {"aggregate": None}),
        )

    def _evidence(self, opinions: Sequence[Opinion], head: dict[str, Any]) -> str:
        """Of a rubric in words and one judge its reason, else JSON."""
        if self._config.is_plain and len(opinions) == 1:
            (grade,) = opinions[0].grades.values()
            return cut(grade.said)
        return told(head, opinions)
