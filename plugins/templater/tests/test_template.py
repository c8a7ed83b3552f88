import pytest
from datagen_plugin_templater.template import MAX_REPEATS, Reference, parse_template
from hypothesis import given
from hypothesis import strategies as st

from datagen_core import InputError


def test_a_template_is_literals_and_references_in_order() -> None:
    assert parse_template("fly to <city> <day?> <stop{0,2}>!", "here") == (
        "fly to ",
        Reference("city"),
        " ",
        Reference("day", 0, 1, optional=True),
        " ",
        Reference("stop", 0, 2),
        "!",
    )


def test_an_escaped_bracket_is_a_literal() -> None:
    assert parse_template(r"2 \< 3 > \<b> <x>", "here") == ("2 < 3 > <b> ", Reference("x"))


@pytest.mark.parametrize("text", ["a < b", "<3", "<two words>", "<>", "<a{2}>", "<a!>", "x<", "<a<b>>"])
def test_a_bracket_that_begins_no_reference_is_an_error_with_its_place(text: str) -> None:
    with pytest.raises(InputError, match="begins no reference") as caught:
        parse_template(text, "rules.a[0]")
    assert caught.value.where == "rules.a[0]"
    assert r"\<" in str(caught.value.hint)


def test_repeats_are_allowed_up_to_the_limit_and_no_further() -> None:
    assert parse_template(f"<a{{0,{MAX_REPEATS}}}>", "here") == (Reference("a", 0, MAX_REPEATS),)
    for wrong in (f"<a{{0,{MAX_REPEATS + 1}}}>", "<a{2,1}>", "<a{0,0}>"):
        with pytest.raises(InputError, match="repeats"):
            parse_template(wrong, "here")


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_text_that_cant_be_written_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_template(text, "here")


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_text_comes_back_when_its_brackets_are_escaped(text: str) -> None:
    parts = parse_template(text.replace("<", r"\<"), "here")
    assert "".join(str(part) for part in parts) == text
