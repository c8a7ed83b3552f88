"""An empty mapping that is safe as a default: immutable, hashable, picklable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn


class _Empty(Mapping[str, Any]):
    """Like `{}` in every reading way."""

    __slots__ = ()

    def __getitem__(self, key: str) -> NoReturn:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "{}"

    def __reduce__(self) -> str:
        return "EMPTY"


EMPTY: Mapping[str, Any] = _Empty()
"""The one empty mapping."""
