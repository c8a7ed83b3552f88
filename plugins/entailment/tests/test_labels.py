from __future__ import annotations

import pytest
from datagen_plugin_entailment.labels import Labels, read_labels

from datagen_core.errors import PluginError


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("contradiction", "entailment", "neutral"), Labels(1, 0)),
        (("entailment", "neutral", "contradiction"), Labels(0, 2)),
        (("CONTRADICTION", "NEUTRAL", "ENTAILMENT"), Labels(2, 0)),
        ((" Neutral ", "contradicts", "entails"), Labels(2, 1)),
        (("entailment", "not_entailment"), Labels(0)),
        (("NOT-ENTAILMENT", "Entailment"), Labels(1)),
        (("not entailment", "entailment"), Labels(1)),
    ],
)
def test_labels_are_read_in_any_order_and_case(names: tuple[str, ...], found: Labels) -> None:
    assert read_labels({str(i): name for i, name in enumerate(names)}) == found


@pytest.mark.parametrize(
    "names",
    [
        ("LABEL_0", "LABEL_1", "LABEL_2"),
        ("positive", "negative"),
        ("entailment", "neutral"),
        ("entailment", "contradiction"),
        ("entailment", "entailed", "neutral"),
        ("entailment", "neutral", "contradiction", "other"),
        ("score",),
        (),
    ],
)
def test_labels_that_say_nothing_are_an_error_that_names_them(names: tuple[str, ...]) -> None:
    with pytest.raises(PluginError, match=", ".join(names) or "none") as caught:
        read_labels({str(i): name for i, name in enumerate(names)})
    assert "labels:" in str(caught.value.hint)


def test_names_that_are_given_settle_it() -> None:
    names = {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}
    assert read_labels(names, entailment="LABEL_2", contradiction="LABEL_0") == Labels(2, 0)
    assert read_labels(names, entailment="LABEL_1") == Labels(1)


@pytest.mark.parametrize("given", [("LABEL_9", None), ("LABEL_0", "LABEL_9"), ("LABEL_0", "LABEL_0")])
def test_names_that_the_model_does_not_have_are_refused(given: tuple[str, str | None]) -> None:
    with pytest.raises(PluginError, match="LABEL_0, LABEL_1"):
        read_labels({"0": "LABEL_0", "1": "LABEL_1"}, entailment=given[0], contradiction=given[1])
