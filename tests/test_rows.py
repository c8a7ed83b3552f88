"""The user's rows: every format, what is taken from them, and errors that name file, line and column."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from datagen_core import rows
from datagen_core.config import InputPath
from datagen_core.errors import InputError
from datagen_core.rows import RowsSource, read_rows

FORMATS = {
    "rows.jsonl": '{"text": "play jazz", "label": "music"}\n\n{"text": "rain?", "label": "weather"}\n',
    "rows.ndjson": '{"text": "play jazz", "label": "music"}\n{"text": "rain?", "label": "weather"}',
    "rows.json": '[{"text": "play jazz", "label": "music"},\n {"text": "rain?", "label": "weather"}]',
    "rows.csv": "text,label\nplay jazz,music\nrain?,weather\n",
    "rows.tsv": "text\tlabel\nplay jazz\tmusic\n\nrain?\tweather\n",
    "ROWS.CSV": 'label,text\nmusic,"play jazz"\nweather,rain?',
}


def _file(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    data = content.encode() if isinstance(content, str) else content
    file.write_bytes(gzip.compress(data) if name.lower().endswith(".gz") else data)
    return file


def _source(file: Path, **options: Any) -> RowsSource:
    return RowsSource.model_validate({"path": str(file), **options})


def _texts(file: Path, **options: Any) -> list[str]:
    return [seed.text for seed in _source(file, **options).read()]


def _refused(file: Path, **options: Any) -> InputError:
    with pytest.raises(InputError) as caught:
        _source(file, **options).read()
    return caught.value


# -- formats --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", ["", ".gz"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_rows_gzipped_or_not(tmp_path: Path, name: str, packed: str) -> None:
    seeds = _source(_file(tmp_path, name + packed, FORMATS[name])).read()

    assert [(seed.text, seed.label) for seed in seeds] == [("play jazz", "music"), ("rain?", "weather")]
    assert seeds[0].row == {"text": "play jazz", "label": "music"}


@pytest.mark.parametrize("packed", ["", ".gz"])
def test_a_text_file_has_one_row_per_line_that_is_not_blank(tmp_path: Path, packed: str) -> None:
    file = _file(tmp_path, f"lines.txt{packed}", "one\n  \n two \n\nthree")

    assert _texts(file) == ["one", " two ", "three"]
    assert [number for number, _ in read_rows(InputPath(str(file)))] == [1, 3, 5]


@pytest.mark.parametrize("name", FORMATS)
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path, name: str) -> None:
    plain = _source(_file(tmp_path, name, FORMATS[name])).read()
    marked = b"\xef\xbb\xbf" + FORMATS[name].replace("\n", "\r\n").encode()

    assert _source(_file(tmp_path, f"w-{name}", marked)).read() == plain


def test_a_csv_cell_may_hold_delimiters_quotes_and_line_breaks(tmp_path: Path) -> None:
    file = _file(tmp_path, "rows.csv", 'text,label\n"say ""hi"", twice\nat least",greet\n')

    assert _texts(file) == ['say "hi", twice\nat least']


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\x00"), max_size=15).filter(
    lambda cell: bool(cell.strip())
)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=5))
def test_what_pythons_own_writers_write_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("written")
    out = io.StringIO()
    csv.writer(out).writerows([("text", "label"), *pairs])
    lines = "\n".join(json.dumps({"text": t, "label": c}, ensure_ascii=False) for t, c in pairs)

    for name, content in (("rows.csv", out.getvalue()), ("rows.jsonl", lines)):
        seeds = _source(_file(folder, name, content)).read()
        assert [(seed.text, seed.label) for seed in seeds] == pairs


def test_an_unknown_ending_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    error = _refused(_file(tmp_path, "rows.xlsx", "x"))

    assert "can't tell the format" in error.message
    assert all(ending in (error.expected or "") for ending in (".jsonl", ".json", ".csv", ".tsv", ".txt"))


# -- what is taken from a row ---------------------------------------------------------------------------------


def test_equal_rows_have_equal_ids_and_the_label_counts(tmp_path: Path) -> None:
    file = _file(tmp_path, "rows.csv", "text,label\na,x\na,x\na,y\n")
    ids = [seed.id for seed in _source(file).read()]

    assert ids[0] == ids[1] != ids[2]


def test_the_text_is_found_under_its_usual_names_and_any_other_can_be_named(tmp_path: Path) -> None:
    assert _texts(_file(tmp_path, "a.csv", "question,x\nwhy?,1\n")) == ["why?"]
    assert _texts(_file(tmp_path, "b.csv", "input,instruction\nin,do\n")) == ["do"]
    assert _texts(_file(tmp_path, "c.csv", "text,body\nno,yes\n"), text="body") == ["yes"]


def test_a_label_may_be_a_number_or_missing_but_never_an_empty_name(tmp_path: Path) -> None:
    numbers = _file(
        tmp_path, "a.jsonl", '{"text": "a"}\n{"text": "b", "label": null}\n{"text": "c", "label": 1}\n'
    )
    cells = _file(tmp_path, "a.csv", "text,label\na,\nb,x\n")

    assert [seed.label for seed in _source(numbers).read()] == [None, None, "1"]
    assert [seed.label for seed in _source(cells).read()] == [None, "x"]


def test_slots_come_as_pairs_of_entity_and_value(tmp_path: Path) -> None:
    row = {"text": "play jazz", "slots": [{"entity": "genre", "value": "jazz"}]}
    file = _file(tmp_path, "rows.jsonl", json.dumps(row) + '\n{"text": "stop"}\n')

    assert [seed.slots for seed in _source(file).read()] == [(("genre", "jazz"),), ()]


@pytest.mark.parametrize("slots", ['"genre"', "3", '[{"entity": "genre"}]', '["jazz"]', '{"genre": "jazz"}'])
def test_slots_of_another_shape_are_refused_with_their_line(tmp_path: Path, slots: str) -> None:
    error = _refused(_file(tmp_path, "rows.jsonl", f'{{"text": "a"}}\n{{"text": "b", "slots": {slots}}}\n'))

    assert error.where == f"{tmp_path / 'rows.jsonl'}:2"
    assert "entity" in error.message


def test_a_record_without_a_text_column_is_its_columns_but_the_label(tmp_path: Path) -> None:
    file = _file(tmp_path, "plants.csv", "plant,place,label\nagave,Mexico,x\nsaguaro,Arizona,y\n")

    seeds = _source(file, record=True).read()
    assert [seed.text for seed in seeds] == ["plant: agave\nplace: Mexico", "plant: saguaro\nplace: Arizona"]
    assert [seed.label for seed in seeds] == ["x", "y"]
    assert _texts(file, record=True, text="place") == ["Mexico", "Arizona"]


@pytest.mark.parametrize("record", [False, True])
def test_unlabelled_reading_leaves_no_trace_of_the_labels(tmp_path: Path, record: bool) -> None:
    file = _file(tmp_path, "rows.csv", "text,label,kind\nplay jazz,SECRET,SECRET2\n")
    source = _source(file, record=record, label="label")

    (seed,) = source.read(labelled=False)
    assert source.read()[0].label == "SECRET"
    assert seed.label is None
    assert seed.row == {"text": seed.text}
    assert seed.text == ("text: play jazz\nkind: SECRET2" if record else "play jazz")


# -- where and limit ------------------------------------------------------------------------------------------

SCORED = (
    '{"text": "a", "n": 1, "k": "x"}\n'
    '{"text": "b", "n": 2, "k": "y"}\n'
    '{"text": "c", "n": 3}\n'
    '{"text": "d", "k": "y"}\n'
)


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ({}, "abcd"),
        ({"k": "y"}, "bd"),
        ({"k": ["x", "y"]}, "abd"),
        ({"k": None}, "c"),
        ({"n": {"min": 2}}, "bc"),
        ({"n": {"max": 2}}, "ab"),
        ({"n": {"min": 2, "max": 2}}, "b"),
        ({"n": {"min": 1.5, "max": None}}, "bc"),
        ({"n": {"min": 1}, "k": "y"}, "b"),
        ({"k": {"min": "x", "max": "x"}}, "a"),
    ],
)
def test_where_keeps_rows_by_value_list_or_range_ends_included(
    tmp_path: Path, where: dict[str, Any], kept: str
) -> None:
    assert "".join(_texts(_file(tmp_path, "rows.jsonl", SCORED), where=where)) == kept


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ({"n": 2}, "b"),
        ({"n": [1, 10]}, "ac"),
        ({"n": {"min": 2}}, "bc"),
        ({"ok": True}, "a"),
        ({"n": "10"}, "c"),
    ],
)
def test_numbers_in_a_table_are_compared_as_numbers(tmp_path: Path, where: dict[str, Any], kept: str) -> None:
    file = _file(tmp_path, "rows.csv", "text,n,ok\na,1,true\nb,2,false\nc,10,\nd,many,\n")

    assert "".join(_texts(file, where=where)) == kept


@pytest.mark.parametrize("wanted", [{"minimum": 3}, {}, {"min": 1, "mx": 2}])
def test_a_range_with_another_key_is_refused_instead_of_keeping_everything(wanted: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="min, max or both"):
        RowsSource.model_validate({"path": "x.csv", "where": {"n": wanted}})


def test_limit_keeps_the_first_rows_that_match(tmp_path: Path) -> None:
    file = _file(tmp_path, "rows.jsonl", SCORED)

    assert _texts(file, limit=1) == ["a"]
    assert _texts(file, limit=1, where={"k": "y"}) == ["b"]
    assert _texts(file, limit=9) == ["a", "b", "c", "d"]


def test_rows_beyond_the_limit_are_not_read(tmp_path: Path) -> None:
    assert _texts(_file(tmp_path, "rows.jsonl", '{"text": "a"}\nbroken\n'), limit=1) == ["a"]


def test_no_rows_left_says_by_what(tmp_path: Path) -> None:
    error = _refused(_file(tmp_path, "rows.jsonl", SCORED), where={"k": "z"})

    assert "no rows left by where: {'k': 'z'}" in error.message


# -- what is wrong with a file --------------------------------------------------------------------------------


def test_a_missing_file_is_answered_with_what_lies_there(tmp_path: Path) -> None:
    for name in ("train.csv", "test.csv"):
        _file(tmp_path, name, "text\n")
    error = _refused(tmp_path / "trian.csv")

    assert "no file" in error.message
    assert "test.csv, train.csv" in (error.hint or "")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert f"the folder {tmp_path / 'no'} doesn't exist" in (
        _refused(tmp_path / "no" / "rows.csv").hint or ""
    )


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").mkdir()

    assert "no file" in _refused(tmp_path / "rows.csv").message


@pytest.mark.parametrize("name", ["e.jsonl", "e.csv", "e.tsv", "e.txt", "e.jsonl.gz"])
def test_an_empty_file_has_no_rows(tmp_path: Path, name: str) -> None:
    error = _refused(_file(tmp_path, name, ""))

    assert error.message == "no rows"
    assert error.exit_code == 2


def test_a_table_with_a_header_alone_and_an_empty_list_have_no_rows(tmp_path: Path) -> None:
    assert _refused(_file(tmp_path, "e.csv", "text,label\n")).message == "no rows"
    assert _refused(_file(tmp_path, "e.json", "[]")).message == "no rows"


def test_a_missing_column_is_answered_with_the_columns_there_are(tmp_path: Path) -> None:
    file = _file(tmp_path, "rows.csv", "body,class\na,x\n")

    assert "body, class" in (_refused(file).expected or "")
    assert "text: COLUMN" in (_refused(file).hint or "")
    assert "'lable'" in _refused(file, text="body", label="lable").message
    assert "body, class" in (_refused(file, text="body", label="lable").expected or "")


@pytest.mark.parametrize(
    "row", ['{"text": ""}', '{"text": " "}', '{"text": 3}', '{"text": null}', '{"label": "x"}']
)
def test_a_row_without_text_is_refused_with_its_line(tmp_path: Path, row: str) -> None:
    error = _refused(_file(tmp_path, "rows.jsonl", f'{{"text": "a"}}\n\n{row}\n'))

    assert error.where == f"{tmp_path / 'rows.jsonl'}:3"
    assert "no text in column 'text'" in error.message


def test_a_byte_that_is_not_utf_8_is_named_with_line_and_place_in_it(tmp_path: Path) -> None:
    error = _refused(_file(tmp_path, "rows.txt", b"one\ncaf\xe9\n"))

    assert error.where == f"{tmp_path / 'rows.txt'}:2"
    assert "byte 4 of the line is not UTF-8 (0xe9)" in error.message
    assert "iconv" in (error.hint or "")


@pytest.mark.parametrize(
    "line", ['{"text": "a"', "text", "{'text': 'a'}", '{"n": ' + "9" * 5000 + "}", "[" * 100_000]
)
def test_a_malformed_line_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    error = _refused(_file(tmp_path, "rows.jsonl", f'{{"text": "ok"}}\n{line}\n'))

    assert error.where == f"{tmp_path / 'rows.jsonl'}:2"
    assert "not valid JSON" in error.message


def test_malformed_json_is_refused_with_the_line_of_the_fault(tmp_path: Path) -> None:
    assert (
        "line 3 "
        in _refused(_file(tmp_path, "r.json", '[{"text": "a"},\n{"text": "b"},\n{"text": }]')).message
    )


@pytest.mark.parametrize("value", ["[1]", '"text"', "3", "null"])
def test_a_row_that_is_no_object_is_refused(tmp_path: Path, value: str) -> None:
    line = _refused(_file(tmp_path, "rows.jsonl", f'{{"text": "ok"}}\n{value}\n'))
    item = _refused(_file(tmp_path, "rows.json", f'[{{"text": "ok"}}, {value}]'))

    assert line.where == f"{tmp_path / 'rows.jsonl'}:2"
    assert item.where == f"{tmp_path / 'rows.json'}, row 2"
    assert "not an object" in line.message


def test_a_json_file_must_hold_a_list(tmp_path: Path) -> None:
    assert "doesn't hold a list" in _refused(_file(tmp_path, "rows.json", '{"text": "a"}')).message


@pytest.mark.parametrize(("row", "fault"), [("a,x,oops", "more"), ("a", "fewer")])
def test_a_table_row_of_another_width_is_refused_with_its_line(tmp_path: Path, row: str, fault: str) -> None:
    error = _refused(_file(tmp_path, "rows.csv", f"text,label\nok,x\n{row}\n"))

    assert error.where == f"{tmp_path / 'rows.csv'}:3"
    assert f"{fault} cells than the header" in error.message
    assert error.expected == "2 cells"


def test_an_overlong_line_is_refused_and_one_at_the_limit_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "MAX_LINE_BYTES", 8)

    assert _texts(_file(tmp_path, "fits.txt", "short\n1234567\n12345678")) == ["short", "1234567", "12345678"]
    error = _refused(_file(tmp_path, "long.txt", "short\n123456789"))
    assert error.where == f"{tmp_path / 'long.txt'}:2"
    assert "line 2 is longer" in error.message


def test_a_broken_gzip_file_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress("\n".join(f"line {i * i}" for i in range(500)).encode())
    broken = {"cut": whole[:-20], "other": b"plain text", "garbled": whole[:20] + bytes(20) + whole[40:]}
    for name, data in broken.items():
        file = tmp_path / f"{name}.txt.gz"
        file.write_bytes(data)
        assert "not a whole gzip file" in _refused(file).message
