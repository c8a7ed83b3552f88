"""The text of the passages that a run's rows cite, beside them: so that what reads its files needs no documents."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from datagen_core.jsontext import dumps
from datagen_core.sources import PASSAGE, chunk_ids
from datagen_core.store.reading import RunReader


class CitedPassages:
    """Finds what the rows of a run cite, among the chunks that the run went back to."""

    def __init__(self, store: RunReader) -> None:
        self._store = store

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        return self._store.source_texts()

    def beside(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """A row's record with the text of what it cites as `passage`, where that is known."""
        cited = chunk_ids(record.get("metadata", {}).get("method", {}))
        found = [self._texts[one] for one in cited if one in self._texts]
        return {**record, PASSAGE: "\n\n".join(found)} if found else record

    def lines(self) -> Iterator[str]:
        """The accepted rows so, as lines of JSON; one that cites nothing is written as it lies in the store."""
        for line in self._store.lines("accepted"):
            yield f"{dumps(self.beside(json.loads(line)))}\n" if '"chunk_id' in line else line
