"""Transcripts as models write them, each with what is to be read of it."""

from __future__ import annotations

from typing import Any

import pytest
from datagen_plugin_conversation.transcript import ANYWHERE, BEGINNING, read
from hypothesis import given
from hypothesis import strategies as st

from datagen_core.inputs import Inputs
from datagen_core.testing import ReplyShapesConformance, make_inputs
from datagen_core.testing.reply_shapes import ASIDES, REFUSALS, ReplyShape, text_shapes

A, B, C = ("Q1?", "A1."), ("Q2?", "A2."), ("Q3?", "A3.")
TWO = "[Human] Q1?\n[AI] A1.\n[Human] Q2?\n[AI] A2."

SHAPES: dict[str, tuple[str, list[tuple[str, str]], str]] = {
    # as asked for
    "with marks": (TWO, [A, B], "ended"),
    "going on from the open mark": ("Q1?\n[AI] A1.\n[Human] Q2?\n[AI] A2.", [A, B], "ended"),
    "a space after the open mark": (" Q1?\n[AI] A1.\n[Human] Q2?\n[AI] A2.", [A, B], "ended"),
    "an end mark": (TWO + "\n[End]", [A, B], "ended"),
    "an end mark and chatter": (TWO + "\n[End]\n\nHope this helps!", [A, B], "ended"),
    "an end mark in capitals": (TWO + "\n[END]", [A, B], "ended"),
    "an end mark after an open human mark": (TWO + "\n[Human] [End]", [A, B], "ended"),
    "blank lines between": (TWO.replace("\n", "\n\n"), [A, B], "ended"),
    "marks on lines of their own": (TWO.replace("] ", "]\n"), [A, B], "ended"),
    "no space after marks": (TWO.replace("] ", "]"), [A, B], "ended"),
    "indented": ("  " + TWO.replace("\n", "\n  "), [A, B], "ended"),
    "only one pair": ("Q1?\n[AI] A1.", [A], "ended"),
    "three pairs": (TWO + "\n[Human] Q3?\n[AI] A3.", [A, B, C], "ended"),
    # marks dressed up
    "colons after marks": (TWO.replace("]", "]:"), [A, B], "ended"),
    "full-width colons": (TWO.replace("]", "]："), [A, B], "ended"),
    "bold marks": (TWO.replace("[", "**[").replace("]", "]**"), [A, B], "ended"),
    "bold marks with colons": (TWO.replace("[", "**[").replace("]", "]:**"), [A, B], "ended"),
    "marks in small letters": (TWO.replace("Human", "human").replace("AI", "ai"), [A, B], "ended"),
    "marks in capitals": (TWO.replace("Human", "HUMAN"), [A, B], "ended"),
    "bulleted marks": (TWO.replace("[", "- ["), [A, B], "ended"),
    "quoted marks": (TWO.replace("[", "> ["), [A, B], "ended"),
    "numbered marks": ("1. [Human] Q1?\n2. [AI] A1.\n3. [Human] Q2?\n4. [AI] A2.", [A, B], "ended"),
    "headings": (TWO.replace("[", "### ["), [A, B], "ended"),
    # other marks than the ones asked for are none
    "Human: and AI:": ("Human: Q1?\nAI: A1.\nHuman: Q2?\nAI: A2.", [], "malformed"),
    "bold Human: marks": ("**Human:** Q1?\n**AI:** A1.", [], "malformed"),
    "User and Assistant": ("[User] Q1?\n[Assistant] A1.", [], "malformed"),
    "translated marks": ("[人类] Q1?\n[人工智能] A1.", [], "malformed"),
    "Chinese brackets": ("【Human】Q1?\n【AI】A1.", [], "malformed"),
    "angle brackets": ("<Human> Q1?\n<AI> A1.", [], "malformed"),
    "pipes in marks": ("[|Human|] Q1?\n[|AI|] A1.", [], "malformed"),
    "a table": ("| [Human] | [AI] |\n| Q1? | A1. |", [], "malformed"),
    # around the transcript
    "chatter before": ("Sure! Here is the transcript:\n\n" + TWO, [A, B], "ended"),
    "a heading before": ("## Transcript\n\n" + TWO, [A, B], "ended"),
    "a fence": (f"```\n{TWO}\n```", [A, B], "ended"),
    "a fence of a language": (f"```text\n{TWO}\n```", [A, B], "ended"),
    "quotation marks": (f'"{TWO}"', [A, B], "ended"),
    "a JSON string": ('"[Human] Q1?\\n[AI] A1."', [A], "ended"),
    "the greeting again": ("[Human] Hello!\n[AI] Hi! How can I help you?\n" + TWO, [A, B], "ended"),
    "another greeting": ("Hi\n[AI] Hello there!\n" + TWO, [A, B], "ended"),
    "the whole prompt again": (BEGINNING + " Q1?\n[AI] A1.", [A], "ended"),
    "chatter that takes the human's place": ("Sure, here it is:\n[AI] A1.\n" + TWO, [], "malformed"),
    # the end
    "an unanswered question": (TWO + "\n[Human] Q3?", [A, B], "ended"),
    "an open human mark": (TWO + "\n[Human]", [A, B], "ended"),
    "an empty answer at the end": (TWO + "\n[Human] Q3?\n[AI]", [A, B], "malformed"),
    "thanks and an answer": (
        TWO + "\n[Human] Thanks!\n[AI] You're welcome!",
        [A, B, ("Thanks!", "You're welcome!")],
        "ended",
    ),
    # malformed pairs: nothing from there on
    "two questions in a row": (
        "[Human] Q1?\n[AI] A1.\n[Human] Q2?\n[Human] Q3?\n[AI] A3.",
        [A],
        "malformed",
    ),
    "two answers in a row": (TWO + "\n[AI] A2b.", [A], "malformed"),
    "two answers in a row, then more": (
        "[Human] Q1?\n[AI] A1.\n[AI] A1b.\n[Human] Q2?\n[AI] A2.",
        [],
        "malformed",
    ),
    "an answer first": ("[AI] A0.\n" + TWO, [], "malformed"),
    "an empty question": ("[Human] Q1?\n[AI] A1.\n[Human]\n[AI] A2.", [A], "malformed"),
    "an empty answer": ("[Human] Q1?\n[AI] A1.\n[Human] Q2?\n[AI]\n[Human] Q3?\n[AI] A3.", [A], "malformed"),
    "a blank question": ("[Human] Q1?\n[AI] A1.\n[Human]   \n[AI] A2.", [A], "malformed"),
    "both on one line": ("[Human] Q1? [AI] A1.\n[Human] Q2?\n[AI] A2.", [], "malformed"),
    "a mark within an answer": (
        "[Human] Q1?\n[AI] A1.\n[Human] Q2?\n[AI] As [Human] said.",
        [A],
        "malformed",
    ),
    "the same pair again": (TWO + "\n" + TWO, [A, B], "repeated"),
    # long and odd statements
    "a numbered list": (
        "Q1?\n[AI] Do this:\n1. One.\n2. Two.\n[Human] Q2?\n[AI] A2.",
        [("Q1?", "Do this:\n1. One.\n2. Two."), B],
        "ended",
    ),
    "a bulleted list": ("Q1?\n[AI] - a\n- b", [("Q1?", "- a\n- b")], "ended"),
    "code in a fence": (
        "Q1?\n[AI] Use:\n```py\nx = [1]\n```\n[Human] Q2?\n[AI] A2.",
        [("Q1?", "Use:\n```py\nx = [1]\n```"), B],
        "ended",
    ),
    "other brackets": (
        "Q1 [a]?\n[AI] See [1] and [Note] here.",
        [("Q1 [a]?", "See [1] and [Note] here.")],
        "ended",
    ),
    "a blank line within": ("Q1?\n[AI] A.\n\nB.", [("Q1?", "A.\n\nB.")], "ended"),
    "braces and templates": ("{{ q }}?\n[AI] {% a %}", [("{{ q }}?", "{% a %}")], "ended"),
    "a role line": ("--- system\n[AI] A1.", [("--- system", "A1.")], "ended"),
    "Chinese": ("面包怎么保存？\n[AI] 放在纸袋里。", [("面包怎么保存？", "放在纸袋里。")], "ended"),
    "Arabic": ("كيف أخزن الخبز؟\n[AI] في كيس ورقي.", [("كيف أخزن الخبز؟", "في كيس ورقي.")], "ended"),
    "Cyrillic": ("Как хранить хлеб?\n[AI] В пакете.", [("Как хранить хлеб?", "В пакете.")], "ended"),
    "a line of dashes": ("Q1?\n[AI] " + "A\n" + "-" * 5000, [("Q1?", "A\n" + "-" * 5000)], "ended"),
    # no transcript
    "empty": ("", [], "malformed"),
    "prose": ("They talk about bread and where to keep it.", [], "malformed"),
    "a refusal": ("I'm sorry, but I can't help with that.", [], "malformed"),
    "a refusal in Chinese": ("抱歉，我无法协助处理该请求。", [], "malformed"),
    "JSON": ('{"messages": [{"role": "user", "content": "Q1?"}]}', [], "malformed"),
    "only an end mark": ("[End]", [], "malformed"),
    "only a human mark": ("[Human]", [], "ended"),
}
CUT: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "within an answer": (TWO + " And the", [A]),
    "within the first answer": ("Q1?\n[AI] A", []),
    "within a question": (TWO + "\n[Human] What if", [A, B]),
    "at a human mark": (TWO + "\n[Human]", [A, B]),
    "within a mark": (TWO + "\n[Hum", [A]),
    "after an AI mark": (TWO + "\n[Human] Q3?\n[AI]", [A, B]),
    "before any mark": ("Q1", []),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_transcript_is_read_strictly(name: str) -> None:
    text, pairs, stopped = SHAPES[name]
    found = read(text)
    assert (list(found.pairs), found.stopped) == (pairs, stopped)


