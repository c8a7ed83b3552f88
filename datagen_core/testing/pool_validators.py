"""The rules of validators that judge a row against everything accepted so far."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any, ClassVar

from datagen_core.sample import Sample, Verdict
from datagen_core.testing.toy_data import toy_samples
from datagen_core.testing.validators import VerdictRules
from datagen_core.validator import PoolValidator


class PoolValidatorConformance(VerdictRules):
    """Rules for validators against the pool. The knobs are those of `VerdictRules`.

    Verdicts are taken against the seeds alone unless a rule says otherwise. The index is filled as a run
    fills it: with rows that passed when their turn came.
    """

    interface: ClassVar[type] = PoolValidator

    def verdicts(self, samples: Sequence[Sample], part: Any = None) -> list[Verdict]:
        """The verdicts before anything was accepted."""
        part = part or self.build()
        return [part.judge(signature) for signature in part.sign(samples)]

    def test_some_rows_pass_and_some_fail(self) -> None:
        part = self.build()
        passed = set()
        sequence = 0
        for signature in part.sign([*self.rows(), *self.rows()]):
            verdict = part.judge(signature)
            passed.add(verdict.passed)
            if verdict.passed:
                part.add(signature, sequence)
                sequence += 1
        assert passed == {True, False}, (
            "rule: of the suite's rows, twice over, some pass and some fail, or little is tested; "
            f"here all {'passed' if True in passed else 'failed'}: set options, passing() or failing()"
        )

    def test_each_row_gets_one_signature(self) -> None:
        part, rows = self.build(), self.rows()
        for n in (0, 1, len(rows)):
            signed = part.sign(rows[:n])
            assert len(signed) == n, f"rule: one signature for each row, in order; {n} rows got {len(signed)}"

    def test_a_batch_is_signed_as_its_rows_one_by_one(self) -> None:
        part, rows = self._filled()
        for batch in (self._accepted(), rows):
            for row, together in zip(batch, part.sign(batch), strict=True):
                (alone,) = part.sign([row])
                assert part.judge(alone) == part.judge(together), (
                    f"rule: a row's signature doesn't depend on the others in the call; {row.id}'s does"
                )

    def test_signing_reads_no_index(self) -> None:
        part, rows = self._filled()
        early = self.build().sign(rows)
        for row, before, after in zip(rows, early, part.sign(rows), strict=True):
            assert part.judge(before) == part.judge(after), (
                f"rule: a signature is the same whenever it is made; {row.id}'s depends on what was added"
            )

    def test_signatures_pickle(self) -> None:
        part, rows = self._filled()
        for row, signature in zip(rows, part.sign(rows), strict=True):
            try:
                again = pickle.loads(pickle.dumps(signature))  # noqa: S301 (our own)
            except Exception as error:
                raise AssertionError(f"rule: signatures pickle; {type(error).__name__}: {error}") from error
            assert part.judge(again) == part.judge(signature), (
                f"rule: a pickled signature is judged the same; {row.id}'s isn't"
            )

    def test_judging_changes_nothing(self) -> None:
        part, rows = self._filled()
        signed = part.sign([*rows, *rows])
        first = [part.judge(signature) for signature in signed]
        again = [part.judge(signature) for signature in reversed(signed)][::-1]
        changed = [i for i in range(len(signed)) if first[i] != again[i]]
        assert not changed, (
            f"rule: judging takes nothing into the index; {len(changed)} verdicts differ when asked again"
        )

    def test_what_was_added_counts(self) -> None:
        empty, (part, rows) = self.build(), self._filled()
        signed = part.sign(rows)
        before, after = ([one.judge(signature) for signature in signed] for one in (empty, part))
        assert before != after, "rule: rows that were added count when others are judged; no verdict changed"

    def test_before_hides_later_rows(self) -> None:
        rows = self._accepted()
        part, _ = self._filled()
        signed = part.sign(self.rows())
        for sequence in (0, 1, len(rows) // 2, len(rows)):
            as_of_then = self.build()
            for i, signature in enumerate(as_of_then.sign(rows[:sequence])):
                as_of_then.add(signature, i)
            for row, signature in zip(self.rows(), signed, strict=True):
                seen, meant = part.judge(signature, before=sequence), as_of_then.judge(signature)
                assert seen == meant, (
                    f"rule: judge(before={sequence}) sees rows of a lower sequence alone; {row.id} got {seen}, "
                    f"where the index of that time says {meant}"
                )

    def test_an_index_rebuilt_from_the_rows_says_the_same(self) -> None:
        part = self.build()
        for i, row in enumerate(self._accepted()):
            (signature,) = part.sign([row])
            part.add(signature, i)
        rebuilt, rows = self._filled()
        for row, signature in zip(rows, rebuilt.sign(rows), strict=True):
            one, other = part.judge(signature), rebuilt.judge(signature)
            assert one == other, (
                f"rule: an index rebuilt by sign and add says the same; {row.id} got {one}, then {other}"
            )

    def _accepted(self) -> list[Sample]:
        """The good rows that a run would accept, one after the other."""
        part = self.build()
        accepted: list[Sample] = []
        candidates = [*self.passing(), *toy_samples()]
        for row, signature in zip(candidates, part.sign(candidates), strict=True):
            if part.judge(signature).passed:
                part.add(signature, len(accepted))
                accepted.append(row)
        assert len(accepted) > 1, (
            "rule: at least two of the suite's good rows are accepted, or nothing is tested: set options or passing()"
        )
        return accepted

    def _filled(self) -> tuple[Any, list[Sample]]:
        """A validator whose index holds the accepted rows, signed at once, and the rows to judge."""
        part = self.build()
        for i, signature in enumerate(part.sign(self._accepted())):
            part.add(signature, i)
        return part, self.rows()
