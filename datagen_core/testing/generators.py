"""The rules of generators."""

from __future__ import annotations

import asyncio
import json
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, TypeAlias
from weakref import WeakKeyDictionary

import pytest

from datagen_core.generator import Cell, GenerateRequest, Generator
from datagen_core.links import of_parents
from datagen_core.sample import Rejection, Sample
from datagen_core.testing.components import SNAKE_CASE, ComponentConformance
from datagen_core.testing.fresh_process import rows_as_json, rows_elsewhere
from datagen_core.testing.toy_data import give_models, make_request, toy_samples

Row: TypeAlias = Sample | Rejection
SIZES = (1, 5, 35)
NO_SUCH_LABEL = "no such label"
MOST_ROWS = 10_000
"""A batch that yields more rows and rejections than this is taken for endless."""


_BATCHES: WeakKeyDictionary[type, list[tuple[GenerateRequest, list[Row]]]] = WeakKeyDictionary()

_FIRST: WeakKeyDictionary[type, tuple[object, list[str]]] = WeakKeyDictionary()


class GeneratorConformance(ComponentConformance):
    """Rules for generators. Set `component`; see `ComponentConformance` for `options` and `inputs()`.

    A generator that needs parents gets nine toy rows as such; override `parents()` for others. The inputs
    and options must be such that it can make rows: rules checked on nothing would prove nothing.
    """

    kind: ClassVar[str] = "generator"
    interface: ClassVar[type] = Generator

    def parents(self) -> list[Sample]:
        """The samples of the link before."""
        return toy_samples() if "parents" in self.offer().component.needs else []

    def use(self) -> object:
        """The rows of one batch, as JSON."""
        return self._json(self.build(), 5)

    # -- what the rules use -------------------------------------------------------------------------------

    def request(self, n: int, *, batch: int = 0, seed: int = 0, label: str | None = None) -> GenerateRequest:
        """A batch's order for n rows of one label, or of any."""
        cells = (Cell(label, n),) if n else ()
        return make_request(
            n, cells=cells, batch=batch, seed=seed, inputs=self.inputs(), parents=self.parents()
        )

    def balanced(self, part: Generator[Any], n: int) -> GenerateRequest:
        """An order for n rows, spread over the labels it can make."""
        made = part.labels()
        labels = sorted(made) if made is not None else list(self.inputs().labels)
        if not labels:
            return self.request(n)
        cells = [Cell(label, n // len(labels) + (i < n % len(labels))) for i, label in enumerate(labels)]
        request = self.request(n)
        request.cells = tuple(cell for cell in cells if cell.n)
        return request

    def _batches(self) -> Sequence[tuple[GenerateRequest, list[Row]]]:
        """Orders of each size, for any label and for all labels, with the rows that came; asked once for all rules."""
        cls = type(self)
        if cls not in _BATCHES:
            _BATCHES[cls] = list(self._new_batches())
        return _BATCHES[cls]

    def _new_batches(self) -> Iterator[tuple[GenerateRequest, list[Row]]]:
        """The same, asked anew."""
        part = self.build()
        for n in SIZES:
            for request in (self.request(n), self.balanced(part, n)):
                yield request, _rows(part, request)

    def _json(self, part: Generator[Any], n: int, **more: Any) -> list[str]:
        return rows_as_json(_rows(part, self.request(n, **more)))

    # -- rows and rejections ------------------------------------------------------------------------------

    def test_it_yields_samples_and_rejections_only(self) -> None:
        for _, rows in self._batches():
            odd = [row for row in rows if not isinstance(row, Sample | Rejection)]
            assert not odd, f"rule: a generator yields Samples and Rejections; found {odd[0]!r}"

    def test_at_most_n_samples_come(self) -> None:
        for request, rows in self._batches():
            n = len(_samples(rows))
            assert n <= request.n, (
                f"rule: a generator yields at most n samples; asked for {request.n}, got {n}"
            )

    def test_some_samples_come(self) -> None:
        came = [len(_samples(rows)) for _, rows in self._batches()]
        assert max(came) > 1, (
            "rule: the suite's inputs and options must let it make rows, or nothing is tested; "
            f"orders for 1 to 35 gave {came}: override options or inputs()"
        )

    def test_rows_that_cannot_be_made_are_rejections(self) -> None:
        for request, rows in self._batches():
            samples = _samples(rows)
            assert len(samples) == request.n or len(samples) < len(rows), (
                "rule: fewer samples than asked for come with a rejection that says why; "
                f"asked for {request.n}, got {len(samples)} and no rejection"
            )

    def test_rejections_have_a_reason_code(self) -> None:
        rejections = [row for row in self._all_rows() if isinstance(row, Rejection)]
        for row in rejections:
            assert SNAKE_CASE.fullmatch(row.reason), (
                f"rule: a rejection's reason is a snake_case code; found {row.reason!r}"
            )

    def test_rows_are_json(self) -> None:
        for row in _samples(self._all_rows()):
            try:
                written = json.dumps(row.to_json(), allow_nan=False)
            except (TypeError, ValueError) as error:
                raise AssertionError(f"rule: rows are JSON; {row.id}: {error}") from None
            again = json.dumps(Sample.from_json(json.loads(written)).to_json())
            assert again == written, f"rule: rows survive JSON; {written} came back as {again}"

    def test_rows_satisfy_the_schema_it_declares(self) -> None:
        schema = self.build().json_schema()
        if schema is None:
            return
        jsonschema_rs = pytest.importorskip("jsonschema_rs", reason="jsonschema_rs is not installed")
        validator = jsonschema_rs.validator_for(dict(schema))
        for row in _samples(self._all_rows()):
            assert any(map(validator.is_valid, _readings(row))), (
                f"rule: rows satisfy what json_schema() declares; {row.id} doesn't: {row.to_json()}"
            )

    # -- ids and lineage ----------------------------------------------------------------------------------

    def test_ids_are_unique_in_a_batch_and_across_batches(self) -> None:
        part = self.build()
        requests = [self.request(35, batch=batch, seed=seed) for batch, seed in ((0, 0), (1, 0), (0, 1))]
        ids = [row.id for request in requests for row in _rows(part, request)]
        twice = {i for i in ids if ids.count(i) > 1}
        assert not twice, (
            f"rule: ids are unique over rows, rejections, batches and seeds; {len(twice)} came twice"
        )

    def test_rows_are_made_by_the_request(self) -> None:
        for request, rows in self._new_batches():
            for row in rows:
                try:
                    request.take(row)
                except TypeError as error:
                    raise AssertionError(
                        f"rule: each row is made by request.sample or request.reject and yielded once; {error}"
                    ) from None

    def test_rows_bear_the_requests_stamp(self) -> None:
        for request, rows in self._batches():
            origin = request.origin
            for row in rows:
                meta = row.metadata
                stamp = (meta.generation_method, meta.generator_version, meta.arm)
                assert stamp == (origin.method, origin.version, origin.arm), (
                    f"rule: a row names the method, version and arm that made it; {row.id} names {stamp}"
                )

    def test_lineage_names_the_processing_step(self) -> None:
        for request, rows in self._batches():
            for row in rows:
                steps = [step.name for step in row.trace.processing_steps]
                assert steps and steps[-1] == request.origin.method, (
                    f"rule: a row's last processing step is the generator's own; {row.id} has {steps}"
                )

    def test_parents_exist(self) -> None:
        needs, inputs = self.offer().component.needs, self.inputs()
        known = {sample.id for sample in self.parents()}
        for row in self._all_rows():
            unknown = [p for p in row.trace.parents if p not in known and inputs.source(p) is None]
            assert not unknown, (
                f"rule: parents are seeds, texts, chunks or samples that exist; found {unknown}"
            )
            assert row.trace.parents or "parents" not in needs or isinstance(row, Rejection), (
                f"rule: what is made from parents names them; {row.id} names none"
            )

    def test_what_changes_rows_takes_those_of_a_link_before(self) -> None:
        if "originals" not in self.offer().component.needs:
            return
        part, parents = self.build(), toy_samples()
        request = make_request(
            len(parents) * part.fan_out(),
            cells=of_parents(parents, (), part),
            inputs=self.inputs(),
            parents=parents,
        )
        known = {parent.id: parent for parent in parents}
        for row in _rows(part, request):
            strange = [p for p in row.trace.parents if p not in known]
            assert row.trace.parents and not strange, (
                f"rule: as a later link it changes the rows of the link before; {row.id} names {row.trace.parents}"
            )
            if isinstance(row, Sample):
                label = known[row.trace.parents[0]].label
                assert row.label in (label, None), (
                    f"rule: a row's label stays; {label!r} became {row.label!r}"
                )

    # -- labels -------------------------------------------------------------------------------------------

    def test_only_requested_labels_come_out(self) -> None:
        known = set(self.inputs().labels)
        for request, rows in self._batches():
            asked = {cell.label: cell.n for cell in request.cells}
            for label in {row.label for row in _samples(rows)}:
                n = sum(row.label == label for row in _samples(rows))
                if None in asked:
                    assert label is None or not known or label in known, (
                        f"rule: labels are those of the job; found {label!r}"
                    )
                else:
                    assert n <= asked.get(label, 0), (
                        f"rule: only what was asked for comes out; asked for {asked}, got {n} of {label!r}"
                    )

    def test_a_label_nobody_can_make_is_a_rejection(self) -> None:
        part = self.build()
        with _no_error("a label that can't be made gives rejections, not an exception"):
            rows = _rows(part, self.request(3, label=NO_SUCH_LABEL))
        assert rows, "rule: a label that can't be made gives a rejection; nothing came"
        wrong = [
            row.label for row in _samples(rows) if row.label != NO_SUCH_LABEL or part.labels() is not None
        ]
        assert not wrong, (
            f"rule: a label that can't be made gives rejections; got samples labelled {sorted(map(str, wrong))}"
        )

    def test_no_cells_make_no_rows(self) -> None:
        with _no_error("an order without cells makes nothing"):
            rows = _rows(self.build(), self.request(0))
        assert not _samples(rows), f"rule: an order without cells makes nothing; got {len(rows)} rows"

    # -- reproducible -------------------------------------------------------------------------------------

    def _first(self) -> list[str]:
        """The rows of a batch by an instance that has made none before; asked once for all rules with these options.

        Options that name files have other paths in each test, and rows may tell where they come from.
        """
        cls, config = type(self), self.config()
        if cls not in _FIRST or _FIRST[cls][0] != config:
            _FIRST[cls] = config, self._json(self.build(), 35)
        return _FIRST[cls][1]

    def test_same_seed_same_rows(self) -> None:
        first, second = self._first(), self._json(self.build(), 35)
        assert first == second, f"rule: same seed, same rows, byte for byte; {_difference(first, second)}"

    def test_no_state_is_held_between_batches(self) -> None:
        part, first = self.build(), self._first()
        self._json(part, 35, batch=1)
        again = self._json(part, 35)
        assert first == again, (
            f"rule: batches made before decide nothing; asked again, {_difference(first, again)}"
        )

    def test_same_seed_same_rows_in_a_fresh_process(self) -> None:
        here = self._first()
        impl, config, inputs = self.offer().component.impl, self.config(), self.inputs()
        for there in rows_elsewhere(impl, config, inputs, self.request(35), hash_seeds=(1, 2)):
            assert here == there, (
                "rule: same seed, same rows in another process, whatever PYTHONHASHSEED (no order of sets); "
                f"{_difference(here, there)}"
            )

    def test_it_pickles_with_its_request(self) -> None:
        part, request = self.build(), self.request(5)
        with _no_error("a generator and its request pickle, so that a batch can run elsewhere"):
            part, request = pickle.loads(pickle.dumps((part, request)))  # noqa: S301 (our own)
        first, second = rows_as_json(_rows(part, request)), self._json(self.build(), 5)
        assert first == second, f"rule: a pickled generator makes the same rows; {_difference(first, second)}"

    # -- stopping -----------------------------------------------------------------------------------------

    def test_it_can_be_closed_after_the_first_row(self) -> None:
        part = self.build()

        async def one_row() -> None:
            request = self.request(5)
            give_models(part, request)
            rows = part.generate(request)
            await anext(rows)
            await rows.aclose()

        with _no_error("a generator ends when it is closed after the first row"):
            asyncio.run(one_row())
        first, second = self._json(part, 5), self._json(self.build(), 5)
        assert first == second, (
            f"rule: a closed batch leaves nothing behind; asked again, {_difference(first, second)}"
        )

    def test_it_can_be_cancelled(self) -> None:
        part = self.build()

        async def is_cancelled() -> bool:
            task = asyncio.ensure_future(_collected(part, self.request(35)))
            await asyncio.sleep(0)
            was_running = task.cancel()
            await asyncio.wait([task])
            return task.cancelled() or not was_running

        assert asyncio.run(is_cancelled()), (
            "rule: a cancelled batch stops with CancelledError; it caught the error and went on"
        )

    def _all_rows(self) -> list[Row]:
        unmakeable = _rows(self.build(), self.request(3, label=NO_SUCH_LABEL))
        return [*unmakeable, *(row for _, rows in self._batches() for row in rows)]


def _samples(rows: list[Row]) -> list[Sample]:
    return [row for row in rows if isinstance(row, Sample)]


async def _collected(part: Generator[Any], request: GenerateRequest) -> list[Row]:
    rows: list[Row] = []
    give_models(part, request)
    async for row in part.generate(request):
        rows.append(row)
        assert len(rows) < MOST_ROWS, f"rule: a generator ends; {MOST_ROWS:,} rows came for n = {request.n}"
    return rows


def _rows(part: Generator[Any], request: GenerateRequest) -> list[Row]:
    return asyncio.run(_collected(part, request))


def _readings(row: Sample) -> Iterator[Any]:
    """What a schema may speak of: the fields, the text, the JSON in the text."""
    yield dict(row.fields) if row.fields else row.response
    try:
        yield json.loads(row.response)
    except ValueError:
        return


@contextmanager
def _no_error(rule: str) -> Iterator[None]:
    try:
        yield
    except AssertionError:
        raise
    except Exception as error:
        raise AssertionError(f"rule: {rule}; {type(error).__name__}: {error}") from error


def _difference(first: list[str], second: list[str]) -> str:
    if len(first) != len(second):
        return f"{len(first)} rows became {len(second)}"
    place, (old, new) = next(
        (i, pair) for i, pair in enumerate(zip(first, second, strict=True)) if pair[0] != pair[1]
    )
    return f"row {place + 1} differs: {old[:200]} became {new[:200]}"
