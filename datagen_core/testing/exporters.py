"""The rules of exporters."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from datagen_core.config import InputPath
from datagen_core.errors import UsageError
from datagen_core.exporter import Exporter
from datagen_core.rows import read_rows
from datagen_core.sample import Message, Sample
from datagen_core.testing.components import ComponentConformance
from datagen_core.testing.toy_data import AWKWARD_TEXTS, toy_samples

TEXT_SUFFIXES = (".jsonl", ".json", ".csv", ".tsv", ".txt", ".md")
READABLE_SUFFIXES = (".jsonl", ".json", ".csv", ".tsv")


class ExporterConformance(ComponentConformance):
    """Rules for exporters. Set `component`; see `ComponentConformance` for `options`.

    Files that end in .jsonl, .json, .csv or .tsv are read back and compared; other text is checked for its
    encoding and line ends, other files for their count alone. The rows have labels: an exporter that wants options for
    such rows gets them by `options`, one that wants other rows by `rows` and `row_of`.
    """

    kind: ClassVar[str] = "exporter"
    interface: ClassVar[type] = Exporter
    takes_inputs: ClassVar[bool] = False

    def rows(self) -> list[Sample]:
        """Nine rows; override where an exporter writes only others. Their responses and labels must be in the file."""
        return toy_samples()

    def row_of(self, text: str) -> Sample:
        """A row with any text as its response."""
        return Sample(id="r9", response=text, label="music")

    def use(self) -> object:
        """The bytes that nine rows give."""
        return self._written(self.rows()).read_bytes()

    def _written(self, samples: Iterable[Sample], name: str = "out") -> Path:
        part: Any = self.build()
        file: Path = self.folder / f"{name}{part.suffix}"
        part.export(samples, file)
        return file

    def _text(self, samples: Iterable[Sample]) -> str | None:
        """What it wrote, where it is text."""
        file = self._written(samples)
        if file.suffix not in TEXT_SUFFIXES:
            return None
        try:
            return file.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            raise AssertionError(f"rule: text is written in UTF-8; {error}") from error

    def _read_back(self, samples: Iterable[Sample]) -> list[dict[str, Any]] | None:
        file = self._written(samples)
        if file.suffix not in READABLE_SUFFIXES:
            return None
        return [row for _, row in read_rows(InputPath(str(file)))]

    def test_its_suffix_is_a_files_ending(self) -> None:
        suffix = self.build().suffix
        assert suffix.startswith(".") and len(suffix) > 1, (
            f"rule: suffix is the ending of its files, with the dot; found {suffix!r}"
        )

    def test_the_count_is_that_of_the_rows(self) -> None:
        for n in (0, 1, 9):
            count = self.build().export(self.rows()[:n], self.folder / f"{n}")
            assert count == n, f"rule: export returns how many rows it wrote; {n} rows gave {count}"

    def test_no_rows_make_a_file(self) -> None:
        file = self._written([])
        assert file.is_file(), "rule: no rows make an empty file, not no file"

    def test_rows_may_come_from_a_stream(self) -> None:
        whole = self._written(self.rows(), "list").read_bytes()
        streamed = self._written(iter(self.rows()), "stream").read_bytes()
        assert streamed == whole, "rule: rows are read once, in order; a stream gave another file than a list"

    def test_the_same_rows_give_the_same_bytes(self) -> None:
        first, second = (self._written(self.rows(), name).read_bytes() for name in ("first", "second"))
        assert first == second, "rule: the same rows give the same bytes"

    def test_text_has_plain_line_ends_and_no_byte_order_mark(self) -> None:
        text = self._text(self.rows())
        if text is None:
            return
        assert "\r" not in text and not text.startswith("\ufeff"), (
            "rule: lines end in \\n and the file has no byte-order mark"
        )
        assert text.endswith("\n"), "rule: the last line ends too"

    def test_awkward_text_is_written(self) -> None:
        for name, awkward in AWKWARD_TEXTS.items():
            try:
                self._text([self.row_of(awkward)])
            except AssertionError:
                raise
            except Exception as error:
                raise AssertionError(
                    f"rule: any text can be exported; {name}: {type(error).__name__}: {error}"
                ) from error

    def test_rows_read_back_as_they_were(self) -> None:
        samples = [*self.rows(), self.row_of('comma, "quote"\nand line 雨')]
        rows = self._read_back(samples)
        if rows is None:
            return
        assert len(rows) == len(samples), (
            f"rule: what is written reads back; {len(samples)} rows became {len(rows)}"
        )
        for sample, row in zip(samples, rows, strict=True):
            said = list(_texts(row))
            parts = [part for part in (sample.response, sample.label) if part is not None]
            lost = [part for part in parts if not any(part in text for text in said)]
            assert not lost, f"rule: what is written reads back as it was; {sample.id} lost {lost}: {row}"

    def test_fit_knows_what_export_refuses(self) -> None:
        for name, samples in _shapes().items():
            for sample in samples:
                part = self.build().for_rows(sample)
                try:
                    part.export([sample], self.folder / "one")
                    is_written = True
                except UsageError:
                    is_written = False
                told = part.fit(sample)
                assert (told.refusal is None) == is_written, (
                    f"rule: fit() refuses the rows that export can't write, and no others; a row of {name} is "
                    f"{'written' if is_written else 'refused'}, and fit says {told.refusal}"
                )
                assert all(isinstance(part, str) and part.strip() for part in told.lost), (
                    f"rule: what is lost is told in words; found {told.lost!r}"
                )

    def test_its_check_lets_its_own_files_pass_and_finds_fault_with_others(self) -> None:
        rows = [replace(sample, id=f"{sample.id}{turn}") for turn in "ab" for sample in self.rows()]
        file = self._written(rows)
        self._companions(file)
        found = self.build().check(file)
        if found is None:
            return
        told = list(found)
        assert not told, f"rule: check() finds nothing in what export wrote; it said {told[0]}"
        broken = self.folder / f"broken{file.suffix}"
        broken.write_bytes(file.read_bytes() + b"\xff\xfe no row\n")
        faults = [one.line for one in self.build().check(broken)]
        assert len(rows) + 1 in faults, (
            f"rule: check() names the line that is broken; {len(rows)} rows and a line of no sense gave {faults}"
        )

    def test_companions_are_files_beside_it(self) -> None:
        file = self._written(self.rows())
        for name, held in self._companions(file).items():
            assert name == Path(name).name and not name.startswith(".") and name != file.name, (
                f"rule: companions are named by plain names, other than the file's; found {name!r}"
            )
            assert isinstance(held, str) or json.loads(json.dumps(held)) == held, (
                f"rule: a companion is text, or keys of a JSON object; {name} is {held!r}"
            )

    def _companions(self, file: Path) -> Mapping[str, Any]:
        """Those of its rows; written too."""
        part: Any = self.build().for_rows(self.rows()[0])
        found: Mapping[str, Any] = part.companions(file)
        for name, held in found.items():
            file.with_name(Path(name).name).write_text(held if isinstance(held, str) else json.dumps(held))
        return found

    def test_other_shapes_are_written_or_refused_clearly(self) -> None:
        for name, samples in _shapes().items():
            try:
                self._written(samples)
            except UsageError as error:
                assert error.expected or error.hint, (
                    f"rule: rows it can't write are refused with what to do; {name}: {error}"
                )
            except Exception as error:
                raise AssertionError(
                    f"rule: rows it can't write raise UsageError; {name}: {type(error).__name__}: {error}"
                ) from error


def _shapes() -> dict[str, list[Sample]]:
    """Rows of all kinds."""
    chat = (Message(role="user", content="any news?"), Message(role="assistant", content="none"))
    record = Sample(id="r0", fields={"name": "Ana", "age": 41, "tags": ["a", None]})
    return {
        "labelled rows": toy_samples()[:1],
        "chat": [replace(record, fields={}, messages=chat)],
        "record": [record],
        "mixed": [toy_samples()[0], record],
    }


def _texts(value: Any) -> Iterator[str]:
    """Every text in a row, however deep."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif value is not None:
        yield str(value)
