from __future__ import annotations

from typing import Any

import pytest
from datagen_plugin_classify.labels import Label, labels_of, readable
from hypothesis import given
from hypothesis import strategies as st

from datagen_core.generator import Cell
from datagen_core.testing import make_inputs, make_request


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("AddToPlaylist", "Add To Playlist"),
        ("card_arrival", "card arrival"),
        ("__Search_CreativeWork", "Search Creative Work"),
        ("FAQQuestion", "FAQ Question"),
        ("RateABook", "Rate A Book"),
        ("Level2Support", "Level2 Support"),
        ("iPhone", "iPhone"),
        ("Contact McKinley", "Contact McKinley"),
        ("退款", "退款"),
        ("退款_申请", "退款 申请"),
        ("طلب_استرداد", "طلب استرداد"),
        ("ЖалобаКлиента", "Жалоба Клиента"),
        ("USA", "USA"),
        ("_", "_"),
        ("", ""),
    ],
)
def test_names_are_shown_as_people_read_them(name: str, shown: str) -> None:
    assert readable(name) == shown


@given(st.text(max_size=20))
def test_reading_changes_nothing_but_spaces_and_underscores(name: str) -> None:
    def bare(text: str) -> str:
        return "".join(text.replace("_", " ").split())

    assert bare(readable(name)) == bare(name)
    assert readable(readable(name)) == readable(name)


def test_labels_that_would_read_alike_keep_their_names() -> None:
    found = labels_of(make_inputs(labels=("PlayMusic", "play_music", "StopMusic")))

    assert [label.shown for label in found.values()] == ["PlayMusic", "play_music", "Stop Music"]


@pytest.mark.parametrize(
    ("name", "text", "is_named"),
    [
        ("refund", "I want a REFUND!", True),
        ("refund", "I was refunded", False),
        ("AddToPlaylist", "please add to playlist", True),
        ("AddToPlaylist", "use AddToPlaylist", True),
        ("AddToPlaylist", "add it to a playlist", False),
        ("card_arrival", "card-arrival", True),
        ("card_arrival", "the card's arrival", False),
        ("退款", "我要退款。", True),
        ("退款", "我要退货", False),
        ("شكوى", "عندي شكوى", True),
        ("شكوى", "عندي سؤال", False),
        ("жалоба", "Это ЖАЛОБА", True),
        ("жалоба", "жалобам", False),
        ("A", "a letter", False),  # one letter gives nothing away
        ("5", "five or 5", False),
        ("!!", "stop!!", False),
        ("no", "", False),
    ],
)
def test_a_name_is_found_as_a_word_whatever_its_case_form_and_script(
    name: str, text: str, is_named: bool
) -> None:
    assert Label(name=name, shown=readable(name)).is_named_in(text) is is_named


def one_of(seeds: int) -> list[tuple[str, str]]:
    """So many seeds, of which one names the label."""
    return [("a refund please", "refund"), *[(f"money back {i}", "refund") for i in range(seeds - 1)]]


@pytest.mark.parametrize(
    ("seeds", "description", "allow", "is_kept"),
    [
        (5, "", "auto", True),  # one in five is a fifth: enough
        (6, "", "auto", False),
        (6, "the refund", "auto", False),  # seeds say more than a description
        (0, "the refund", "auto", True),
        (0, "money back", "auto", False),
        (0, "", "auto", False),
        (5, "", False, False),
        (0, "", True, True),
    ],
)
def test_a_text_may_name_its_label_where_its_seeds_or_its_description_do(
    desk, seeds: int, description: str, allow: Any, is_kept: bool
) -> None:
    inputs = make_inputs(
        one_of(seeds) if seeds else [],
        labels=("refund", "other"),
        task_input={"label_descriptions": {"refund": description}},
    )
    model = desk({"text": "is there a refund?"})
    request = make_request(1, inputs=inputs, cells=[Cell("refund", 1)])

    (row,) = model.make(inputs, request=request, allow_label_name=allow)

    assert ("must not use the label's name" in model.said()[0]) is not is_kept
    if is_kept:
        assert row.label == "refund"
    else:
        assert (row.reason, row.measured, row.text) == ("label_named", "refund", "is there a refund?")
