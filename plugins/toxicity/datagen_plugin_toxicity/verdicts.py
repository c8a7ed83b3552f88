"""What the probabilities of a row's windows come to."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core.inputs import Inputs
from datagen_core.languages import base
from datagen_core.sample import Verdict
from datagen_plugin_toxicity.config import ScoredConfig
from datagen_plugin_toxicity.windows import Window

Scored = tuple[Window, float, str]
"""A window, its probability of being toxic in [0, 1], and the label that it is of ("" where there is one kind)."""


def verdict(scored: Sequence[Scored], foreign: Sequence[str], config: ScoredConfig) -> Verdict:
    """The verdict of the worst window; without one, of what couldn't be judged."""
    worst = max(scored, key=lambda one: one[1], default=None)
    if worst is not None and worst[1] >= config.threshold:
        window, probability, label = worst
        return Verdict(
            passed=False,
            score=1 - probability,
            reason="toxic",
            measured=probability,
            threshold=config.threshold,
            evidence=f"{label}, {window.evidence()}" if label else window.evidence(),
        )
    if foreign and config.undefined == "reject":
        return Verdict(passed=False, reason="toxicity_undefined", evidence=f"another script: {foreign[0]}")
    if worst is None or foreign:
        return Verdict(passed=True, evidence=f"not judged: {', '.join(foreign)[:200]}" if foreign else None)
    return Verdict(passed=True, score=1 - worst[1], measured=worst[1])


def notices(languages: Sequence[str], config: ScoredConfig, inputs: Inputs) -> tuple[str, ...]:
    """Which of the recipe's languages the model isn't made for."""
    known = {base(code) for code in languages}
    others = [code for code in inputs.languages if base(code) not in known]
    if not others:
        return ()
    fate = "pass unjudged" if config.undefined == "pass" else "are rejected"
    return (
        f"the model is made for {', '.join(languages)}; it finds little in {', '.join(others)}, "
        f"and texts in other scripts {fate}",
    )
