"""The random generators that a whole process shares: the standard library's and, where imported, NumPy's."""

from __future__ import annotations

import pickle
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept() -> Iterator[None]:
    """Puts the global random generators back as they were."""
    standard = random.getstate()
    numpy = sys.modules.get("numpy")
    array = numpy.random.get_state() if numpy else None
    try:
        yield
    finally:
        random.setstate(standard)
        if numpy:
            numpy.random.set_state(array)


def reseed(seed: int) -> None:
    """Sets all of them to the state of a seed."""
    random.seed(seed)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(seed)


def state() -> bytes:
    """Their state, equal exactly when no number was drawn."""
    numpy = sys.modules.get("numpy")
    return pickle.dumps((random.getstate(), numpy.random.get_state() if numpy else None))
