"""Each kind of question, on small pages whose questions and answers can be checked by eye."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from datagen_plugin_extractive.cloze import cloze
from datagen_plugin_extractive.definitions import definitions
from datagen_plugin_extractive.headings import headings
from datagen_plugin_extractive.lists import lists
from datagen_plugin_extractive.markup import is_clean, plain
from datagen_plugin_extractive.passage import passages
from datagen_plugin_extractive.sentences import sentences
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core.documents import Document, chunks, html, markdown, rst

RULES = {"definitions": definitions, "headings": headings, "lists": lists, "cloze": cloze}
PARSERS = {"md": markdown.parse, "rst": rst.parse, "html": html.parse}


def asked(
    kind: str, source: str, *, form: str = "md", title: str = "Tea", max_chars: int = 600
) -> list[tuple[str, str]]:
    """Question and answer of each candidate, in order."""
    found_title, text, blocks = PARSERS[form](source)
    document = Document(Path("tea.md"), "tea.md", found_title or title, text, blocks)
    out = []
    for passage in passages(chunks(document)):
        for candidate in RULES[kind](passage, max_chars):
            answer = text[candidate.start : candidate.end]
            assert answer and answer in passage.chunk.text
            assert candidate.kind == kind
            out.append((candidate.question, answer))
    return out


# -- definitions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "form", "question", "answer"),
    [
        ("**Oolong** — a half-fermented tea.", "md", "How does “Tea” describe “Oolong”?", "a half-fermented tea."),
        ("- **Oolong:** a half-fermented tea.", "md", "How does “Tea” describe “Oolong”?", "a half-fermented tea."),
        ("- `steep` - how long it stands", "md", "How does “Tea” describe `steep`?", "how long it stands"),
        ("* ``steep``: how long it stands", "rst", "How does “Tea” describe `steep`?", "how long it stands"),
        ("Oolong\n: a half-fermented tea.", "md", "How does “Tea” describe “Oolong”?", "a half-fermented tea."),
        ("Oolong\n    A half-fermented tea.\n", "rst", "How does “Tea” describe “Oolong”?", "A half-fermented tea."),
        ("<dl><dt>Oolong<dd>A half-fermented tea.</dl>", "html", "How does “Tea” describe “Oolong”?",
         "A half-fermented tea."),
        (".. function:: brew(leaf)\n\n   Makes some tea.\n", "rst", "How does “Tea” describe `brew(leaf)`?",
         "Makes some tea."),
        ("Oolong is a tea that is half fermented. More.", "md", "What is Oolong, according to “Tea”?",
         "Oolong is a tea that is half fermented."),
        ("The tea ceremonies are an old art of hosts.", "md", "What are the tea ceremonies, according to “Tea”?",
         "The tea ceremonies are an old art of hosts."),
    ],
)  # fmt: skip
def test_definitions_are_found(source: str, form: str, question: str, answer: str) -> None:
    assert asked("definitions", source, form=form) == [(question, answer)]


def test_a_glossarys_headings_are_terms() -> None:
    source = "# Glossary\n\n## Oolong\n\nA half-fermented tea.\n\n## Green\n\nAn unfermented tea.\n"
    assert asked("definitions", source, title="Glossary") == [
        ("How does “Glossary” define “Oolong”?", "A half-fermented tea."),
        ("How does “Glossary” define “Green”?", "An unfermented tea."),
    ]


@pytest.mark.parametrize(
    "source",
    [
        "It is a tea that is half fermented, more or less.",
        "If the pot is a cold one, the tea is weak.",
        "The default is a pot of about a litre.",
        "**Note:** the pot is hot when it was filled.",
        "**Oolong** tea is drunk in the afternoon.",
        "- **Oolong:** [see there](http://example.org)",
        "    Oolong is a tea in a code block of a page.",
        "Oolong is a tea as the table above says.",
    ],
)
def test_what_defines_nothing_is_no_definition(source: str) -> None:
    assert asked("definitions", source) == []


def test_a_long_meaning_gives_its_first_sentence() -> None:
    source = "**Oolong** — a half-fermented tea. " + "It is drunk everywhere. " * 5
    assert asked("definitions", source, max_chars=30) == [
        ("How does “Tea” describe “Oolong”?", "a half-fermented tea.")
    ]
    assert asked("definitions", source, max_chars=20) == []


def test_parameters_are_not_defined_without_their_function() -> None:
    assert asked("definitions", ":param leaf: What to put into the pot.\n", form="rst") == []


# -- headings ---------------------------------------------------------------------------------------------

PROSE = "Fill the kettle and wait until it boils."


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("Boiling water", "What does “Tea” say about “Boiling water”?"),
        ("Overview", "How does the section “Overview” of “Tea” begin?"),
        ("Tea", "How does “Tea” begin?"),
        ("Why does water boil?", "Why does water boil?"),
        ("What is boiling", "What is boiling?"),
        ("My water doesn't boil?", "My water doesn't boil?"),
        ("2. Does it boil?", "What does “Tea” say about “2. Does it boil?”?"),
        ("Remarks:", "What does “Tea” say about “Remarks”?"),
    ],
)
def test_a_heading_asks_or_is_asked_about(heading: str, question: str) -> None:
    assert asked("headings", f"## {heading}\n\n{PROSE}\n") == [(question, PROSE)]


@pytest.mark.parametrize(
    "source",
    [
        f"## References\n\n{PROSE}",
        f"## Table of contents\n\n{PROSE}",
        "## Boiling\n\nYou need the following things for it:",
        "## Boiling\n\nSee [the other page](there.md) about that, please.",
        "## Boiling\n\nThe table below says all about the water.",
        f"## Boiling\n\n- {PROSE}",
        f"## Boiling\n\n```\n{PROSE}\n```",
        "## Boiling\n\nShort one.",
    ],
)
def test_a_heading_without_prose_that_stands_alone_is_not_asked_about(source: str) -> None:
    assert asked("headings", source) == []


def test_a_long_paragraph_gives_its_first_sentence_and_the_question_says_so() -> None:
    source = f"## Boiling water\n\n{PROSE} {PROSE}\n"
    assert asked("headings", source, max_chars=len(PROSE)) == [
        ("How does the section “Boiling water” of “Tea” begin?", PROSE)
    ]
    assert asked("headings", source, max_chars=len(PROSE) - 1) == []


# -- lists ------------------------------------------------------------------------------------------------


def test_the_sentence_before_a_list_asks_for_it() -> None:
    source = "## Kinds\n\nText. There are two kinds:\n\n- green\n- black\n  - strong\n\nEnd.\n"
    assert asked("lists", source) == [
        (
            "In the section “Kinds” of “Tea”, which points are listed after “There are two kinds:”?",
            "- green\n- black\n  - strong",
        )
    ]


def test_the_heading_before_a_list_asks_for_it() -> None:
    assert asked("lists", "Kinds\n=====\n\nGreen\n-----\n\n* sencha\n* matcha\n", form="rst") == [
        ("Which points does “Tea” list under “Green”?", "* sencha\n* matcha")
    ]


@pytest.mark.parametrize(
    "source",
    [
        "There are some kinds of it.\n\n- green\n- black\n",
        "There is one kind:\n\n- green\n",
        "## Contents\n\n- green\n- black\n",
        "There are two kinds:\n\n- green\n\n      code\n\n- black\n",
        "There are two kinds:\n\n- [green](g.md)\n- black\n",
        "See the links below:\n\n- green\n- black\n",
        "- green\n- black\n",
    ],
)
def test_a_list_that_nothing_announces_or_that_reads_badly_is_not_asked_for(source: str) -> None:
    assert asked("lists", source) == []


def test_a_list_that_goes_on_in_the_next_chunk_is_not_asked_for() -> None:
    item = "- " + "leaf " * 30 + "\n"
    whole = "There are many kinds:\n\n" + item * 10
    assert len(asked("lists", whole, max_chars=3000)) == 1
    assert asked("lists", "There are many kinds:\n\n" + item * 40, max_chars=9000) == []


# -- cloze ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "shown", "answer"),
    [
        (
            "Call `brew()` when the Kettle has reached 95 °C.",
            "Call ____ when the Kettle has reached 95 °C.",
            "brew()",
        ),
        (
            "The leaves of it need 90 seconds in Hot Water.",
            "The leaves of it need ____ in Hot Water.",
            "90 seconds",
        ),
        (
            "Most of the world drinks tea from Sri Lanka.",
            "Most of the world drinks tea from ____.",
            "Sri Lanka",
        ),
        (
            "There are about 1,500 different kinds of tea.",
            "There are about ____ different kinds of tea.",
            "1,500",
        ),
        (
            "In **this** pot it [stands](x.md) for 12.5 minutes.",
            "In this pot it stands for ____.",
            "12.5 minutes",
        ),
    ],
)
def test_the_most_salient_span_of_a_sentence_is_left_out(sentence: str, shown: str, answer: str) -> None:
    assert asked("cloze", sentence) == [(f"Complete the sentence from “Tea”: “{shown}”", answer)]


@pytest.mark.parametrize(
    "sentence",
    [
        "The tea is drunk in the afternoon with some milk.",  # nothing salient
        "You SHALL drink some of it in the month of May.",  # ordinary words
        "There are 5 different kinds of tea in the pot.",  # one digit
        "Tea has 12 kinds, and of these 12 kinds are green.",  # twice
        "Tea with 95 degrees",  # no sentence
        "Tea needs 95 °C.",  # too short
        "See [the page of 2024](http://example.org/12) for all of it.",  # inside a link
        "The water has {{< param degrees >}} and needs 95 seconds more.",  # a shortcode
        "The water needs ~95 or 90-95 or 1.x or 95+ of them there.",  # parts of something longer
    ],
)
def test_sentences_without_a_good_gap_are_left_alone(sentence: str) -> None:
    assert asked("cloze", sentence) == []


def test_code_blocks_and_tables_are_not_asked_about() -> None:
    text = "The leaves of it need 90 seconds in Hot Water."
    assert asked("cloze", f"```\n{text}\n```\n\n    {text}\n\n| a |\n| - |\n| {text} |\n") == []


def test_the_question_does_not_hold_the_answer() -> None:
    source = "## The `brew()` call\n\nThe function `brew()` makes a pot of tea.\n"
    assert asked("cloze", source) == [
        ("Complete the sentence from “Tea”: “The function ____ makes a pot of tea.”", "brew()")
    ]
    assert asked("cloze", source, title="The `brew()` call") == []


def test_rst_markup_is_taken_off_the_question_and_bare_references_are_left_out() -> None:
    source = "The :class:`Pot` of *clay* is made of ``mud`` by `potters <http://example.org>`_ in 12 days.\n"
    assert asked("cloze", source, form="rst") == [
        (
            "Complete the sentence from “Tea”: “The `Pot` of clay is made of ____ by potters in 12 days.”",
            "mud",
        )
    ]
    assert asked("cloze", "It needs ``mud`` and clay as :ref:`the-label` says of it.\n", form="rst") == []


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("# 茶\n\n绿茶需要用80度的水冲泡三分钟才好喝。这里没有数字。\n", "80"),
        ("# Чай\n\nЗелёный чай заваривают `brew()` при низкой температуре воды.\n", "brew()"),
        ("# Τσάι\n\nΤο πράσινο τσάι θέλει 90 δευτερόλεπτα μέσα στο ζεστό νερό.\n", "90"),
    ],
)
def test_other_scripts_give_cloze_and_headings(source: str, answer: str) -> None:
    assert [a for _, a in asked("cloze", source)] == [answer]
    assert len(asked("headings", source)) == 1


# -- markup and sentences ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentences_found"),
    [
        ("One is e.g. two. Three!  Four?", ["One is e.g. two.", "Three!", "Four?"]),
        ("It costs 3.50 (i.e. a lot. Really) now. Yes", ["It costs 3.50 (i.e. a lot. Really) now.", "Yes"]),
        ("Use `a. b` here. Then `c.` there.", ["Use `a. b` here.", "Then `c.` there."]),
        ("一。二！三", ["一。", "二！", "三"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_end_where_readers_see_an_end(text: str, sentences_found: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == sentences_found


@given(st.text(alphabet="ab .!?()[]`\n。é", max_size=60))
@settings(max_examples=50)
def test_sentences_cover_the_text_in_order(text: str) -> None:
    spans = list(sentences(text))
    rebuilt = "".join("".join(text[s:e].split()) for s, e in spans)
    assert rebuilt == "".join(text.split())
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Plain *prose* with `a[0]` and ``b[1]``.", True),
        ("a [link](x)", False),
        ("a [shortcut]", False),
        ("a <b>tag</b>", False),
        ("a :ref:`role`", False),
        ("a {{< shortcode >}}", False),
        ("a link_ and `another`_", False),
        ("an odd ` mark", False),
        ("5 < 6 and 7 > 6", True),
    ],
)
def test_an_answer_is_clean_without_links_roles_and_tags(text: str, clean: bool) -> None:
    assert is_clean(text) is clean


def test_plain_text_has_no_markup_but_code() -> None:
    text = "A **bold** [link](x), ![image](y) [ref][r], :meth:`~a.b` and\n``code`` `t <u>`_ [1]_ a\\_b"
    assert plain(text) == "A bold link, ref, `a.b` and `code` t a_b"
