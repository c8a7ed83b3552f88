"""The transform `redact`: rows with what is found in them replaced, and nothing else changed."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from datagen_core.errors import InputError
from datagen_core.generator import GenerateRequest, Generator
from datagen_core.inputs import Inputs
from datagen_core.originals import originals
from datagen_core.sample import Rejection, Sample
from datagen_plugin_pii.config import RedactConfig
from datagen_plugin_pii.detector import Detector
from datagen_plugin_pii.finding import Finding
from datagen_plugin_pii.row_texts import changed, is_named
from datagen_plugin_pii.surrogates import Surrogates, identity

_PLACEHOLDER = re.compile(r"<([A-Z_]{2,20})_([0-9]{1,6})>")


class Redact(Generator[RedactConfig]):
    """Each original with its personal data replaced; one without any passes unchanged. No model is asked.

    `metadata.method` holds `mode` and `redacted`: type → how many findings were replaced, and never a value.

    Raises:
        InputError: `salt_env` names a variable that isn't set; a region without phone numbers.
        PluginError: presidio, or its model, isn't installed.
    """

    def __init__(self, config: RedactConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._detector = Detector(config, inputs.languages)
        self._salt = _salt(config)
        self._surrogates = Surrogates(config, inputs.languages, self._salt)

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """One row for each original, in order; `no_original` where there is none for a row wanted."""
        for original in originals(request):
            if original.sample is None:
                cell = original.cell
                wanted = ", ".join(filter(None, [cell.label, *(f"{k}={v}" for k, v in cell.values)]))
                rule = "an original with the label and values of the row wanted"
                yield request.reject("no_original", rule, measured=wanted or None)
                continue
            row = Redaction(self._detector, self._surrogates, self.config, original.sample)
            yield request.sample(
                **row.made,
                parents=original.parents,
                params={"mode": self.config.mode},
                method={"mode": self.config.mode, "redacted": dict(sorted(row.counts.items()))},
            )

    def carried(self, columns: Mapping[str, Any]) -> Mapping[str, Any]:
        """The other columns are redacted too; placeholders in them are numbered by themselves."""
        row = Redaction(self._detector, self._surrogates, self.config, Sample(id="", fields=columns))
        fields: Mapping[str, Any] = row.made["fields"]
        return fields

    def labels(self) -> frozenset[str] | None:
        """The labels of the seeds; without seeds or labels: any."""
        if not self.inputs.seeds or not self.inputs.labels:
            return None
        return frozenset(seed.label for seed in self.inputs.seeds if seed.label is not None)

    def steers(self) -> frozenset[str]:
        """The keys of the recipe's coverage that are columns of all seeds: a row is what its seed is."""
        seeds = self.inputs.seeds
        return frozenset(
            key
            for key in self.inputs.coverage
            if seeds and all(seed.row.get(key) is not None for seed in seeds)
        )

    def digest(self) -> str:
        """Of the salt, where an environment variable holds it: another salt is another run."""
        if self.config.salt_env is None:
            return ""
        return hashlib.blake2b(self._salt.encode(), digest_size=16, person=b"datagen-pii").hexdigest()

    def notices(self) -> Sequence[str]:
        """What isn't replaced, and what a guess could undo."""
        told = ["Names and postal addresses have no pattern and stay as they are."]
        if self.config.mode == "surrogate" and not self._salt:
            told.append("Surrogates without a salt can be checked against guesses: set salt_env.")
        return told


class Redaction:
    """One row without what was found in it.

    Attributes:
        made: What `GenerateRequest.sample` takes.
        counts: Type → findings replaced.
    """

    def __init__(
        self, detector: Detector, surrogates: Surrogates, config: RedactConfig, sample: Sample
    ) -> None:
        self._detector, self._surrogates, self._config = detector, surrogates, config
        self._names: dict[tuple[str, str], str] = {}
        self._used: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        if config.mode == "placeholder":
            changed(sample, self._number_from)
        self.made: dict[str, Any] = changed(sample, self._replaced)

    def _number_from(self, part: str, text: str) -> str:
        """Placeholders that a row holds already keep their numbers."""
        for kind, number in _PLACEHOLDER.findall(text):
            self._used[kind] = max(self._used[kind], int(number))
        return text

    def _replaced(self, part: str, text: str) -> str:
        if not text or not is_named(part, self._config.parts):
            return text
        pieces, at = [], 0
        for one in self._detector.find(text, part):
            pieces += [text[at : one.start], self._name(one)]
            at = one.end
            self.counts[one.kind] += 1
        return "".join([*pieces, text[at:]])

    def _name(self, one: Finding) -> str:
        if self._config.mode == "surrogate":
            return self._surrogates.of(one)
        key = (one.kind, identity(one))
        if key not in self._names:
            self._used[one.kind] += 1
            self._names[key] = f"<{one.kind}_{self._used[one.kind]}>"
        return self._names[key]


def _salt(config: RedactConfig) -> str:
    if config.salt_env is None:
        return config.salt
    found = os.environ.get(config.salt_env, "")
    if not found:
        raise InputError(
            f"the environment variable {config.salt_env} isn't set",
            where="salt_env",
            expected="the salt of the surrogates",
            hint=f"export {config.salt_env}=…, or give salt: in the recipe",
        )
    return found
