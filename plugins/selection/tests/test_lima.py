from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from datagen_plugin_selection.config import LimaConfig
from datagen_plugin_selection.lima import Lima, in_turn
from hypothesis import given
from hypothesis import strategies as st

from datagen_core.errors import InputError
from datagen_core.sample import Message, Sample, Trace
from datagen_core.testing import ScriptedModel, make_inputs

PLAIN = {"min_chars": 1, "max_chars": 100_000}
"""Only the rules of wording and markup."""


def test_lengths_from_1200_to_4096_pass_and_no_others(selected, row, reasons) -> None:
    rows = [row(str(length), "x" * length) for length in (1199, 1200, 4096, 4097)]

    said = selected("lima", rows)

    assert said.kept == ("1200", "4096")
    assert reasons(said) == {"1199": "too_short", "4097": "too_long"}
    assert [(one.measured, one.threshold) for one in said.left.values()] == [(1199, 1200), (4097, 4096)]


def test_no_model_is_asked_and_none_is_named(selected, row) -> None:
    model = ScriptedModel(lambda request, call: "never")

    selected("lima", [row(str(at), "x" * 2000) for at in range(30)], 5, model=model)

    assert model.requests == [] and dict(Lima(LimaConfig(), make_inputs()).models()) == {}


def test_a_source_gives_no_more_than_its_quota(selected, row, reasons) -> None:
    rows = [row(f"{source}{at}", "x" * 1500, arm=source) for source in "ab" for at in range(3)]

    said = selected("lima", rows, per_source=2)

    assert said.kept == ("a0", "b0", "a1", "b1")
    assert reasons(said) == {"a2": "source_quota", "b2": "source_quota"}
    verdict = said.left["a2"]
    assert (verdict.measured, verdict.threshold, verdict.evidence) == (3, 2, "a")


def test_sources_take_turns_and_the_budget_is_respected(selected, row, reasons) -> None:
    rows = [row(f"a{at}", "x" * 1500, arm="a") for at in range(5)] + [row("b0", "x" * 1500, arm="b")]

    said = selected("lima", rows, 3)

    assert said.kept == ("a0", "b0", "a1") and set(reasons(said).values()) == {"not_needed"}
    assert selected("lima", rows, 0).kept == () and len(selected("lima", rows, 100).kept) == 6


@given(st.lists(st.lists(st.integers(), max_size=6), max_size=6))
def test_in_turn_no_group_is_two_ahead_of_one_that_has_more(groups) -> None:
    marked = [[(g, at) for at in range(len(group))] for g, group in enumerate(groups)]

    order = in_turn(marked)

    assert sorted(order) == [one for group in marked for one in group]
    assert order == sorted(order, key=lambda one: (one[1], one[0]))


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("label", lambda name: {"label": name}),
        ("site", lambda name: {"site": name}),
        ("parent", lambda name: {}),
    ],
)
def test_a_source_is_a_label_a_column_or_a_parent(selected, row, source, made) -> None:
    rows = [
        replace(row(f"{name}{at}", "x" * 1500, **made(name)), trace=Trace(parents=(name,)))
        for name in "pq"
        for at in range(2)
    ]

    assert selected("lima", rows, source=source, per_source=1).kept == ("p0", "q0")


def test_rows_that_tell_no_source_are_one_source_of_their_own(selected, row) -> None:
    rows = [row("a", "x" * 1500), row("b", "x" * 1500), row("c", "x" * 1500, label="music")]

    assert selected("lima", rows, source="label", per_source=1).kept == ("a", "c")


def test_a_source_column_that_no_row_has_is_refused(selected, row) -> None:
    with pytest.raises(InputError, match="no row has a 'forum'"):
        selected("lima", [row("a", "x" * 1500)], source="forum")


def test_with_a_score_the_best_of_a_source_come_first_from_10_on(selected, row, reasons) -> None:
    votes = {"a": 10, "b": 9.99, "c": 40, "d": None}
    rows = [row(id, "x" * 1500, votes=count) for id, count in votes.items()]

    said = selected("lima", rows, score="votes")

    assert said.kept == ("c", "a") and reasons(said) == {"b": "below_threshold", "d": "unscored"}
    assert (said.left["b"].measured, said.left["b"].threshold) == (9.99, 10)


def answer(text: str, **more: Any) -> Sample:
    return Sample(id="a", response=text, **more)


