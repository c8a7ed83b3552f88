"""Options of the template generator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, PrivateAttr

from datagen_core import Config, InputPath


class TemplaterConfig(Config):
    """A grammar, and the limits within which samples are drawn from it."""

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

    _base: Path | None = PrivateAttr(None)

    def model_post_init(self, context: Any) -> None:
        """Keeps the recipe's folder, which word lists of an inline grammar start from."""
        self._base = (context or {}).get("base")

    @property
    def base(self) -> Path | None:
        """The recipe's folder, where the options were read from one."""
        return self._base

    def fingerprint(self) -> dict[str, Any]:
        """The options, with the digest of the parsed grammar (word lists included) in place of the grammar."""
        from datagen_plugin_templater.loading import load_grammar

        given = self.model_dump(mode="json", exclude={"grammar"})
        digest = None if self.grammar is None else load_grammar(self.grammar, self.base).digest
        return given | {"grammar": digest}
