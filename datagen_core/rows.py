"""Reading the user's rows: JSONL, JSON, CSV, TSV, lines of text, Parquet; errors name the place."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfoNotFoundError

from pydantic import Field, SerializerFunctionWrapHandler, field_validator, model_serializer, model_validator

from datagen_core.config import Config, InputPath, missing_file
from datagen_core.errors import InputError
from datagen_core.inputs import Seed
from datagen_core.row_forms import CHAT_COLUMNS, TEXT_COLUMNS, text_in

MAX_DEPTH = 200
"""Of lists and objects within a row: what is nested deeper can be read and not always be written again."""
MAX_LINE_BYTES = 16 * 1024 * 1024
"""A longer line is an error, not a row: a 1 GB line would otherwise be read whole."""


class RowsSource(Config):
    """Rows, of a file or given here, and which columns mean what. A bare string is the path, a bare list the rows."""

    path: InputPath | None = Field(
        None, description="JSONL, JSON list, CSV, TSV, TXT (one text a line), also .gz, or Parquet"
    )
    rows: tuple[dict[str, Any] | str, ...] | None = Field(
        None, min_length=1, description="the rows themselves, in place of a file: objects, or texts"
    )
    text: str | None = Field(
        None,
        description="column that holds the text; by default the first with text of text, instruction, question, "
        "input, prompt, response, or the user's first turn in messages or conversations",
    )
    label: str | None = Field(
        None, description="column that holds the class; by default label, where there is one"
    )
    slots: str | None = Field(
        None, description="column with annotated spans [{entity, value}]; by default slots"
    )
    where: Mapping[str, Any] = Field(
        default_factory=dict,
        description="keep rows whose column equals a value, is in a list, or lies in {min, max}",
    )
    record: bool = Field(
        False, description="rows are records without one text column: the text is `column: value` lines"
    )
    without: tuple[str, ...] = Field((), description="columns to leave out, as if the rows didn't have them")
    limit: int | None = Field(None, ge=1, description="keep the first so many rows")

    @model_serializer(mode="wrap")
    def _without_what_is_not_left_out(self, inner: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """As before there were columns to leave out: what is written of a source decides ids."""
        out: dict[str, Any] = inner(self)
        if not self.without:
            out.pop("without", None)
        return out

    @field_validator("where")
    @classmethod
    def _only_min_and_max(cls, value: Mapping[str, Any]) -> Mapping[str, Any]:
        for column, wanted in value.items():
            if isinstance(wanted, Mapping) and (not wanted or set(wanted) - {"min", "max"}):
                raise ValueError(f"{column}: a range has min, max or both, not {dict(wanted)}")
        return value

    @model_validator(mode="before")
    @classmethod
    def _from_string(cls, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return {"rows": value}
        return {"path": value} if isinstance(value, str | Path) else value

    @model_validator(mode="after")
    def _one_source(self) -> RowsSource:
        if (self.path is None) == (self.rows is None):
            raise ValueError("give either path: FILE or rows: [...]")
        return self

    @property
    def place(self) -> str:
        """Where the rows are, for errors."""
        return "rows" if self.path is None else str(self.path.path)

    def read(self, *, labelled: bool = True) -> list[Seed]:
        """The rows kept, in file order.

        Args:
            labelled: False drops labels, whatever the file holds.

        Raises:
            InputError: no such file, not UTF-8, a malformed or overlong line, a missing column, no rows left.
        """
        rows = list(self._kept())
        place = self.place
        if not rows:
            raise InputError(
                "no rows" if not self.where else f"no rows left by where: {dict(self.where)}",
                where=place,
                expected="at least one row",
                hint="check the file and the `where:` beside it",
            )
        columns = dict.fromkeys(column for _, row in rows for column in row)
        texts = () if self.record and not self.text else self._text_columns(columns)
        label = self._column("label", self.label, columns, ("label",), needed=False)
        slots = self._column("slots", self.slots, columns, ("slots",), needed=False)
        is_counted = self.path is None or place.lower().removesuffix(".gz").endswith((".json", ".parquet"))
        at = f"{place}, row " if is_counted else f"{place}:"
        return [self._seed(row, texts, label, slots, f"{at}{n}", labelled) for n, row in rows]

    def _seed(
        self,
        row: dict[str, Any],
        texts: Sequence[str],
        label: str | None,
        slots: str | None,
        place: str,
        labelled: bool,
    ) -> Seed:
        if texts:
            found = next((said for column in texts if (said := text_in(row, column))), "")
        else:
            found = "\n".join(f"{k}: {v}" for k, v in row.items() if k != label)
        if not found.strip():
            raise InputError(
                f"the row has no text in column {' or '.join(texts)!r}" if texts else "the row is empty",
                where=place,
                expected="a non-empty string in each row",
                hint=f"name another column with text:, or fix the row (columns: {', '.join(row)})",
            )
        tag = row.get(label) if label and labelled else None
        tag = None if tag == "" else tag  # how CSV says none
        spans = row.get(slots) or () if slots else ()
        try:
            pairs = tuple((str(s["entity"]), str(s["value"])) for s in spans)
        except (TypeError, KeyError):
            raise InputError("the row's slots must be a list of {entity, value}", where=place) from None
        key = f"{found}\0{tag}".encode("utf-8", "surrogatepass")
        return Seed(
            id="s" + hashlib.blake2b(key, digest_size=12).hexdigest(),
            text=found,
            label=None if tag is None else str(tag),
            slots=pairs,
            row=row if labelled else {"text": found},
            text_column=self.text if labelled else None,
        )

    def _text_columns(self, columns: Mapping[str, Any]) -> Sequence[str]:
        """The columns that may hold a row's text, in the order in which they are looked at."""
        usual = (*TEXT_COLUMNS, *CHAT_COLUMNS)
        if self.text is not None or not any(column in columns for column in usual):
            return (self._column("text", self.text, columns, usual),)
        return tuple(column for column in usual if column in columns)

    def _column(
        self,
        role: str,
        name: str | None,
        columns: Mapping[str, Any],
        usual: tuple[str, ...],
        needed: bool = True,
    ) -> Any:
        if name is None:
            name = next((column for column in usual if column in columns), None)
            if name is None and not needed:
                return None
        if name is None or name not in columns:
            raise InputError(
                f"no column {name or ' or '.join(usual)!r} for the {role}",
                where=self.place,
                expected=f"one of the columns {', '.join(columns)}",
                hint=f"name it with {role}: COLUMN beside path:",
            )
        return name

    def _given(self) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, row in enumerate(self.rows or (), start=1):
            yield number, {"text": row} if isinstance(row, str) else row

    def _kept(self) -> Iterator[tuple[int, dict[str, Any]]]:
        kept = 0
        for number, row in self._given() if self.path is None else read_rows(self.path):
            if all(_matches(row.get(column), wanted) for column, wanted in self.where.items()):
                yield number, {name: value for name, value in row.items() if name not in self.without}
                kept += 1
                if kept == self.limit:
                    return


