"""Options of the selectors."""

from __future__ import annotations

import hashlib
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from datagen_core import Config

MAX_NUMBER = 1e15
QUALITY = "quality_score"
"""The score key that means `metadata.quality_score`: the mean of the validators' scores."""

Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Share = Annotated[float, Field(ge=0, le=MAX_NUMBER)]
KEY = "label, arm, parent (the chunk or seed that a row came from), a field, or a column of metadata.method"
COMPARED = (
    "part of the row that is embedded (text, input, label, a field), or a list of parts; by default all that is "
    "said, each message of a conversation and each text of a record included"
)
SCORE = f"{QUALITY} (metadata), a field, or a column of metadata.method"

COMPLEXITY = "Rate how complex this request is, from 1 to 6.\n### Request:\n{instruction}\n### Complexity: "
ANSWER_QUALITY = (
    "Rate how good this answer to the question is, from 1 to 6.\n"
    "### Question:\n{instruction}\n### Answer:\n{response}\n### Quality: "
)


class LimaConfig(Config):
    """LIMA's rules for answers of community sites. Lists of words are of English; give your own for others."""

    field: str = Field("response", min_length=1, description="the part of the row that is the answer")
    min_chars: int = Field(1200, ge=0, le=10**9, description="shortest answer (length >= min_chars)")
    max_chars: int = Field(4096, ge=0, le=10**9, description="longest answer (length <= max_chars)")
    source: str = Field("arm", min_length=1, description=f"what a row's source is: {KEY}")
    per_source: int | None = Field(
        None, ge=0, le=10**9, description="the most rows of one source; null: no limit"
    )
    score: str | None = Field(
        None, min_length=1, description=f"the answer's score, best first within a source: {SCORE}; null: none"
    )
    min_score: float = Field(
        10.0, ge=-MAX_NUMBER, le=MAX_NUMBER, description="with `score`: the lowest that passes (>=)"
    )
    first_person: tuple[Phrase, ...] = Field(
        ("I", "me", "my", "mine", "myself"),
        description="words that an answer may not have; with a capital they are matched as written; []: off",
    )
    other_answers: tuple[Phrase, ...] = Field(
        (
            *("as mentioned", "stack exchange", "stackexchange", "stack overflow", "stackoverflow"),
            *("other answer", "other answers", "another answer", "previous answer", "previous answers"),
            *("answer above", "answers above", "above answer", "above answers", "answer below"),
            *("accepted answer", "upvote", "upvoted", "downvote", "downvoted"),
        ),
        description="phrases that refer to other answers, in any case; []: off",
    )
    markup: Literal["reject", "count"] = Field(
        "reject",
        description="answers with HTML, links or images outside of code: reject, or keep and count them",
    )
    title: str = Field("title", min_length=1, description="column with the title of a row's question")
    body: str = Field("body", min_length=1, description="column with the body of a row's question")

    @model_validator(mode="after")
    def _bounds_are_in_order(self) -> LimaConfig:
        if self.min_chars > self.max_chars:
            raise ValueError(f"min_chars {self.min_chars} is over max_chars {self.max_chars}")
        return self


class DeitaPrompts(Config):
    """Templates of your own in place of the packaged ones, with the same variables."""

    complexity: str | None = Field(None, min_length=1, description="Jinja2 text that asks about instructions")
    quality: str | None = Field(None, min_length=1, description="Jinja2 text that asks about responses")


