"""Options of the template generator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr

from datagen_core import Config, InputPath

ASKING = frozenset({"model", "temperature", "top_p", "max_tokens", "prompts"})
"""The options that matter only to a grammar with `llm_fill`."""


class FillPrompts(Config):
    """Templates in place of the package's own."""

    fill: str | None = Field(
        None,
        min_length=1,
        max_length=64_000,
        description="what the model is asked for the slots of one sample; variables as in prompts/fill.j2",
    )


class TemplaterConfig(Config):
    """A grammar, the limits within which samples are drawn from it, and how a model is asked to fill slots."""

    grammar: InputPath | dict[str, Any] | None = Field(
        None, description="a YAML file or the grammar itself; by default the recipe's grammar:"
    )
    label: str | None = Field(
        None,
        min_length=1,
        description="the non-terminal (texts) or field (records) that is the label, if the grammar names none",
    )
    max_depth: int = Field(
        12,
        ge=1,
        le=100,
        description="most levels of a derivation; where it is short, shallow choices are drawn",
    )
    max_tries: int = Field(
        100, ge=1, le=100_000, description="draws for one row before a batch counts as exhausted"
    )
    max_chars: int = Field(20_000, ge=1, le=10_000_000, description="most characters of one sample")
    model: str = Field(
        "generator", min_length=1, description="alias of the model that fills llm_fill slots, or its name"
    )
    temperature: float | None = Field(
        0.9, ge=0, le=2, description="how freely the model writes; null leaves the provider's default"
    )
    top_p: float | None = Field(
        None, gt=0, le=1, description="only the likeliest tokens, up to this probability together"
    )
    max_tokens: int = Field(
        1024, ge=1, le=1_000_000, description="most tokens of one answer, which fills all slots of a sample"
    )
    prompts: FillPrompts = Field(FillPrompts(), description="templates in place of the package's own")

    _base: Path | None = PrivateAttr(None)

    def model_post_init(self, context: Any) -> None:
        """Keeps the recipe's folder, which word lists of an inline grammar start from."""
        self._base = (context or {}).get("base")

    @property
    def base(self) -> Path | None:
        """The recipe's folder, where the options were read from one."""
        return self._base

    def fingerprint(self) -> dict[str, Any]:
        """The options, with the digest of the parsed grammar (word lists included) in place of the grammar.

        How a model is asked counts where the grammar asks one. Of the recipe's grammar that isn't known here:
        then the options given for it do, and the generator's digest covers the rest.
        """
        from datagen_plugin_templater.loading import load_grammar

        drawing = self.model_dump(mode="json", exclude={"grammar", *ASKING})
        if self.grammar is None:
            return (
                drawing
                | self.model_dump(mode="json", include=set(ASKING), exclude_defaults=True)
                | {"grammar": None}
            )
        grammar = load_grammar(self.grammar, self.base)
        return drawing | (self.asking() if grammar.needs_model else {}) | {"grammar": grammar.digest}

    def asking(self) -> dict[str, Any]:
        """How a model is asked."""
        return self.model_dump(mode="json", include=set(ASKING))
