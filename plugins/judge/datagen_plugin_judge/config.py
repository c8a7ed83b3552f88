"""Options of the judge."""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import Any

from pydantic import Field

from datagen_core import Config

RUBRIC = """\
- Correctness: what is stated is true, follows, and contradicts neither itself nor the label.
- Clarity: it is well-formed and can be understood without guessing.
- Usefulness: a model trained on it would learn the task from it; it is specific, not filler.
- Fit: it is what the task asks for, in form, language, length and tone.
"""


class JudgePrompts(Config):
    """A template of your own in place of the packaged one, with the same variables."""

    judge: str | None = Field(None, min_length=1, description="Jinja2 text that asks for a grade")


class JudgeConfig(Config):
    """Who grades, by what, and from where on a row passes."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    rubric: str = Field(RUBRIC, min_length=1, description="the criteria, in words")
    threshold: float = Field(0.7, ge=0, le=1, description="the lowest score that passes (score >= threshold)")
    temperature: float | None = Field(0.0, ge=0, le=2, description="null leaves the provider's default")
    max_tokens: int = Field(512, ge=1, le=1_000_000, description="the most tokens of one grade")
    prompts: JudgePrompts = Field(JudgePrompts(), description="a template of your own")

    def fingerprint(self) -> dict[str, Any]:
        """The options, and the packaged template where it is used: another prompt is another judge."""
        given = super().fingerprint()
        if self.prompts.judge is not None:
            return given
        text = (resources.files("datagen_plugin_judge") / "prompts" / "judge.j2").read_bytes()
        return given | {"prompt": hashlib.blake2b(text, digest_size=16).hexdigest()}