def _matches(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        ends = (wanted.get("min"), wanted.get("max"))
        low, high = (0 if end is None else _compared(value, end) for end in ends)
        return low is not None and low >= 0 and high is not None and high <= 0
    if isinstance(wanted, list | tuple):
        return any(_compared(value, one) == 0 for one in wanted)
    return _compared(value, wanted) == 0


def _compared(value: Any, wanted: Any) -> int | None:
    """-1, 0 or 1 as a cell is less, equal or more; None where that means nothing. CSV has numbers as text."""
    if isinstance(value, str) and isinstance(wanted, int | float):
        if value.strip().lower() == str(wanted).lower():
            return 0
        try:
            value = float(value)
        except ValueError:
            return None
    try:
        return 0 if value == wanted else 1 if value > wanted else -1 if value < wanted else None
    except TypeError:
        return None


def read_rows(source: InputPath) -> Iterator[tuple[int, dict[str, Any]]]:
    """Line number and row of each row of a file, by its ending; `.txt` rows are `{"text": line}`."""
    if not source.path.is_file():
        raise missing_file(source)
    name = source.path.name.lower().removesuffix(".gz")
    if name.endswith((".jsonl", ".ndjson")):
        yield from _jsonl(source.path)
    elif name.endswith(".json"):
        yield from _json(source.path)
    elif name.endswith((".csv", ".tsv")):
        yield from _csv(source.path, "\t" if name.endswith(".tsv") else ",")
    elif name.endswith(".parquet"):
        yield from _parquet(source.path)
    elif name.endswith(".txt"):
        yield from ((n, {"text": line}) for n, line in _lines(source.path) if line.strip())
    else:
        raise InputError(
            f"can't tell the format of {source.given}",
            where=str(source.path),
            expected="a name ending in .jsonl, .json, .csv, .tsv, .txt (also with .gz) or .parquet",
        )


def _open(path: Path) -> BinaryIO:
    try:
        return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb")  # type: ignore[return-value]
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", where=str(path)) from error


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        with _open(path) as stream:
            number = 0
            while raw := stream.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(raw) > MAX_LINE_BYTES:
                    raise InputError(
                        f"line {number} is longer than {MAX_LINE_BYTES // 1024 // 1024} MiB",
                        where=f"{path}:{number}",
                        expected="one row per line",
                    )
                if number == 1:
                    raw = raw.removeprefix(b"\xef\xbb\xbf")
                try:
                    yield number, raw.decode("utf-8").rstrip("\r\n")
                except UnicodeDecodeError as error:
                    raise InputError(
                        f"byte {error.start + 1} of the line is not UTF-8 (0x{raw[error.start]:02x})",
                        where=f"{path}:{number}",
                        expected="UTF-8 text",
                        hint=f"convert it: iconv -f latin1 -t utf-8 {path.name} > utf8-{path.name}",
                    ) from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(
            f"not a whole gzip file: {error}", where=str(path), expected="an intact .gz"
        ) from error


def _jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in _lines(path):
        if line.strip():
            yield number, _as_row(_parse(line, f"{path}:{number}"), f"{path}:{number}")


def _json(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    data = _parse("\n".join(line for _, line in _lines(path)), str(path))
    if not isinstance(data, list):
        raise InputError(
            "the file doesn't hold a list", where=str(path), expected="a JSON list of objects, or JSONL"
        )
    for number, row in enumerate(data, start=1):
        yield number, _as_row(row, f"{path}, row {number}")


def _parquet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise InputError(
            "reading Parquet needs pyarrow, which isn't installed",
            where=str(path),
            hint="pip install 'datagen-core[parquet]'",
        ) from error
    number = 0
    try:
        with ParquetFile(path) as file:
            _distinct_columns(file.schema_arrow.names, str(path))
            for batch in file.iter_batches(batch_size=1000):
                for row in batch.to_pylist():
                    number += 1
                    yield number, {key: _plain(value) for key, value in row.items()}
    except (OverflowError, ValueError, UnicodeDecodeError, ZoneInfoNotFoundError) as error:
        if isinstance(error, ArrowException):
            raise InputError(f"not a whole Parquet file: {error}", where=str(path)) from error
        raise InputError(
            f"a value after row {number} can't be read: {error}",
            where=str(path),
            expected="text, numbers, dates of the years 1 to 9999, lists and objects",
        ) from error
    except (ArrowException, OSError) as error:
        raise InputError(f"not a whole Parquet file: {error}", where=str(path)) from error


def _distinct_columns(names: Sequence[str], place: str) -> None:
    twice = next((name for name, n in Counter(names).items() if n > 1), None)
    if twice is not None:
        raise InputError(
            f"two columns are called {twice!r}", where=place, expected="one name for each column"
        )


def _plain(value: Any) -> Any:
    """A value as JSON can hold it: lists and objects as they are, dates and the like as text."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        is_map = bool(value) and all(isinstance(part, tuple) and len(part) == 2 for part in value)
        return {str(k): _plain(v) for k, v in value} if is_map else [_plain(part) for part in value]
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _parse(text: str, place: str) -> Any:
    try:
        found = json.loads(text)
        if text.count("{") + text.count("[") > MAX_DEPTH and depth(found) > MAX_DEPTH:
            raise InputError(
                f"nested deeper than {MAX_DEPTH} levels", where=place, expected="lists and objects of fewer"
            )
        return found
    except (ValueError, RecursionError) as error:
        raise InputError(f"not valid JSON: {error}", where=place, expected="one JSON object") from None


def depth(value: Any) -> int:
    """How deep lists and objects are nested in a JSON value: 0 of a plain one, 1 of `[]`."""
    deepest, level = 0, [value] if isinstance(value, dict | list) else []
    while level:
        deepest += 1
        inner = [part for one in level for part in (one.values() if isinstance(one, dict) else one)]
        level = [part for part in inner if isinstance(part, dict | list)]
    return deepest


def _as_row(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError(
            f"a row is {type(value).__name__}, not an object", where=place, expected="a JSON object"
        )
    return value


def _csv(path: Path, delimiter: str) -> Iterator[tuple[int, dict[str, Any]]]:
    text = io.StringIO("\n".join(line for _, line in _lines(path)), newline="")
    reader = csv.DictReader(text, delimiter=delimiter)
    try:
        _distinct_columns(reader.fieldnames or (), f"{path}:1")
        for row in reader:
            if None in row or None in row.values():
                raise InputError(
                    f"the row has {'more' if None in row else 'fewer'} cells than the header",
                    where=f"{path}:{reader.line_num}",
                    expected=f"{len(reader.fieldnames or ())} cells",
                )
            yield reader.line_num, row
    except csv.Error as error:
        raise InputError(f"not valid CSV: {error}", where=f"{path}:{reader.line_num}") from error
