"""Whether an arm still earns what was predicted: a two-sided CUSUM, and how often arms change."""

from __future__ import annotations

from dataclasses import dataclass

SLACK = 0.75
"""Shift, in standard deviations, that is let pass: half of the smallest that matters (Page 1954)."""

THRESHOLD = 8.0
"""Sum at which it alarms: a degraded endpoint (five deviations) in two or three batches, by chance hardly ever."""

CLIP = 5.0
"""Deviations that one batch counts at most: a single freak is no change."""


@dataclass(slots=True)
class Cusum:
    """Cumulated sums of standardised prediction errors, upwards and downwards.

    Source: Page, Continuous inspection schemes, Biometrika 41, 1954. Errors are standardised by the
    predictive deviation, so an arm that is hardly known raises no alarm.
    """

    up: float = 0.0
    down: float = 0.0
    alarms: int = 0

    def sees(self, error: float) -> bool:
        """Takes a standardised error; whether it alarms, after which both sums start anew."""
        bounded = min(max(error, -CLIP), CLIP)
        self.up = max(0.0, self.up + bounded - SLACK)
        self.down = max(0.0, self.down - bounded - SLACK)
        if max(self.up, self.down) < THRESHOLD:
            return False
        self.up = self.down = 0.0
        self.alarms += 1
        return True


CHANGE_VARIANCE = 0.06
"""Variance of the step that an arm has made when it raises an alarm."""

DRIFT_VARIANCE = 2.0
"""The same for arms that change unnoticed, because they aren't chosen: more, or they would be tried too late."""

GUESSED_BATCHES = 50.0


def drift_variance(alarms: int, batches: int) -> float:
    """Variance of an arm's step per batch: none before the first alarm, then the rate of alarms × a change's."""
    return DRIFT_VARIANCE * alarms / (batches + GUESSED_BATCHES)
