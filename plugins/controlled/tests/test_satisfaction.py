from __future__ import annotations

from typing import Any

import pytest
from datagen_plugin_controlled.satisfaction import Share, satisfaction
from hypothesis import given
from hypothesis import strategies as st

from datagen_core.sample import Metadata, Rejection, Sample, Step, Trace
from datagen_core.testing import make_inputs

TEXTS = [
    "A refund for the parcel.",  # both
    "A refund, and then a great many words more than there may be.",  # keyword, too long
    "Nothing of that.",  # length alone
    "Not one of all these very many words is the one that is wanted.",  # neither
]


def test_counts_of_hand_made_texts(desk: Any) -> None:
    constraints = {"keywords": ["refund"], "length": {"max_words": 6}}
    rows = [row for text in TEXTS for row in desk(text).make(constraints, repairs=0)]
    found = satisfaction(rows)
    assert found.constraints == {"length": Share(2, 2, 0), "keywords": Share(2, 2, 0)}
    assert found.joint == Share(1, 3, 0) and found.joint.share == 0.25
    assert found.constraints["keywords"].share == 0.5 and found.unchecked == 0
    assert satisfaction([row.to_json() for row in rows if isinstance(row, Sample)]).joint == Share(1, 0, 0)


def test_what_repairs_brought(desk: Any) -> None:
    rows = desk(TEXTS[2], TEXTS[0]).make({"keywords": ["refund"]}) + desk(TEXTS[0]).make(
        {"keywords": ["refund"]}
    )
    found = satisfaction(rows)
    assert (found.joint_at_first, found.joint) == (Share(1, 1, 0), Share(2, 0, 0))
    assert found.constraints_at_first == {"keywords": Share(1, 1, 0)}


def test_what_is_not_known_is_not_satisfied(desk: Any) -> None:
    unsure = desk("Ja, gern.").make({"language": "de"})
    unread = desk("A note.", scores=lambda request: "nice").make({"tone": "friendly"})
    unjudged = desk(TEXTS[2]).make({"tone": "friendly", "keywords": ["refund"]}, repairs=0)
    found = satisfaction([*unsure, *unread, *unjudged])
    assert found.constraints == {
        "language": Share(0, 0, 1),
        "tone": Share(0, 0, 2),
        "keywords": Share(0, 1, 0),
    }
    assert found.joint == Share(0, 1, 2) and found.joint.share == 0


def test_rows_without_checks_are_counted_apart(desk: Any) -> None:
    rows = [
        Sample(id="a"),
        Rejection(id="b", reason="model_timeout"),
        *desk(TEXTS[0]).make({"length": "short"}),
    ]
    found = satisfaction(rows)
    assert found.unchecked == 2 and found.joint == Share(1, 0, 0)
    assert satisfaction([]).joint.share is None and make_inputs().seeds == ()


def row_of(satisfied: list[bool | None], *, is_sample: bool) -> Sample | Rejection:
    kept = {
        "constraints": {f"c{i}": {"satisfied": one} for i, one in enumerate(satisfied)},
        "satisfied_at_first": {f"c{i}": one for i, one in enumerate(satisfied)},
    }
    if is_sample:
        return Sample(id="s", metadata=Metadata(method=kept))
    return Rejection(
        id="r", reason="x", trace=Trace(processing_steps=(Step(name="controlled", params=kept),))
    )


@given(
    st.lists(st.tuples(st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=4), st.booleans()))
)
def test_no_row_is_lost_and_the_joint_share_is_the_least(rows: list[tuple[list[bool | None], bool]]) -> None:
    found = satisfaction([row_of(one, is_sample=is_sample) for one, is_sample in rows])
    assert found.joint.rows == len(rows) == found.joint_at_first.rows
    assert sum(share.rows for share in found.constraints.values()) == sum(len(one) for one, _ in rows)
    assert found.joint.satisfied == sum(all(value is True for value in one) for one, _ in rows)
    if (first := found.constraints.get("c0")) is not None and rows:
        assert first.share is not None and found.joint.share is not None and found.joint.share <= first.share


@pytest.mark.parametrize("share", [Share(1, 2, 3)])
def test_a_share_counts_all_its_rows(share: Share) -> None:
    assert share.rows == 6 and share.share == pytest.approx(1 / 6)
