"""Word lists for the seeds' frames: read, checked against the entities the seeds have, and put in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from datagen_core.config import InputPath
from datagen_core.errors import InputError
from datagen_core.inputs import Seed
from datagen_core.protected_spans import Protection
from datagen_core.rows import read_rows
from datagen_plugin_augment.config import AugmentConfig, WordFolder
from datagen_plugin_augment.slots import SlotFiller, list_donors, no_slots


class FrameFiller(SlotFiller):
    """Fills the seeds' slots from word lists; a slot whose entity has no list keeps its value."""

    def __init__(self, seeds: Sequence[Seed], config: AugmentConfig, protection: Protection) -> None:
        lists = read_lists(config.words)
        entities = {entity for seed in seeds for entity, _ in seed.slots}
        if not entities:
            raise no_slots("frames")
        if not entities & lists.keys():
            raise InputError(
                f"the word lists ({', '.join(sorted(lists)) or 'none'}) cover no entity of the seeds",
                expected=f"a list for at least one of: {', '.join(sorted(entities))}",
                hint="name them in with: words: {ENTITY: file.txt}",
            )
        super().__init__(seeds, list_donors(lists), protection)
        self._unused = sorted(lists.keys() - entities)

    def notices(self) -> tuple[str, ...]:
        """How many word lists are for an entity that no seed has, and the first of them."""
        if not self._unused:
            return ()
        named = ", ".join(self._unused[:3]) + (" …" if len(self._unused) > 3 else "")
        return (f"{len(self._unused)} word lists fit no slot of the seeds and are not used: {named}",)


def read_lists(words: Mapping[str, tuple[str, ...] | InputPath] | WordFolder) -> dict[str, tuple[str, ...]]:
    """Entity → its entries, in order.

    Raises:
        InputError: a file or folder that isn't there, isn't `.txt` or UTF-8, or has no entry.
    """
    if isinstance(words, WordFolder):
        given: Mapping[str, tuple[str, ...] | InputPath] = {
            entity: InputPath(str(path)) for entity, path in words.files().items()
        }
    else:
        given = words
    return {
        entity: _read(entries)
        if isinstance(entries, InputPath)
        else tuple(entry.strip() for entry in entries)
        for entity, entries in given.items()
    }


def _read(source: InputPath) -> tuple[str, ...]:
    if not source.path.name.lower().endswith((".txt", ".txt.gz")):
        raise InputError(
            f"{source.given} isn't a word list",
            where=str(source.path),
            expected="a .txt file with one entry a line (# starts a comment line)",
        )
    lines = [row["text"].strip() for _, row in read_rows(source)]
    entries = tuple(line for line in lines if not line.startswith("#"))
    if not entries:
        raise InputError("the word list is empty", where=str(source.path), expected="one entry a line")
    return entries
