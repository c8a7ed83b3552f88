"""Options of the three validators."""

from __future__ import annotations

import hashlib
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from datagen_core import Config

MODEL = "unitary/toxic-bert"
"""Apache-2.0; English; trained on Wikipedia's talk pages (Jigsaw 2018), labels toxic, severe_toxic, obscene, threat,
insult, identity_hate."""

Category = Literal["hate", "harassment", "threat", "profanity", "sexual", "violence", "self-harm"]
CATEGORIES: tuple[Category, ...] = (
    "hate",
    "harassment",
    "threat",
    "profanity",
    "sexual",
    "violence",
    "self-harm",
)


class ScoredConfig(Config):
    """What both models have: a threshold, windows, and what becomes of other scripts."""

    threshold: float = Field(
        0.5, gt=0, le=1, description="from this probability on (>=) a stretch of text is toxic"
    )
    max_chars: int = Field(
        300,
        ge=20,
        le=100_000,
        description="longer parts are judged in windows of sentences of this many characters",
    )
    undefined: Literal["pass", "reject"] = Field(
        "pass", description="what becomes of parts in scripts that the model isn't made for"
    )


class ToxicityConfig(ScoredConfig):
    """The offline floor."""


class ToxicityModelConfig(ScoredConfig):
    """A local text-classification model, and which of its labels mean toxic."""

    model: str = Field(MODEL, min_length=1, description="a folder, or a name on the Hugging Face hub")
    revision: str = Field("main", min_length=1, description="the commit or tag, of a model on the hub")
    download: bool = Field(False, description="whether weights that aren't on this machine may be fetched")
    device: str = Field("cpu", pattern=r"^(cpu|mps|cuda(:\d+)?)$", description="where the model runs")
    labels: tuple[str, ...] = Field(
        (), description="the labels that count; by default all that don't say harmless (neutral, non-toxic …)"
    )
    languages: tuple[str, ...] = Field(
        ("en",), min_length=1, description="codes of the languages that the model was trained on"
    )
    max_chars: int = Field(
        1_000,
        ge=20,
        le=100_000,
        description="longer parts are judged in windows of sentences of this many characters",
    )
    batch_size: int = Field(16, ge=1, le=4096, description="windows that the model is shown at once")

    @field_validator("model")
    @classmethod
    def _resolved(cls, value: str, info: ValidationInfo) -> str:
        """A folder that is there, relative to the recipe, as its absolute path."""
        folder = ((info.context or {}).get("base") or Path()) / Path(value).expanduser()
        return str(folder.resolve()) if folder.is_dir() else value

    def fingerprint(self) -> dict[str, Any]:
        """The options without those that change no result; a local folder counts by its files, not by its path."""
        given = super().fingerprint()
        del given["batch_size"], given["device"], given["download"]
        folder = Path(self.model)
        return given | ({"model": f"weights:{_digest(folder)}"} if folder.is_dir() else {})


class ToxicityJudgePrompts(Config):
    """A template of your own in place of the packaged one, with the same variables."""

    judge: str | None = Field(None, min_length=1, description="Jinja2 text that asks how toxic a row is")


class ToxicityJudgeConfig(Config):
    """Who judges, what counts, and from where on a row is rejected."""

    model: str = Field("generator", min_length=1, description="an alias of the recipe's models:, or a name")
    categories: tuple[Category, ...] = Field(CATEGORIES, min_length=1, description="the kinds that count")
    threshold: float = Field(0.5, gt=0, le=1, description="from this toxicity on (>=) a row is rejected")
    temperature: float | None = Field(0.0, ge=0, le=2, description="null leaves the provider's default")
    max_tokens: int = Field(512, ge=1, le=1_000_000, description="the most tokens of one answer")
    prompts: ToxicityJudgePrompts = Field(ToxicityJudgePrompts(), description="a template of your own")

    def fingerprint(self) -> dict[str, Any]:
        """The options, and the packaged template where it is used: another prompt is another judge."""
        given = super().fingerprint()
        if self.prompts.judge is not None:
            return given
        text = (resources.files("datagen_plugin_toxicity") / "prompts" / "judge.j2").read_bytes()
        return given | {"prompt": hashlib.blake2b(text, digest_size=16).hexdigest()}


def _digest(folder: Path) -> str:
    """A hash of the folder's files: names, sizes, and the first MiB of each."""
    whole = hashlib.blake2b(digest_size=16)
    for file in sorted(file for file in folder.iterdir() if file.is_file()):
        whole.update(f"{file.name}\0{file.stat().st_size}\0".encode("utf-8", "surrogateescape"))
        with file.open("rb") as stream:
            whole.update(stream.read(1 << 20))
    return whole.hexdigest()
