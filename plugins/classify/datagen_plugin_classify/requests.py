"""The three requests: for a text, for its label, for the definitions of all labels; with their schemas."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from datagen_core.inputs import Inputs
from datagen_core.llm.brief import brief
from datagen_core.llm.prompts import Prompt
from datagen_core.llm.structured import AnswerSchema
from datagen_core.model import ChatRequest
from datagen_core.nothing import EMPTY
from datagen_plugin_classify import definitions, verification
from datagen_plugin_classify.config import ClassifyConfig
from datagen_plugin_classify.definitions import Definition
from datagen_plugin_classify.drafts import Draft
from datagen_plugin_classify.labels import Label
from datagen_plugin_classify.schemas import closed

PACKAGE = "datagen_plugin_classify"


class Requests:
    """What is asked of models.

    Args:
        labels: The recipe's, by name.
        may_name: The names of those that their texts may name.
    """

    def __init__(
        self, config: ClassifyConfig, inputs: Inputs, labels: Mapping[str, Label], may_name: frozenset[str]
    ) -> None:
        self._config, self._inputs, self._labels, self._may_name = config, inputs, labels, may_name
        self._told = brief(inputs)
        self._told["details"].pop("label_descriptions", None)
        self._defined: Mapping[str, Definition] = EMPTY
        self.write_schema = text_schema(has_reason=config.mode == "boundary")
        self.verify_schema = verification.schema_of(labels)
        self.define_schema = definitions.schema_of(list(labels.values()))

    def by(self, defined: Mapping[str, Definition]) -> Requests:
        """The same with labels defined, for one batch."""
        out = copy.copy(self)
        out._defined = defined
        return out

    @cached_property
    def _write_prompt(self) -> Prompt:
        """Filled with what the texts of a batch share."""
        labels = [self._known(label) for label in self._labels.values()]
        return self._prompt("write").given(**self._told | {"labels": labels}, mode=self._config.mode)

    def write(self, draft: Draft, params: Mapping[str, Any]) -> ChatRequest:
        """For one text.

        Args:
            params: What a tuner chose for this batch.
        """
        messages = self._write_prompt.messages(
            label=_named(draft.label),
            definition=self._defined.get(draft.label.name),
            may_name=draft.label.name in self._may_name,
            language=draft.language,
            values={key: value for key, value in draft.values.items() if key != "language"},
            axes=draft.axes,
            examples=[seed.text for seed in draft.examples],
            contrast=self._known(draft.contrast) if draft.contrast else None,
            contrast_examples=[seed.text for seed in draft.contrast_examples],
        )
        return ChatRequest(
            messages=messages,
            max_tokens=self._config.max_tokens,
            temperature=params.get("temperature", self._config.temperature),
            top_p=params.get("top_p", self._config.top_p),
        )

    def verify(self, text: str, order: Sequence[str]) -> ChatRequest:
        """For the label of a text, out of all in this order."""
        labels = [self._known(self._labels[name]) for name in order]
        return ChatRequest(
            messages=self._prompt("verify").messages(**self._told | {"labels": labels}, text=text),
            max_tokens=self._config.verify_max_tokens,
            temperature=0.0,
        )

    @cached_property
    def define(self) -> ChatRequest:
        """For all definitions: the same in every batch, so that the cache pays it once."""
        labels = [
            {
                **_named(label),
                "key": definitions.key(at),
                "examples": [seed.text for seed in label.first_seeds(self._config.examples)],
            }
            for at, label in enumerate(self._labels.values())
        ]
        usual = definitions.BASE_TOKENS + definitions.TOKENS_PER_LABEL * len(labels)
        return ChatRequest(
            messages=self._prompt("define").messages(**self._told | {"labels": labels}),
            max_tokens=self._config.definitions_max_tokens or usual,
            temperature=0.0,
        )

    def try_prompts(self) -> None:
        """Renders each prompt once. Raises InputError where a recipe's own can't be used."""
        first, *others = self._labels.values()
        draft = Draft(label=first, language=self._inputs.languages[0], contrast=next(iter(others), None))
        defined = {name: Definition(text="", includes=(), excludes=()) for name in self._labels}
        self.by(defined).write(draft, EMPTY)
        self.verify("", list(self._labels))
        _ = self.define

    def _known(self, label: Label) -> dict[str, str]:
        """A label with the recipe's description, else its definition, where there is one."""
        defined = self._defined.get(label.name)
        description = label.description or (defined.text if defined else "")
        return {"name": label.shown, "description": description}

    def _prompt(self, name: str) -> Prompt:
        override = getattr(self._config.prompts, name)
        return Prompt.from_package(PACKAGE, name, override=override, where=f"with.prompts.{name}")


def text_schema(*, has_reason: bool) -> AnswerSchema:
    """A text, and near a boundary the reason for its label."""
    parts = {"text": {"type": "string", "description": "the text"}}
    if has_reason:
        parts["reason"] = {"type": "string", "description": "one sentence"}
    return AnswerSchema(closed(parts))


def _named(label: Label) -> dict[str, str]:
    return {"name": label.shown, "description": label.description}
