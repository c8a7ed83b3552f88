"""The rules of validators: what holds for all, for those of rows and for those of batches."""

from __future__ import annotations

import asyncio
import inspect
import json
import random
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from datagen_core.model import Model
from datagen_core.sample import Sample, Verdict
from datagen_core.testing.components import SNAKE_CASE, ComponentConformance
from datagen_core.testing.model_bindings import bound_models
from datagen_core.testing.toy_data import awkward_samples, toy_samples
from datagen_core.validator import BatchValidator, BatchVerdict, ModelValidator, Validator

MEGABYTE = 1024 * 1024


class VerdictRules(ComponentConformance):
    """Rules for verdicts, whoever gives them; subclass the suite of your validator's interface.

    Set `component`; see `ComponentConformance` for `options` and `inputs()`. Every rule is tried on nine good
    rows of the toy job, copies of its seeds, and rows that break code. Where none of them passes, or none
    fails, override `passing()` or `failing()`: rules checked on one kind of verdict would prove little.

    Attributes:
        depends_on_order: Set it where a verdict may depend on the other rows of the call or on their order;
            the rules that forbid it are then left out.
    """

    kind: ClassVar[str] = "validator"
    depends_on_order: ClassVar[bool] = False

    def passing(self) -> Sequence[Sample]:
        """Rows that must pass."""
        return ()

    def failing(self) -> Sequence[Sample]:
        """Rows that must fail."""
        return ()

    def verdicts(self, samples: Sequence[Sample], part: Any = None) -> list[Verdict]:
        """The verdicts of a new validator (or of this one) on rows, in order."""
        raise NotImplementedError

    def use(self) -> object:
        """The verdicts on the usual rows."""
        return self.verdicts(self.rows())

    def rows(self) -> list[Sample]:
        """The rows that every rule is tried on, each with an id of its own."""
        seeds = [
            Sample(id=f"copy of {seed.id}", response=seed.text, label=seed.label)
            for seed in self.inputs().seeds
        ]
        own = [replace(sample, id=f"own {i}") for i, sample in enumerate([*self.passing(), *self.failing()])]
        return [*toy_samples(), *own, *seeds, *awkward_samples()]

    # -- verdicts -----------------------------------------------------------------------------------------

    def test_some_rows_pass_and_some_fail(self) -> None:
        passed = {verdict.passed for verdict in self.verdicts(self.rows())}
        assert passed == {True, False}, (
            "rule: of the suite's rows some pass and some fail, or little is tested; "
            f"here all {'passed' if True in passed else 'failed'}: set options, passing() or failing()"
        )

    def test_named_rows_pass_and_fail(self) -> None:
        for wanted, rows in ((True, self.passing()), (False, self.failing())):
            for row in rows:
                (verdict,) = self.verdicts([row])
                assert verdict.passed is wanted, (
                    f"rule: passing() passes and failing() fails; {row.id} gave {verdict}"
                )

    def test_a_failure_has_a_reason_and_a_pass_has_none(self) -> None:
        for row, verdict in self._judged():
            if verdict.passed:
                assert verdict.reason is None, (
                    f"rule: a row that passes has no reason; {row.id} has {verdict.reason!r}"
                )
            else:
                assert isinstance(verdict.reason, str) and SNAKE_CASE.fullmatch(verdict.reason), (
                    f"rule: a failure has a snake_case reason code; {row.id} has {verdict.reason!r}"
                )

    def test_scores_are_none_or_from_0_to_1(self) -> None:
        for row, verdict in self._judged():
            score = verdict.score
            assert score is None or (isinstance(score, int | float) and 0.0 <= score <= 1.0), (
                f"rule: a score is None or a number from 0 to 1; {row.id} has {score!r}"
            )

    def test_verdicts_are_plain_values(self) -> None:
        for row, verdict in self._judged():
            assert type(verdict.passed) is bool, (
                f"rule: passed is True or False; {row.id} has {verdict.passed!r}"
            )
            assert verdict.validator == "", (
                f"rule: the core names the validator; {row.id} has {verdict.validator!r}"
            )
            told = [verdict.score, verdict.measured, verdict.threshold, verdict.evidence]
            try:
                assert all(value is None or isinstance(value, str | int | float) for value in told)
                json.dumps(told, allow_nan=False)
            except (AssertionError, TypeError, ValueError):
                raise AssertionError(
                    f"rule: what a verdict tells is text, finite numbers or None; {row.id} has {told}"
                ) from None

    def test_very_long_text_is_judged(self) -> None:
        words = "the quick brown fox jumps over the lazy dog and then it rests "
        row = Sample(id="long", response=words * (MEGABYTE // len(words)), label="music")
        (verdict,) = self._without_error([row], "1 MB of text is judged like any other")
        assert type(verdict) is Verdict, f"rule: 1 MB of text is judged; got {verdict!r}"

    def test_awkward_rows_are_judged(self) -> None:
        for row in awkward_samples():
            (verdict,) = self._without_error([row], "any text is judged, none is an error")
            assert type(verdict) is Verdict, f"rule: any text gets a Verdict; {row.id} got {verdict!r}"

    def test_the_same_rows_get_the_same_verdicts(self) -> None:
        part, rows = self.build(), self.rows()
        first = self.verdicts(rows, part)
        assert first == self.verdicts(rows, part), "rule: asked again, a validator says the same"
        assert first == self.verdicts(rows), "rule: a new validator of the same options says the same"

    def test_rows_are_left_unchanged(self) -> None:
        rows = self.rows()
        before = [json.dumps(row.to_json()) for row in rows]
        self.verdicts(rows)
        changed = [row.id for row, old in zip(rows, before, strict=True) if json.dumps(row.to_json()) != old]
        assert not changed, f"rule: a validator changes no row; it changed {changed}"

    def test_the_order_of_rows_decides_nothing(self) -> None:
        if self.depends_on_order:
            return
        rows = self.rows()
        usual = dict(zip((row.id for row in rows), self.verdicts(rows), strict=True))
        for other in _other_orders(rows):
            for row, verdict in zip(other, self.verdicts(other), strict=True):
                assert verdict == usual[row.id], (
                    f"rule: the order of rows decides nothing unless depends_on_order is declared; {row.id} got "
                    f"{usual[row.id]}, in another order {verdict}"
                )

    def _judged(self) -> list[tuple[Sample, Verdict]]:
        rows = self.rows()
        return list(zip(rows, self.verdicts(rows), strict=True))

    def _without_error(self, rows: Sequence[Sample], rule: str) -> list[Verdict]:
        try:
            return self.verdicts(rows)
        except Exception as error:
            raise AssertionError(f"rule: {rule}; {rows[0].id}: {type(error).__name__}: {error}") from error


class ValidatorConformance(VerdictRules):
    """Rules for validators that judge each row by itself. The knobs are those of `VerdictRules`."""

    interface: ClassVar[type] = Validator

    def verdicts(self, samples: Sequence[Sample], part: Any = None) -> list[Verdict]:
        """What `validate` says, awaited where it must be."""
        said = (part or self.build()).validate(samples)
        return list(asyncio.run(_awaited(said)) if inspect.isawaitable(said) else said)

    def test_each_row_gets_one_verdict(self) -> None:
        rows = self.rows()
        for n in (0, 1, 2, len(rows)):
            said = self.verdicts(rows[:n])
            assert len(said) == n, f"rule: one verdict for each row, in order; {n} rows got {len(said)}"

    def test_a_batch_is_judged_as_its_rows_one_by_one(self) -> None:
        if self.depends_on_order:
            return
        for row, together in self._judged():
            (alone,) = self.verdicts([row])
            assert alone == together, (
                f"rule: a row's verdict doesn't depend on the others in the call; {row.id} got {together}, "
                f"alone {alone}"
            )

    def test_duplicates_get_the_same_verdict(self) -> None:
        if self.depends_on_order:
            return
        for row in [*toy_samples()[:3], *self.passing(), *self.failing()]:
            first, second = self.verdicts([row, replace(row, id="twin")])
            assert first == second, (
                f"rule: equal rows get equal verdicts; {row.id} got {first}, its twin {second}"
            )


class ModelValidatorConformance(ValidatorConformance):
    """Rules for validators that ask models, here the rehearsal; `model()` gives another."""

    interface: ClassVar[type] = ModelValidator

    def model(self) -> Model[Any] | None:
        """Who answers; None for the rehearsal."""
        return None

    def verdicts(self, samples: Sequence[Sample], part: Any = None) -> list[Verdict]:
        """What `validate` says, with the models that it asks for."""
        part = part or self.build()
        return list(asyncio.run(part.validate(samples, bound_models(part, self.model()))))

    def test_it_names_the_models_it_asks(self) -> None:
        assert self.build().models(), "rule: models() names the models that it calls"


class BatchValidatorConformance(VerdictRules):
    """Rules for validators of whole batches. The knobs are those of `VerdictRules`."""

    interface: ClassVar[type] = BatchValidator

    def verdicts(self, samples: Sequence[Sample], part: Any = None) -> list[Verdict]:
        """The verdict on each row: the one that rejects it by name, else a pass."""
        said = self._said(samples, part)
        return [said.rejected.get(sample.id, Verdict(passed=True)) for sample in samples]

    def _said(self, samples: Sequence[Sample], part: Any = None) -> BatchVerdict:
        said: BatchVerdict = (part or self.build()).validate_batch(samples)
        return said

    def test_quality_is_a_factor_from_0_to_1(self) -> None:
        for rows in (self.rows(), toy_samples(), toy_samples()[:1]):
            quality = self._said(rows).quality
            assert isinstance(quality, int | float) and 0.0 <= quality <= 1.0, (
                f"rule: a batch's quality is a number from 0 to 1; {len(rows)} rows got {quality!r}"
            )

    def test_only_rows_of_the_batch_are_rejected(self) -> None:
        rows = self.rows()
        said = self._said(rows)
        strange = sorted(set(said.rejected) - {row.id for row in rows})
        assert not strange, f"rule: rows are rejected by the ids they have; {strange} isn't there"
        assert not any(verdict.passed for verdict in said.rejected.values()), (
            "rule: what is named in `rejected` has failed; a verdict there says it passed"
        )

    def test_the_order_of_rows_decides_no_quality(self) -> None:
        if self.depends_on_order:
            return
        rows = self.rows()
        usual = self._said(rows).quality
        for other in _other_orders(rows):
            quality = self._said(other).quality
            assert quality == usual, (
                f"rule: the order of rows decides nothing unless declared; quality {usual} became {quality}"
            )


def _other_orders(rows: list[Sample]) -> list[list[Sample]]:
    return [rows[::-1], random.Random(0).sample(rows, len(rows))]


async def _awaited(said: Awaitable[Sequence[Verdict]]) -> Sequence[Verdict]:
    return await said
