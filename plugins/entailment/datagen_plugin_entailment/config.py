"""Options of both validators."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from datagen_core import Config
from datagen_core.model_weights import digest, folder_of

MODEL = "MoritzLaurer/mDeBERTa-v3-base-mnli-xnli"
"""MIT licence; fine-tuned on NLI in 15 languages (XNLI), its base pretrained on 100."""


class LabelNames(Config):
    """Which of the model's labels means what, where its names don't say."""

    entailment: str | None = Field(None, min_length=1, description="the model's label for: it follows")
    contradiction: str | None = Field(None, min_length=1, description="the model's label for: it can't be so")

    @model_validator(mode="after")
    def _both(self) -> LabelNames:
        if self.contradiction is not None and self.entailment is None:
            raise ValueError("contradiction is named, entailment isn't: name it too")
        return self


class EntailmentConfig(Config):
    """The model, what it is shown, and from which probabilities on a row passes."""

    model: str = Field(MODEL, min_length=1, description="a folder, or a name on the Hugging Face hub")
    revision: str | None = Field(None, min_length=1, description="the commit or tag, of a model on the hub")
    download: bool = Field(False, description="whether weights that aren't on this machine may be fetched")
    device: str = Field("cpu", pattern=r"^(cpu|mps|cuda(:\d+)?)$", description="where the model runs")
    labels: LabelNames = Field(LabelNames(), description="what the model's labels mean, where unclear")
    check: Literal["grounded", "answerable"] = Field(
        "grounded",
        description="grounded: the response follows from the source; answerable (QNLI models): it answers the input",
    )
    field: str = Field("response", min_length=1, description="the part of the row whose sentences are judged")
    column: str | None = Field(
        None, min_length=1, description="the part of the row that is the source; by default its lineage"
    )
    over: Literal["min", "mean"] = Field(
        "min", description="a row's score: of its worst sentence, or the mean"
    )
    min_entailment: float = Field(0.5, ge=0, le=1, description="lowest score that passes (score >= it)")
    max_contradiction: float = Field(
        0.5, ge=0, le=1, description="a sentence is contradicted where P(contradiction) > it"
    )
    max_tokens: int = Field(
        512, ge=32, le=32_768, description="tokens of one pair, where the model takes as many"
    )
    batch_size: int = Field(16, ge=1, le=4096, description="pairs that the model is shown at once")
    max_response_chars: int = Field(20_000, ge=1, le=10**7, description="longer rows are refused")
    max_source_chars: int = Field(
        200_000, ge=1, le=10**8, description="rows with a longer source are refused"
    )
    max_pairs: int = Field(
        2_000, ge=1, le=10**6, description="windows × sentences of one row, beyond which it is refused"
    )

    @field_validator("model")
    @classmethod
    def _found(cls, value: str, info: ValidationInfo) -> str:
        return folder_of(value, (info.context or {}).get("base"))

    def fingerprint(self) -> dict[str, Any]:
        """The options; weights in a folder count by content, not by path."""
        given = super().fingerprint()
        folder = Path(self.model)
        return given | {"model": digest(folder)} if folder.is_dir() else given


class JudgePrompts(Config):
    """A template of your own in place of the packaged one, with the same variables."""

    judge: str | None = Field(None, min_length=1, description="Jinja2 text that asks for the verdicts")


class EntailmentJudgeConfig(Config):
    """Who judges, what is asked, and from where on a row passes."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    check: Literal["grounded", "answerable", "both"] = Field(
        "grounded", description="grounded: of the response's sentences; answerable: of the input; or both"
    )
    field: str = Field("response", min_length=1, description="the part of the row whose sentences are judged")
    column: str | None = Field(
        None, min_length=1, description="the part of the row that is the source; by default its lineage"
    )
    min_supported: float = Field(
        1.0, ge=0, le=1, description="lowest share of supported sentences that passes (share >= it)"
    )
    answerable: Literal["yes", "partly"] = Field(
        "yes", description="the least that passes: wholly answerable, or in part"
    )
    temperature: float | None = Field(0.0, ge=0, le=2, description="null leaves the provider's default")
    max_tokens: int = Field(2_048, ge=1, le=1_000_000, description="the most tokens of one answer")
    prompts: JudgePrompts = Field(JudgePrompts(), description="a template of your own")

    def fingerprint(self) -> dict[str, Any]:
        """The options, and the packaged template where it is used: another prompt is another judge."""
        given = super().fingerprint()
        if self.prompts.judge is not None:
            return given
        text = (resources.files("datagen_plugin_entailment") / "prompts" / "judge.j2").read_bytes()
        return given | {"prompt": hashlib.blake2b(text, digest_size=16).hexdigest()}
