"""The rules of exporters."""

from __future__ import annotations

from collections.abc import Iterable
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
    encoding and line ends, other files for their count alone.
    """

    kind: ClassVar[str] = "exporter"
    interface: ClassVar[type] = Exporter
    takes_inputs: ClassVar[bool] = False

    def use(self) -> object:
        """The bytes that nine rows give."""
        return self._written(toy_samples()).read_bytes()

    def _written(self, samples: Iterable[Sample], name: str = "out") -> Path:
        part = self.build()
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
            count = self.build().export(toy_samples()[:n], self.folder / f"{n}")
            assert count == n, f"rule: export returns how many rows it wrote; {n} rows gave {count}"

    def test_no_rows_make_a_file(self) -> None:
        file = self._written([])
        assert file.is_file(), "rule: no rows make an empty file, not no file"

    def test_rows_may_come_from_a_stream(self) -> None:
        whole = self._written(toy_samples(), "list").read_bytes()
        streamed = self._written(iter(toy_samples()), "stream").read_bytes()
        assert streamed == whole, "rule: rows are read once, in order; a stream gave another file than a list"

    def test_the_same_rows_give_the_same_bytes(self) -> None:
        first, second = (self._written(toy_samples(), name).read_bytes() for name in ("first", "second"))
        assert first == second, "rule: the same rows give the same bytes"

    def test_text_has_plain_line_ends_and_no_byte_order_mark(self) -> None:
        text = self._text(toy_samples())
        if text is None:
            return
        assert "\r" not in text and not text.startswith("\ufeff"), (
            "rule: lines end in \\n and the file has no byte-order mark"
        )
        assert text.endswith("\n"), "rule: the last line ends too"

    def test_awkward_text_is_written(self) -> None:
        for name, awkward in AWKWARD_TEXTS.items():
            row = Sample(id="r0", response=awkward, label="music")
            try:
                self._text([row])
            except AssertionError:
                raise
            except Exception as error:
                raise AssertionError(
                    f"rule: any text can be exported; {name}: {type(error).__name__}: {error}"
                ) from error

    def test_rows_read_back_as_they_were(self) -> None:
        samples = [*toy_samples(), Sample(id="r9", response='comma, "quote"\nand line 雨', label="music")]
        rows = self._read_back(samples)
        if rows is None:
            return
        assert len(rows) == len(samples), (
            f"rule: what is written reads back; {len(samples)} rows became {len(rows)}"
        )
        for sample, row in zip(samples, rows, strict=True):
            lost = [part for part in (sample.response, sample.label) if part not in row.values()]
            assert not lost, f"rule: what is written reads back as it was; {sample.id} lost {lost}: {row}"

    def test_other_shapes_are_written_or_refused_clearly(self) -> None:
        chat = (Message(role="user", content="any news?"), Message(role="assistant", content="none"))
        record = Sample(id="r0", fields={"name": "Ana", "age": 41, "tags": ["a", None]})
        shapes = {
            "chat": [replace(record, fields={}, messages=chat)],
            "record": [record],
            "mixed": [toy_samples()[0], record],
        }
        for name, samples in shapes.items():
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
