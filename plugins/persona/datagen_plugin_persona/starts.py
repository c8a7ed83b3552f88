"""What personas start from: the recipe's texts, or a file of personas; and the personas that there are already."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from datagen_core.config import InputPath
from datagen_core.errors import InputError
from datagen_core.generator import GenerateRequest, PoolView
from datagen_core.inputs import Inputs, Seed
from datagen_core.rows import read_rows
from datagen_core.turns import Turns
from datagen_core.words import words
from datagen_plugin_persona.config import PersonaConfig
from datagen_plugin_persona.duplicates import WordSets
from datagen_plugin_persona.families import family_size
from datagen_plugin_persona.personas import one_line, persona_id


@dataclass(frozen=True, slots=True)
class Accepted:
    """The personas of accepted rows.

    Attributes:
        texts: Id → description.
        rows: Id → how many rows it has.
        of_source: A source's id → the personas inferred from it.
    """

    texts: Mapping[str, str]
    rows: Mapping[str, int]
    of_source: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, pool: PoolView, rng: random.Random) -> Accepted:
        """Reads the accepted rows, of whichever arm."""
        texts: dict[str, str] = {}
        rows: Counter[str] = Counter()
        of_source: dict[str, tuple[str, ...]] = {}
        for row in pool.draw(len(pool), rng):
            noted = row.metadata.method
            identity, text, derivation = (noted.get(k) for k in ("persona_id", "persona", "derivation"))
            if not isinstance(identity, str) or not isinstance(text, str):
                continue
            rows[identity] += 1
            source = derivation.get("text") if isinstance(derivation, Mapping) else None
            if identity not in texts and isinstance(source, str):
                of_source[source] = (*of_source.get(source, ()), text)
            texts[identity] = text
        return cls(texts, rows, of_source)


class Starts:
    """Texts to infer personas from, or given personas, in turns.

    Raises:
        InputError: there are none, or the file of personas can't be read.
    """

    def __init__(self, config: PersonaConfig, inputs: Inputs) -> None:
        self._each = config.rows_per_persona * family_size(config)
        self.left_out = 0
        if config.personas is None:
            self.given: tuple[Seed, ...] = ()
            self._seeds = _texts(config, inputs)
        else:
            read = _read(config.personas)
            self._seeds = self.given = _distinct(read, config.near_jaccard)
            self.left_out = len(read) - len(self.given)

    def turns(self, request: GenerateRequest, accepted: Accepted) -> Callable[[], Seed]:
        """What gives the next one: the one used least, as far as this batch can know."""
        if self.given:
            origin = request.origin
            turns = Turns[None](
                self._seeds,
                _any,
                accepted.rows,
                run=f"{origin.fingerprint}|{origin.seed}",
                start=origin.batch * -(-request.n // self._each),
            )
        else:
            turns = Turns[None].of_request(request, self._seeds, _any, rows=-(-request.n // self._each))

        return lambda: turns.next(None) or self._seeds[0]


def _any(row: int, wish: None) -> bool:
    return True


def _texts(config: PersonaConfig, inputs: Inputs) -> tuple[Seed, ...]:
    kinds = {"seeds": inputs.seeds, "unlabelled": inputs.unlabelled, "documents": inputs.chunks}
    chosen = kinds.values() if config.texts == "all" else [kinds[config.texts]]
    found = tuple(seed for seeds in chosen for seed in seeds if words(seed.text))
    if not found:
        raise InputError(
            "there is nothing to infer personas from",
            where=None if config.texts == "all" else "with.texts",
            expected="texts with words: seeds, unlabelled texts or documents, or a file of personas",
            hint="add seeds: FILE, unlabelled: FILE or documents: [FILE], or with: {personas: FILE}",
        )
    return found


def _read(file: InputPath) -> list[str]:
    """The descriptions in a file: lines of text, a column `persona`, or rows that an `emit: personas` run made."""
    found = [(number, _persona_of(row)) for number, row in read_rows(file)]
    missing = next((number for number, text in found if not words(text)), None)
    if missing is not None or not found:
        place = str(file.path) + ("" if missing is None else f":{missing}")
        raise InputError(
            "there is no persona" if missing is None else "the row has no persona",
            where=place,
            expected="a text file with one description a line, or rows with a column persona",
            hint="name the column persona, or take the row out",
        )
    return [text for _, text in found]


def _persona_of(row: Mapping[str, object]) -> str:
    fields = row.get("fields")
    for place in (row, fields if isinstance(fields, Mapping) else {}):
        if isinstance(found := place.get("persona"), str):
            return one_line(found)
    text = row.get("text")
    return one_line(text) if isinstance(text, str) else ""


def _distinct(texts: list[str], near_jaccard: float) -> tuple[Seed, ...]:
    """Those that aren't duplicates of one before."""
    known, kept = WordSets(near_jaccard), list[Seed]()
    for text in texts:
        if known.nearest(text) is None:
            known.add(text)
            kept.append(Seed(id=persona_id(text), text=text))
    return tuple(kept)
