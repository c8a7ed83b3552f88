"""Style variation: the same content in each of several styles, told by a judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from datagen_core.llm.label_scores import LabelScores, digest_part, label_scores
from datagen_core.refusal import AS_ASKED, CALL_FAILED, Refusal
from datagen_plugin_augment.asking import Objection, of_judge
from datagen_plugin_augment.attempts import Attempt, Draft
from datagen_plugin_augment.keeping import Check
from datagen_plugin_augment.paraphrase import MeaningKeeping
from datagen_plugin_augment.parts import joined
from datagen_plugin_augment.rewriting_config import StyleConfig


class Style(MeaningKeeping[StyleConfig]):
    """Rows in other styles. Label, content and all other parts stay.

    Raises:
        InputError: seeds none of which has a part to change, a template that can't be used.
    """

    operator: ClassVar[str] = "style"
    key: ClassVar[str] = "style"
    packaged: ClassVar[tuple[str, ...]] = ("style", "entailment")

    def targets(self) -> tuple[str, ...]:
        """The styles."""
        return tuple(dict.fromkeys(self.config.styles))

    def per_target(self) -> int:
        """See `StyleConfig.examples_per_style`."""
        return self.config.examples_per_style

    def _digest_parts(self) -> Sequence[bytes]:
        return (digest_part(),)

    def _told(self, draft: Draft) -> Mapping[str, Any]:
        return {"style": draft.target}

    async def _judged(self, draft: Draft, attempt: Attempt) -> Attempt:
        scores = await label_scores(
            draft.calls.next(self.config.judge),
            text=joined(attempt.texts),
            question="the style of the text",
            labels=tuple(dict.fromkeys((*self.targets(), draft.target, self.config.neutral))),
        )
        attempt = led(attempt, scores, draft.target, self.config.margin)
        return attempt if attempt.refusal else await self._same_meaning(draft, attempt)


def led(attempt: Attempt, scores: LabelScores, style: str, least: float) -> Attempt:
    """The attempt with the check `style`: whether it leads the other labels by the margin or more."""
    margin = scores.margin(style)
    if margin is None:
        rule = CALL_FAILED if scores.reason.startswith("model_") else AS_ASKED
        return attempt.refused(of_judge(Refusal(scores.reason, rule)))
    if margin >= least:
        return attempt.checked(Check("style", True), style_margin=margin)
    over = max((label for label in scores.scores if label != style), key=lambda label: scores.scores[label])
    points = f"of 10 points it has {scores.scores[style]}, {over} has {scores.scores[over]}"
    told = f"Its style isn't clearly {style}: {points}."
    refusal = Objection(
        reason="style_not_met",
        rule="the style's score leads each other label's by the margin",
        measured=margin,
        threshold=least,
        told=told,
    )
    return attempt.checked(Check("style", False, refusal))
