"""The interface of embedders: texts to vectors whose cosine says how alike they are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from datagen_core.config import Config

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ConfigT = TypeVar("ConfigT", bound=Config)


class Embedder(ABC, Generic[ConfigT]):
    """Turns texts into vectors. Built once per run from its options; must pickle, a loaded model apart."""

    is_heavy: ClassVar[bool] = False
    """Whether it computes long enough that others shouldn't wait for it: a neural network."""

    def __init__(self, config: ConfigT) -> None:
        """Checks the options; loads nothing heavy yet."""
        self.config = config

    @abstractmethod
    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), d), float32: each row of unit length, or all zeros where a text has nothing to go by.

        A text's vector doesn't depend on the others in the call (but for rounding, where it is a neural network).
        Raises PluginError where the model can't be loaded.
        """