@pytest.mark.parametrize("name", CUT)
def test_what_a_cut_reply_was_in_the_middle_of_is_dropped(name: str) -> None:
    text, pairs = CUT[name]
    found = read(text, is_cut=True)
    assert (list(found.pairs), found.stopped) == (pairs, "length")


def test_a_reply_cut_after_its_end_mark_is_whole() -> None:
    assert read(TWO + "\n[End]\nI hope", is_cut=True).pairs == (A, B)


PIECES = st.sampled_from(
    [
        "[Human]",
        "[AI]",
        "[End]",
        "\n",
        "\n\n",
        " ",
        "Q?",
        "A.",
        "Hello!",
        "**",
        "- ",
        "1. ",
        "```",
        "[",
        "é",
        '"',
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join), st.booleans())
def test_whatever_is_read_has_whole_statements_without_marks(text: str, is_cut: bool) -> None:
    found = read(text, is_cut=is_cut)
    for statement in (statement for pair in found.pairs for statement in pair):
        assert statement.strip() == statement != "" and not ANYWHERE.search(statement)
    assert len(set(found.pairs)) == len(found.pairs)


@given(
    st.lists(
        st.tuples(
            *[
                st.text(
                    st.characters(
                        blacklist_characters='[]"*`\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029',
                        blacklist_categories=["Cs", "Cc"],
                    ),
                    min_size=1,
                )
            ]
            * 2
        ).map(lambda pair: (f"Q {pair[0]}".strip(), f"A {pair[1]}".strip())),
        min_size=1,
        max_size=6,
        unique=True,
    )
)
def test_a_written_transcript_is_read_as_it_was_written(pairs: list[Any]) -> None:
    text = "\n".join(f"[Human] {human}\n[AI] {ai}" for human, ai in pairs)
    assert read(text).pairs == tuple(pairs)
    if not pairs[0][0].endswith((":", "：")):  # such a line is an announcement of the transcript
        assert read(text.removeprefix("[Human] ")).pairs == tuple(pairs)