BROKEN = [
    ("I would use a rope.", "first_person", "0–1: «I»"),
    ("Tie MY rope.", "first_person", "4–6: «MY»"),
    ("Well, I'm sure.", "first_person", "6–7: «I»"),
    ("As\n mentioned, it holds.", "refers_to_other_answers", "0–13: «As\n mentioned»"),
    ("Stack Exchange says so.", "refers_to_other_answers", "0–14: «Stack Exchange»"),
    ("The accepted answer is wrong.", "refers_to_other_answers", "4–19: «accepted answer»"),
    ("See https://example.org for more.", "has_link", "4–13: «https://e»"),
    ("See [the manual](/manual).", "has_link", "4–25: «[the manual](/manual)»"),
    ('A <a href="x">rope</a>.', "has_link", '2–14: «<a href="x">»'),
    ("![a rope](rope.png)", "has_image", "0–10: «![a rope](»"),
    ('<IMG src="rope.png">', "has_image", '0–20: «<IMG src="rope.png">»'),
    ("It <b>holds</b>.", "has_html", "3–6: «<b>»"),
    ("It holds.<br/>", "has_html", "9–14: «<br/>»"),
]
SOUND = [
    "Tie a rope, i.e. a bowline.",
    "Skiing in Mysore and the Army: mythical.",
    "IT departments use II and III.",
    "G.I. Joe, J.I.D., I/O and an I-Bond.",
    "Code stays: `I = my[0]`, and <code>my.href</code>.",
    "```html\n<b>my</b> https://example.org ![x](y)\n```\nThat is all.",
    "```\nan open block with https://example.org and my words",
    "<ul><li>one</li><li>two</li></ul>",
    "If a < b and b > c then List<String> fits.",
    "A link is neither a[0] (1) nor [x] alone.",
    "The answer is above zero.",
]


@pytest.mark.parametrize(("text", "reason", "evidence"), BROKEN, ids=[text[:20] for text, _, _ in BROKEN])
def test_an_answer_that_breaks_a_rule_is_left_with_the_place(selected, text, reason, evidence) -> None:
    said = selected("lima", [answer(text)], **PLAIN)

    assert said.left["a"].reason == reason and said.left["a"].evidence == evidence


@pytest.mark.parametrize("text", SOUND)
def test_an_answer_that_only_looks_like_it_is_kept(selected, text) -> None:
    assert selected("lima", [answer(text)], **PLAIN).kept == ("a",)


def test_where_markup_is_counted_such_answers_are_kept_and_told(selected) -> None:
    rows = [
        Sample(id="link", response="See https://example.org."),
        Sample(id="both", response="<b>See</b> www.example.org."),
        Sample(id="mine", response="<b>My</b> rope."),
    ]

    said = selected("lima", rows, markup="count", **PLAIN)

    assert said.kept == ("link", "both") and said.left["mine"].reason == "first_person"
    assert said.notes == (
        "2 rows that passed the other rules: has_link",
        "1 rows that passed the other rules: has_html",
    )
    assert rows[0].response == "See https://example.org."


@pytest.mark.parametrize(
    ("asked", "is_kept"),
    [
        ("How to tie?", True),
        ("Knots  slip off.", True),
        ("How to tie?\n\nKnots slip off.", False),
        ("A knot?", True),
    ],
)
def test_the_question_is_the_title_or_the_body(selected, row, asked, is_kept) -> None:
    one = replace(row("a", "Use a bowline.", title="How to tie?", body="Knots slip off."), input=asked)

    said = selected("lima", [one], **PLAIN)

    assert said.kept == (("a",) if is_kept else ())
    assert is_kept or said.left["a"].reason == "title_and_body"


def test_a_body_that_repeats_its_title_may_be_the_question(selected, row) -> None:
    one = replace(
        row("a", "Use a bowline.", title="Knots?", body="Knots? They slip."), input="Knots? They slip."
    )

    assert selected("lima", [one], **PLAIN).kept == ("a",)


def test_of_a_conversation_the_last_answer_counts_and_a_missing_field_is_said(selected, reasons) -> None:
    turns = (Message(role="user", content="Tie?"), Message(role="assistant", content="x" * 1200))
    rows = [Sample(id="chat", messages=turns), Sample(id="record", fields={"solution": "y" * 1300})]

    assert selected("lima", rows).kept == ("chat",)
    said = selected("lima", rows, field="solution")
    assert said.kept == ("record",) and reasons(said) == {"chat": "missing_field"}


def test_words_of_your_own_work_in_scripts_with_and_without_spaces(selected) -> None:
    mine = {
        "zh": "我觉得用绳子。",
        "ru": "Это моя верёвка.",
        "th": "เชือกของฉัน",
        "ar": "هذا حبل قوي",
        "de": "Meinung zählt.",
    }
    rows = [Sample(id=code, response=text) for code, text in mine.items()]

    said = selected("lima", rows, first_person=["我", "моя", "ฉัน", "أنا", "mein"], **PLAIN)

    assert said.kept == ("ar", "de")
    assert {verdict.reason for verdict in said.left.values()} == {"first_person"}


def test_languages_that_the_packaged_words_do_not_cover_are_noticed() -> None:
    inputs = make_inputs(languages=("en", "de", "zh"))
    own = LimaConfig(first_person=("ich",), other_answers=("wie erwähnt",))

    (notice,) = Lima(LimaConfig(), inputs).notices()

    assert "de, zh" in notice and "first_person and other_answers" in notice
    assert (
        not Lima(own, inputs).notices()
        and not Lima(LimaConfig(), make_inputs(languages=("en-GB",))).notices()
    )


def test_hostile_text_is_judged_in_about_no_time(selected) -> None:
    rows = [
        Sample(id=str(at), response=text * (60_000 // len(text)))
        for at, text in enumerate(("<a ", "![", "[x", "`", "<code>", "```", "[x](", "I\ud83d"))
    ]

    said = selected("lima", rows, min_chars=1, max_chars=10**9)

    assert len(said.kept) + len(said.left) == len(rows)
