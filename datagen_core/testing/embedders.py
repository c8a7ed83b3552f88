"""The rules of embedders."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any, ClassVar

from datagen_core.embedder import Embedder
from datagen_core.testing.components import ComponentConformance
from datagen_core.testing.toy_data import AWKWARD_TEXTS, toy_samples

CLOSE = 1e-4
"""What vectors of equal texts may differ by: a neural network sums in another order in another batch."""


class EmbedderConformance(ComponentConformance):
    """Rules for embedders. Set `component`; see `ComponentConformance` for `options`. Needs numpy."""

    kind: ClassVar[str] = "embedder"
    interface: ClassVar[type] = Embedder
    takes_inputs: ClassVar[bool] = False

    def texts(self) -> list[str]:
        """The texts that every rule is tried on."""
        return [sample.response for sample in toy_samples()]

    def use(self) -> object:
        """The vectors of the texts, as lists."""
        return self._vectors(self.texts()).tolist()

    def _vectors(self, texts: Sequence[str], part: Any = None) -> Any:
        return (part or self.build()).embed(texts)

    def test_each_text_gets_a_vector_of_one_width(self) -> None:
        texts = self.texts()
        widths = set()
        for n in (1, 2, len(texts)):
            found = self._vectors(texts[:n])
            assert found.ndim == 2 and len(found) == n, (
                f"rule: the result has a row for each text; {n} texts gave the shape {found.shape}"
            )
            assert str(found.dtype) == "float32", f"rule: vectors are float32; found {found.dtype}"
            widths.add(found.shape[1])
        assert len(widths) == 1, f"rule: all vectors have one width; found {sorted(widths)}"

    def test_no_texts_give_no_vectors(self) -> None:
        assert len(self._vectors([])) == 0, "rule: no texts, no vectors"

    def test_vectors_have_unit_length_or_are_zeros(self) -> None:
        for text, row in self._each():
            length = float((row.astype("float64") ** 2).sum() ** 0.5)
            assert abs(length - 1) < 1e-3 or length == 0, (
                f"rule: a vector has the length 1, or is all zeros; {text[:40]!r} has {length}"
            )

    def test_texts_differ(self) -> None:
        found = self._vectors(self.texts())
        assert float(abs(found[0] - found[1]).max()) > CLOSE, "rule: other texts have other vectors"

    def test_a_text_is_nearest_to_itself(self) -> None:
        found = self._vectors(self.texts())
        nearest = (found @ found.T).argmax(axis=1).tolist()
        assert nearest == list(range(len(found))), f"rule: a text is nearest to itself; found {nearest}"

    def test_the_others_in_the_call_decide_nothing(self) -> None:
        part, texts = self.build(), self.texts()
        together = self._vectors(texts, part)
        for at, text in enumerate(texts):
            alone = self._vectors([text], part)[0]
            assert float(abs(alone - together[at]).max()) < CLOSE, (
                f"rule: a text's vector doesn't depend on the others in the call; that of {text!r} does"
            )

    def test_the_same_texts_get_the_same_vectors(self) -> None:
        first, second = self._vectors(self.texts()), self._vectors(self.texts())
        assert (first == second).all(), "rule: the same texts get the same vectors, byte for byte"

    def test_it_pickles(self) -> None:
        try:
            again = pickle.loads(pickle.dumps(self.build()))  # noqa: S301 (our own)
        except Exception as error:
            raise AssertionError(f"rule: an embedder pickles; {type(error).__name__}: {error}") from error
        first, second = self._vectors(self.texts()), self._vectors(self.texts(), again)
        assert (first == second).all(), "rule: a pickled embedder gives the same vectors"

    def _each(self) -> list[tuple[str, Any]]:
        texts = [*self.texts(), *AWKWARD_TEXTS.values()]
        try:
            return list(zip(texts, self._vectors(texts), strict=True))
        except Exception as error:
            raise AssertionError(f"rule: any text gets a vector; {type(error).__name__}: {error}") from error
