"""The validator `pii`: what the patterns find in any part of a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from datagen_core.context import Context
from datagen_core.dataset_columns import is_given
from datagen_core.inputs import Inputs
from datagen_core.sample import Sample, Verdict
from datagen_core.suggestion import Suggestion
from datagen_core.validator import Validator
from datagen_plugin_pii.config import BY_MODEL, PiiConfig
from datagen_plugin_pii.detector import Detector
from datagen_plugin_pii.finding import Finding
from datagen_plugin_pii.row_texts import changed, is_named
from datagen_plugin_pii.suggesting import reason_for

MAX_SHOWN = 5
_CLEAN = Verdict(passed=True, measured=0)


class Found(NamedTuple):
    """A finding and the part of the row that it is in."""

    part: str
    finding: Finding

    def told(self, detector: Detector) -> str:
        """What evidence says of it; keys of a record that hold personal data themselves are left out."""
        one, part = self.finding, self.part
        if any(detector.find(text) for text in (part, *part.split("."))):
            part = f"{part.split('.')[0]}.…"
        return f"{one.kind} in {part} {one.start}–{one.end}: «{one.masked}»"


class Pii(Validator[PiiConfig]):
    """A row passes with at most `max_found` findings (found <= max_found).

    There is no score: a row either holds such data or not. Reason: `pii_found` (measured: how many, threshold:
    max_found, evidence: the first five with their type, part, place in characters and form, a star for each letter
    and digit).

    Raises:
        InputError: a region without phone numbers.
        PluginError: presidio, or its model, isn't installed.
    """

    def __init__(self, config: PiiConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._detector = Detector(config, inputs.languages)

    def validate(self, samples: Sequence[Sample]) -> Sequence[Verdict]:
        """One verdict per row, in order."""
        return [self._judge(sample) for sample in samples]

    def notices(self) -> Sequence[str]:
        """What is not looked for."""
        if BY_MODEL & set(self.config.types):
            return ()
        return ("Names and postal addresses have no pattern and aren't looked for; pii-judge asks a model.",)

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """Where the recipe speaks of privacy, or its seeds or documents hold such data.

        Values set aside for examples may stay then: models are right to write them.
        """
        why = reason_for(inputs)
        return None if why is None else Suggestion(why=why, options={"allow_reserved": True})

    def _judge(self, sample: Sample) -> Verdict:
        found: list[Found] = []

        def look(part: str, text: str) -> str:
            if text and is_named(part, self.config.parts):
                found.extend(Found(part, one) for one in self._detector.find(text, part))
            return text

        changed(sample, look)
        if is_given(sample):  # a dataset's other columns are written again as they are
            beside = Sample(id=sample.id, fields=sample.metadata.method)
            changed(beside, lambda part, text: look(part.replace("fields.", "columns.", 1), text))
        if not found:
            return _CLEAN
        told = "; ".join(one.told(self._detector) for one in found[:MAX_SHOWN])
        more = f"; and {len(found) - MAX_SHOWN} more" if len(found) > MAX_SHOWN else ""
        passed = len(found) <= self.config.max_found
        return Verdict(
            passed=passed,
            reason=None if passed else "pii_found",
            measured=len(found),
            threshold=self.config.max_found,
            evidence=told + more,
        )
