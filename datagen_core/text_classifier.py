"""The small text classifier that labels, probes and rewards share: TF-IDF and logistic regression.

scikit-learn is imported on first use; plugins that use this declare it (`scikit-learn>=1.5`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from datagen_core.errors import PluginError
from datagen_core.segmentation import segmented

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


WORD = r"(?u)\b\w\w+\b"
"""What counts as a word: two letters or digits in a row."""


def has_words(text: str) -> bool:
    """Whether a classifier finds anything to learn from in a text."""
    return re.search(WORD, _prepared(text)) is not None


def _prepared(text: str) -> str:
    return segmented(text.lower())


class TextClassifier:
    """Word 1–2-gram TF-IDF (sublinear) into multinomial logistic regression (C = 10 by default).

    Chinese, Japanese, Thai and other scripts without spaces are read as pairs of letters (see `segmentation`).
    Deterministic: the same rows in the same order give the same probabilities. One thread.

    Example:
        >>> model = TextClassifier().fit(["play a song", "rain today?"], ["music", "weather"])
        >>> model.predict(["play the song"])
        ['music']
    """

    def __init__(self, c: float = 10.0) -> None:
        self.c = c
        self.labels: tuple[str, ...] = ()
        self._vectorizer: Any = None
        self._model: Any = None

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> TextClassifier:
        """Learns from n texts and their n labels (at least one text; one class is allowed).

        Raises ValueError where no text has a word of two letters or more: there is nothing to learn from.
        """
        if not texts or len(texts) != len(labels):
            raise ValueError(
                f"need as many labels as texts, and at least one; got {len(texts)}, {len(labels)}"
            )
        vectorizer_class, model_class, threads = _sklearn()
        self.labels = tuple(sorted(set(labels)))
        if len(self.labels) == 1:
            return self
        self._vectorizer = vectorizer_class(
            ngram_range=(1, 2), sublinear_tf=True, preprocessor=_prepared, token_pattern=WORD
        )
        try:
            features = self._vectorizer.fit_transform(texts)
        except ValueError as error:
            raise ValueError("the texts have no words of two letters or more to learn from") from error
        with threads.limit(limits=1):
            self._model = model_class(C=self.c, max_iter=1000).fit(features, list(labels))
        return self

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Shape (len(texts), len(self.labels)): P(label | text), columns in the order of `self.labels`."""
        import numpy

        if not self.labels:
            raise ValueError("fit before asking for probabilities")
        if self._model is None or not texts:
            return numpy.ones((len(texts), len(self.labels))) / max(1, len(self.labels))
        found: NDArray[np.float64] = self._model.predict_proba(self._vectorizer.transform(texts))
        return found

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The most probable label of each text."""
        return [self.labels[i] for i in self.probabilities(texts).argmax(axis=1)]


@cache
def _sklearn() -> tuple[Any, Any, Any]:
    """TF-IDF, logistic regression and the control of their threads; imported on first use.

    On data this small a second BLAS thread makes a fit 2.5 times slower (375 rows, 75 classes) and changes the
    last bits of its result.
    """
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]
    except ImportError as error:
        raise PluginError(
            "the text classifier needs scikit-learn, which isn't installed",
            hint="pip install scikit-learn",
        ) from error
    return TfidfVectorizer, LogisticRegression, ThreadpoolController()