class DeitaConfig(Config):
    """Who scores complexity and quality, and how near a row may be to those already kept."""

    scorer: Literal["judge", "local", "fields"] = Field(
        "judge",
        description="judge: a model ranks the variants of a family; local: the digits' logits of two causal "
        "models; fields: scores that rows already bear",
    )
    max_cosine_similarity: float = Field(
        0.9, ge=-1, le=1, description="a row is kept if its nearest kept row is at most so near (<=)"
    )
    field: str | tuple[str, ...] | None = Field(None, description=COMPARED)
    model: str = Field("generator", min_length=1, description="judge: an alias of models:, or a model's name")
    max_tokens: int = Field(1024, ge=1, le=1_000_000, description="judge: the most tokens of one answer")
    max_variants: int = Field(26, ge=2, le=26, description="judge: a larger family is halved until it fits")
    max_prompt_chars: int = Field(
        100_000, ge=1000, le=1_500_000, description="judge: the most characters of variants in one prompt"
    )
    prompts: DeitaPrompts = Field(DeitaPrompts(), description="judge: templates of your own")
    complexity_model: str | None = Field(
        None,
        min_length=1,
        description="local: folder, or hub name of downloaded weights, that scores instructions",
    )
    quality_model: str | None = Field(
        None,
        min_length=1,
        description="local: folder, or hub name of downloaded weights, that scores responses",
    )
    complexity_template: str = Field(
        COMPLEXITY, min_length=1, description="local: the prompt before the digit, with {instruction}"
    )
    quality_template: str = Field(
        ANSWER_QUALITY, min_length=1, description="local: the same with {instruction} and {response}"
    )
    max_prompt_tokens: int = Field(
        2048, ge=16, le=1_000_000, description="local: a turn with a longer prompt isn't scored"
    )
    device: str = Field(
        "auto", min_length=1, description="local: a torch device; auto: cuda where there is one"
    )
    complexity: str = Field(
        "complexity", min_length=1, description="fields: column with a number, or a list with one per turn"
    )
    quality: str = Field("quality", min_length=1, description="fields: the same for quality")

    @model_validator(mode="after")
    def _local_has_its_models(self) -> DeitaConfig:
        if self.scorer == "local" and not (self.complexity_model and self.quality_model):
            raise ValueError("scorer: local needs complexity_model and quality_model")
        if "{instruction}" not in self.complexity_template:
            raise ValueError("complexity_template has no {instruction}")
        if "{instruction}" not in self.quality_template or "{response}" not in self.quality_template:
            raise ValueError("quality_template needs {instruction} and {response}")
        return self

    def fingerprint(self) -> dict[str, Any]:
        """The options, and the packaged templates where a model is asked: other prompts are another judge."""
        given = super().fingerprint()
        if self.scorer != "judge":
            return given
        folder = resources.files("datagen_plugin_selection") / "prompts"
        texts = [(folder / f"{name}.j2").read_bytes() for name in ("complexity", "quality")]
        return given | {"packaged": hashlib.blake2b(b"\0".join(texts), digest_size=16).hexdigest()}


class KCenterConfig(Config):
    """Where to begin, and when all are near enough."""

    field: str | tuple[str, ...] | None = Field(None, description=COMPARED)
    first: str | None = Field(
        None, min_length=1, description="id of the first row; null: the row nearest to the mean of all"
    )
    covered_at: float | None = Field(
        None,
        ge=-1,
        le=1,
        description="stop when each row left has a kept one at this cosine similarity (>=); null: stop at n alone",
    )


class CoverageConfig(Config):
    """What a group of near rows is, and what is kept of it."""

    field: str | tuple[str, ...] | None = Field(None, description=COMPARED)
    min_cosine_similarity: float = Field(
        0.95, ge=-1, le=1, description="two rows at this cosine similarity or above are of one cluster (>=)"
    )
    keep: Literal["centroid", "diverse"] = Field(
        "centroid",
        description="centroid: those nearest to their cluster's mean; diverse: the nearest one, then the farthest",
    )
    per_cluster: int = Field(1, ge=1, le=10**9, description="the most rows of one cluster")


class StratifiedConfig(Config):
    """Which strata there are and how large a share each gets."""

    by: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        ("label",), min_length=1, description=f"the keys that make the strata: each is {KEY}"
    )
    shares: dict[str, dict[str, Share]] = Field(
        {}, description="key → value → share; a key without shares has its values in equal parts"
    )
    minimum: int = Field(
        0, ge=0, le=10**9, description="rows that every stratum is to have at least, as far as n goes round"
    )
    score: str = Field(QUALITY, min_length=1, description=f"best first within a stratum: {SCORE}")
    fill: bool = Field(False, description="let other strata fill what one lacks; said in the notes")

    @model_validator(mode="after")
    def _shares_are_of_keys(self) -> StratifiedConfig:
        if len(set(self.by)) < len(self.by):
            raise ValueError("a key is in `by` twice")
        for key, shares in self.shares.items():
            if key not in self.by:
                raise ValueError(f"shares of {key!r}, which isn't in `by`: {', '.join(self.by)}")
            if not sum(shares.values()) > 0:
                raise ValueError(f"the shares of {key!r} sum to 0")
        return self


class TopConfig(Config):
    """By which score, and from where on."""

    score: str = Field(QUALITY, min_length=1, description=f"the score: {SCORE}; higher is better")
    min_score: float | None = Field(
        None, ge=-MAX_NUMBER, le=MAX_NUMBER, description="the lowest that is kept (>=); null: any"
    )
