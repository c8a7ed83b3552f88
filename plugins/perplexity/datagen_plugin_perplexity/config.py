"""Options of the perplexity validator."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from datagen_core import Config
from datagen_core.model_weights import digest, folder_of

MOST = 1e15
MOST_IFD = 1_000.0


class PerplexityConfig(Config):
    """The model, what it is shown, and between which bounds a row passes. All bounds are inclusive."""

    model: str = Field(min_length=1, description="a causal language model: a folder, or a name on the hub")
    revision: str | None = Field(None, min_length=1, description="the commit or tag, of a model on the hub")
    download: bool = Field(False, description="whether weights that aren't on this machine may be fetched")
    device: str = Field("cpu", pattern=r"^(cpu|mps|cuda(:\d+)?)$", description="where the model runs")
    field: str = Field("response", min_length=1, description="the part of the row that is measured")
    per: Literal["token", "char", "byte"] = Field(
        "token",
        description="token: perplexity; char, byte: bits per character or UTF-8 byte (comparable across models)",
    )
    min: float | None = Field(None, ge=0, le=MOST, description="lowest value that passes (value >= it)")
    max: float | None = Field(None, gt=0, le=MOST, description="highest value that passes (value <= it)")
    given_input: bool = Field(False, description="whether the input stands before the text, unmeasured")
    min_ifd: float | None = Field(None, ge=0, le=MOST_IFD, description="lowest IFD that passes (IFD >= it)")
    max_ifd: float | None = Field(None, gt=0, le=MOST_IFD, description="highest IFD that passes (IFD <= it)")
    prompt: str = Field(
        "{input}\n\n", max_length=10_000, description="what stands before the text, {input} replaced"
    )
    max_tokens: int = Field(
        1_024, ge=2, le=1_000_000, description="tokens of one window, where the model takes as many"
    )
    stride: int = Field(512, ge=1, le=1_000_000, description="tokens between the starts of two windows")
    batch_tokens: int = Field(
        2_048, ge=1, le=10_000_000, description="tokens that the model is shown at once, padding counted"
    )
    max_chars: int = Field(50_000, ge=1, le=10**8, description="longer rows, with their input, are refused")

    @field_validator("model")
    @classmethod
    def _found(cls, value: str, info: ValidationInfo) -> str:
        return folder_of(value, (info.context or {}).get("base"))

    @model_validator(mode="after")
    def _agree(self) -> PerplexityConfig:
        for low, high, name in ((self.min, self.max, ""), (self.min_ifd, self.max_ifd, "_ifd")):
            if low is not None and high is not None and low > high:
                raise ValueError(f"min{name} {low} is more than max{name} {high}: no row can pass")
        if self.stride > self.max_tokens:
            raise ValueError(
                f"stride {self.stride} is more than max_tokens {self.max_tokens}: tokens would be left out"
            )
        if "{input}" not in self.prompt:
            raise ValueError("prompt doesn't say where the input goes: write {input}")
        return self

    def fingerprint(self) -> dict[str, Any]:
        """The options; weights in a folder count by content, not by path."""
        given = super().fingerprint()
        folder = Path(self.model)
        return given | {"model": digest(folder)} if folder.is_dir() else given
