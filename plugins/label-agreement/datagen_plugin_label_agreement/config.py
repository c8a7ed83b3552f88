"""Options of the label-agreement validator."""

from __future__ import annotations

from pydantic import Field

from datagen_core.config import Config


class LabelAgreementConfig(Config):
    """The threshold, if rows are to be rejected, and the strength of the classifier's fit."""

    threshold: float | None = Field(
        None,
        ge=0.0,
        le=1.0,
        description="reject a row whose label is less probable; by default rows are scored and none rejected",
    )
    c: float = Field(
        10.0,
        gt=0.0,
        le=1e6,
        description="C of the logistic regression: larger follows the seeds more closely",
    )
