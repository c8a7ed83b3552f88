"""A sample as the grammar drew it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from datagen_core.generator import GenerateRequest
from datagen_core.nothing import EMPTY
from datagen_core.sample import Sample
from datagen_plugin_templater.slots import fill


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A sample as drawn.

    Attributes:
        response: The text, or the record as JSON; of a record with slots only once they are filled.
        fields: The record; empty for a text.
        method: What `metadata.method` holds.
        prompts: What a model is asked for each slot; marks stand for them in the text or in the record's strings.
        params: How the model was asked.
    """

    response: str
    fields: Mapping[str, Any]
    label: str | None
    method: Mapping[str, Any]
    prompts: tuple[str, ...] = ()
    params: Mapping[str, Any] = EMPTY

    def filled(self, texts: Sequence[str]) -> Drawn:
        """The sample with a text in each slot; all else is as it was drawn."""
        fields = fill(self.fields, texts) if self.fields else self.fields
        response = json.dumps(fields, ensure_ascii=False) if fields else fill(self.response, texts)
        method = {**self.method, "bindings": fill(self.method["bindings"], texts)}
        return replace(self, response=response, fields=fields, method=method, prompts=())

    def row(self, request: GenerateRequest) -> Sample:
        """The row it makes."""
        return request.sample(
            response=self.response,
            label=self.label,
            fields=self.fields,
            method=self.method,
            params=self.params,
        )