class TestReplies(ReplyShapesConformance):
    """The shapes above and those of any text, through the whole arm."""

    component = "conversation-self-chat"
    expected = {
        **dict.fromkeys(REFUSALS, "refused"),
        **dict.fromkeys(["cut by length", "label before", *ASIDES], "too_few_turns"),
        **dict.fromkeys(["empty", "blank"], "empty_answer"),
        "filtered": "refused",
    }

    def inputs(self) -> Inputs:
        return make_inputs(domain="bread")

    def answer(self, request: Any) -> Any:
        return TWO

    def shapes(self, good: Any) -> list[ReplyShape]:
        own = [(name, text, pairs, "stop") for name, (text, pairs, _) in SHAPES.items()]
        own += [(name, text, pairs, "length") for name, (text, pairs) in CUT.items()]
        return text_shapes(good) + [
            ReplyShape(name=name, text=text, finish_reason=finish, expected=self._outcome(text, pairs))
            for name, text, pairs, finish in own
        ]

    def _outcome(self, text: str, pairs: list[Any]) -> tuple[str, ...]:
        if len(pairs) >= 2:
            return ("accepted",)
        is_refusal = text.startswith(("I'm sorry", "抱歉"))
        return ("refused" if is_refusal else "too_few_turns" if text else "empty_answer",)
