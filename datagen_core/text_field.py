"""The part of a row, or of a seed, that is compared."""

from __future__ import annotations

import json
from collections.abc import Sequence

from datagen_core.errors import InputError
from datagen_core.inputs import Seed
from datagen_core.row_forms import as_sample
from datagen_core.sample import Sample

_SEED_TEXT = ("text", "content")
_SEED_TEXT_UNLESS_A_COLUMN = ("input", "response")


class TextField:
    """One named part of a row as text, or several joined by newlines; None: all that is said in it.

    That is the response, with the input before it where there is one, or the turns of a conversation. Of an input that
    ends in the `question` that its method noted only that counts: before it stand passages, which many rows show.
    """

    def __init__(self, field: str | Sequence[str] | None) -> None:
        self._is_all = field is None
        self.names = ("text",) if field is None else (field,) if isinstance(field, str) else tuple(field)
        if not self.names:
            raise InputError("no field to compare", where="field", expected="one name or a list of names")

    def texts(self, samples: Sequence[Sample]) -> list[str | None]:
        """The text of each row, None for a row without any of the parts.

        Raises:
            InputError: when no row at all has one of the parts.
        """
        if self._is_all:
            return [_said(sample) for sample in samples]
        texts = [_joined([sample.text_of(name) for name in self.names]) for sample in samples]
        if samples and all(text is None for text in texts):
            raise InputError(
                f"no row has the field {self}",
                where=samples[0].id,
                expected=f"one of {', '.join(samples[0].field_names())}",
                hint="correct `field:` of this validator",
            )
        return texts

    def of_seed(self, seed: Seed) -> str | None:
        """The counterpart in a seed: its text, or a column of that name; None where it has neither.

        `text` and `content` mean the seed's text, `input` and `response` a column of that name, else the text.
        """
        if self._is_all:
            return _said(as_sample(seed))
        return _joined([_seed_part(seed, name) for name in self.names])

    def __str__(self) -> str:
        return " + ".join(repr(name) for name in self.names)


def _said(sample: Sample) -> str:
    asked = sample.metadata.method.get("question")
    if isinstance(asked, str) and asked and sample.input.endswith(asked):
        return "\n".join(filter(None, (asked, sample.response)))
    parts = [turn.content for turn in sample.messages] or [sample.input, sample.response]
    return "\n".join(filter(None, parts))


def _joined(parts: Sequence[str | None]) -> str | None:
    found = [part for part in parts if part is not None]
    return "\n".join(found) if found else None


def _seed_part(seed: Seed, name: str) -> str | None:
    if name in _SEED_TEXT:
        return seed.text
    value = seed.row.get(name)
    if value is not None:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    if name in _SEED_TEXT_UNLESS_A_COLUMN:
        return seed.text
    return seed.label if name == "label" else None
