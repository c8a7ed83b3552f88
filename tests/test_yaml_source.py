"""YAML from strangers: bounded, plain values only, no duplicate keys, every key with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core import yaml_source
from datagen_core.errors import RecipeError
from datagen_core.yaml_source import load, parse


def _refused(text: str) -> RecipeError:
    with pytest.raises(RecipeError) as caught:
        parse(text, "r.yaml")
    return caught.value


def _laughs(levels: int) -> str:
    lines = ['a0: &a0 ["lol"]']
    for i in range(1, levels):
        lines.append(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]")
    return "\n".join(lines)


# -- what is read ---------------------------------------------------------------------------------------------


def test_plain_values_come_as_python_has_them() -> None:
    text = "a: 3\nb: 0.5\nc: true\nd: null\ne: text\nf: [1, two]\ng: {h: '007'}\n"

    assert parse(text).data == {
        "a": 3,
        "b": 0.5,
        "c": True,
        "d": None,
        "e": "text",
        "f": [1, "two"],
        "g": {"h": "007"},
    }


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "\n\n"])
def test_an_empty_document_holds_nothing(text: str) -> None:
    assert parse(text).data is None


def test_the_document_itself_begins_on_line_1() -> None:
    assert parse("", "r.yaml").place(()) == "r.yaml:1"
    assert parse("a: 1\n", "r.yaml").place(()) == "r.yaml:1"


@pytest.mark.parametrize("written", ["2024-01-31", "2024-13-45", "2024-01-31T10:00:00Z", "="])
def test_dates_stay_text_so_that_a_recipe_can_be_stored_as_json(written: str) -> None:
    assert parse(f"a: {written}").data == {"a": written}


def test_keys_are_text_as_written() -> None:
    assert list(parse("1: a\nyes: b\nnull: c\n2024-01-31: d\n").data) == ["1", "yes", "null", "2024-01-31"]


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.text(st.characters(codec="utf-8"), max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abcxyz", min_size=1), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=30, deadline=None)
@given(PLAIN)
def test_plain_documents_read_as_pyyaml_reads_them(value: Any) -> None:
    text = yaml.safe_dump({"a": value}, allow_unicode=True)

    assert parse(text).data == yaml.safe_load(text)


# -- lines ----------------------------------------------------------------------------------------------------


def test_every_key_knows_its_line() -> None:
    found = parse(
        "name: x\narms:\n- use: one\n- use: two\n  with:\n    share: 0.1\nbudget: {max_batches: 3}\n"
    )

    assert found.line(()) == 1
    assert found.line(("arms",)) == 2
    assert found.line(("arms", 0)) == 3
    assert found.line(("arms", 0, "use")) == 3
    assert found.line(("arms", 1, "with")) == 5
    assert found.line(("arms", 1, "with", "share")) == 6
    assert found.line(("budget", "max_batches")) == 7


def test_an_unknown_path_has_the_line_of_its_closest_parent() -> None:
    found = parse("name: x\narms:\n- use: one\n", "r.yaml")

    assert found.place(("arms", 0, "with", "share")) == "r.yaml:3"
    assert found.place(("arms", 7)) == "r.yaml:2"
    assert found.place(("nowhere",)) == "r.yaml:1"


def test_a_moved_path_keeps_its_line_and_never_takes_anothers() -> None:
    found = parse("job_id: x\nname: y\nother: z\n")
    found.moved(("other",), ("domain",))
    found.moved(("job_id",), ("name",))
    found.moved(("nowhere",), ("task",))

    assert found.line(("domain",)) == 3
    assert found.line(("name",)) == 2
    assert found.line(("task",)) == 1


# -- duplicates and merges ------------------------------------------------------------------------------------


def test_a_key_that_stands_twice_is_refused_with_both_lines() -> None:
    error = _refused("seed: 1\nnum_samples: 5\nseed: 2\n")

    assert "'seed' stands twice" in error.message
    assert error.where == "r.yaml:3"
    assert "line 1" in (error.expected or "")


def test_duplicates_are_found_in_nested_mappings_but_not_across_them() -> None:
    assert parse("a: {x: 1}\nb: {x: 1}\nc:\n- x: 1\n- x: 1\n").data["b"] == {"x": 1}
    error = _refused("a:\n  x: 1\n  y: 2\n  x: 1\n")

    assert error.where == "r.yaml:4"
    assert "line 2" in (error.expected or "")


@pytest.mark.parametrize("order", ["<<: *base\n  x: 9", "x: 9\n  <<: *base"])
def test_own_keys_override_merged_ones_wherever_the_merge_stands(order: str) -> None:
    found = parse(f"base: &base {{x: 1, y: 2}}\nmine:\n  {order}\n")

    assert found.data["mine"] == {"x": 9, "y": 2}
    assert found.line(("mine", "x")) in (3, 4)  # where it is overridden, not line 1 where it was merged from
    assert found.line(("mine", "y")) == 1


def test_of_several_merged_mappings_the_first_wins() -> None:
    text = "p: &p {x: 1}\nq: &q {x: 2, y: 2}\nmine: {<<: [*p, *q]}\n"

    assert parse(text).data["mine"] == yaml.safe_load(text)["mine"] == {"x": 1, "y": 2}


def test_own_duplicates_are_refused_beside_a_merge_too() -> None:
    error = _refused("base: &base {x: 1}\nmine:\n  <<: *base\n  x: 2\n  x: 3\n")

    assert error.where == "r.yaml:5"
    assert "line 4" in (error.expected or "")


@pytest.mark.parametrize("value", ["3", "text", "[1]", ""])
def test_only_mappings_can_be_merged(value: str) -> None:
    error = _refused(f"a: 1\nmine:\n  <<: {value}\n")

    assert error.where == "r.yaml:3"
    assert "merged" in error.message


# -- bombs ----------------------------------------------------------------------------------------------------


def test_an_alias_bomb_is_refused_instead_of_expanded() -> None:
    error = _refused(_laughs(9))  # 10^8 leaves

    assert "aliases" in error.message


def test_aliases_below_the_limit_are_expanded() -> None:
    assert parse(_laughs(3)).data["a2"] == [[["lol"]] * 10] * 10


def test_the_number_of_values_is_bounded_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_source, "MAX_NODES", 5)

    assert parse("[1, 2, 3, 4]").data == [1, 2, 3, 4]  # four and the list
    assert "more than 5 values" in _refused("[1, 2, 3, 4, 5]").message


def test_an_alias_inside_itself_is_refused() -> None:
    assert _refused("ok: 1\na: &a [1, *a]\n").where == "r.yaml:2"
    assert _refused("ok: 1\nok2: 2\na: &a {b: *a}\n").where == "r.yaml:3"


@pytest.mark.parametrize(
    "text",
    ["[" * 10_000 + "]" * 10_000, "[" * 10_000, "- " * 10_000 + "x", "{a: " * 10_000 + "1" + "}" * 10_000],
    ids=["closed", "unclosed", "block", "mappings"],
)
def test_ten_thousand_levels_are_an_error_not_a_crash(text: str) -> None:
    assert _refused(text).message == "the document is nested too deeply"


def test_fifty_levels_are_fine() -> None:
    data = parse("[" * 50 + "]" * 50).data
    for _ in range(49):
        (data,) = data

    assert data == []


# -- tags and broken text -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "!!python/object:os.system {}",
        "!!python/object/apply:os.system ['true']",
        "!!python/name:os.system ''",
        "!!python/tuple [1, 2]",
        "!!binary aGVsbG8=",
        "!!set {x, y}",
        "!!str [1]",
        "!!bool maybe",
        "!!int ''",
        "!own x",
        "9" * 5000,
    ],
)
def test_anything_but_plain_values_is_refused_with_its_line(value: str) -> None:
    error = _refused(f"ok: 1\na: {value}\n")

    assert error.where == "r.yaml:2"
    assert "not a plain value" in error.message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", 3),
        ("a: 1\nb:\n\t- x\n", 3),
        ("a: *nowhere\n", 1),
        ("a: 1\n---\nb: 2\n", 2),
        ("a: 1\n? [x, y]\n: 2\n", 2),
    ],
    ids=["unclosed", "tab", "undefined alias", "two documents", "a list as key"],
)
def test_malformed_text_is_refused_with_its_line(text: str, line: int) -> None:
    assert _refused(text).where == f"r.yaml:{line}"


def test_control_characters_are_refused() -> None:
    assert "not valid YAML" in _refused("a: \0").message


# -- files ----------------------------------------------------------------------------------------------------


def test_a_missing_file_and_a_folder_are_usage_errors(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no file") as missing:
        load(tmp_path / "none.yaml")
    with pytest.raises(RecipeError, match="can't be read") as folder:
        load(tmp_path)

    assert missing.value.exit_code == folder.value.exit_code == 2
    assert str(tmp_path) in (folder.value.where or "")


def test_a_byte_that_is_not_utf_8_is_shown_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    file.write_bytes(b"a: 1\nb: 2\nc: caf" + b"\xe9\n")

    with pytest.raises(RecipeError) as caught:
        load(file)

    assert caught.value.where == f"{file}:3"
    assert "byte 16 " in caught.value.message  # 5 + 5 + 6 bytes before it
    assert "0xe9" in caught.value.message


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    file.write_bytes(b"\xef\xbb\xbfname: x\r\nseed: 3\r\n")

    assert load(file).data == {"name": "x", "seed": 3}


def test_a_file_of_more_than_four_mib_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "r.yaml"
    with file.open("wb") as out:
        out.truncate(4 * 1024 * 1024 + 1)

    with pytest.raises(RecipeError, match="larger than 4 MiB") as caught:
        load(file)

    assert caught.value.where == str(file)


def test_a_file_at_the_limit_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_source, "MAX_BYTES", 8)
    file = tmp_path / "r.yaml"

    file.write_text("a: 12345", encoding="utf-8")
    assert load(file).data == {"a": 12345}

    file.write_text("a: 123456", encoding="utf-8")
    with pytest.raises(RecipeError, match="larger"):
        load(file)
