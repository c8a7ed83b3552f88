"""Domain, style and tone: a model scores the label wanted and others, and the wanted one must lead by a margin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from datagen_core.jsontext import dumps
from datagen_core.llm.label_scores import LabelScores
from datagen_plugin_controlled.constraints import Constraint, Finding, found

BUILT_IN: Mapping[str, tuple[str, ...]] = {
    "domain": ("education", "entertainment", "finance", "health", "law", "science", "sports", "technology", "travel"),
    "style": ("academic", "conversational", "journalistic", "narrative", "persuasive", "technical"),
    "tone": ("apologetic", "enthusiastic", "friendly", "humorous", "neutral", "stern"),
}  # fmt: skip
"""Labels that exclude each other more often than not: what a wanted label is judged against by default."""

CLAUSES = {
    "domain": "It belongs to the domain {} and says what someone of that domain would.",
    "style": "Its style is {}, beyond doubt.",
    "tone": "Its tone is {}, beyond doubt.",
}


class Judged(Constraint):
    """A label that leads the others."""

    def __init__(self, name: str, wanted: str, alternatives: Sequence[str]) -> None:
        self.name = name
        self.wanted = wanted
        others = {other.casefold(): other for other in alternatives if other.casefold() != wanted.casefold()}
        self.labels = tuple(sorted([wanted, *others.values()], key=str.casefold))

    def clause(self) -> str:
        """In words."""
        return CLAUSES[self.name].format(dumps(self.wanted))

    def judged(self, scores: LabelScores, margin: float, before: Finding | None) -> Finding:
        """See `led`."""
        return led(self, scores, margin)


def led(constraint: Constraint, scores: LabelScores, margin: float) -> Finding:
    """Whether the wanted label leads each other one by the margin or more.

    Measured: the `margin` and the label that it is `over`; None and `unread`, a reason code, where the judge's answer
    can't be used.
    """
    wanted, kind = str(constraint.wanted), constraint.name
    lead = scores.margin(wanted)
    if lead is None:
        return Finding(
            measured={"margin": None, "unread": scores.reason},
            said=f"the judge can't be read: {scores.reason}",
        )
    over = max((label for label in scores.scores if label != wanted), key=lambda label: scores.scores[label])
    points, most = scores.scores[wanted], scores.scores[over]
    said = f"as its {kind}, {dumps(wanted)} has {points} of 10 and {dumps(over)} {most}; a lead of {margin:g} is needed"
    return found(lead >= margin, said, margin=float(lead), over=over)
