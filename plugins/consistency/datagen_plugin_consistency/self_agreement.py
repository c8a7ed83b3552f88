"""Self-agreement: a model answers a row's question several times, without seeing the row's own answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from datagen_core.answers import Answer, agreement
from datagen_core.context import Context
from datagen_core.inputs import Inputs
from datagen_core.llm.bound_model import BoundModel
from datagen_core.llm.row_judge import RowJudge
from datagen_core.near_duplicates.normalise import normalise
from datagen_core.sample import Sample, Verdict
from datagen_core.suggestion import Suggestion
from datagen_plugin_consistency.asking import Asking, Said
from datagen_plugin_consistency.claims import Claim, Claims
from datagen_plugin_consistency.config import SelfAgreementConfig

MAX_QUESTION_CHARS = 200_000
MAX_EVIDENCE_CHARS = 300
COMPARABLE = (
    "math",
    "arithmetic",
    "word problem",
    "short answer",
    "multiple choice",
    "multiple-choice",
    "trivia",
)
"""Words in a recipe's task that promise answers which can be compared."""


class SelfAgreement(RowJudge[SelfAgreementConfig]):
    """A row passes when the share of answers that agree with its own is at least `min_agreement`.

    The score is that share. Reasons: `self_disagrees` (measured: the share; evidence: what was answered most often),
    and without a score `no_answer` (none could be read), `model_failed` (measured: the kind of failure of a call),
    `nothing_to_compare` (no question, or no answer of the kind that is compared), `too_long_to_compare` (the row's
    answer is a text), `unknown_label`, `question_too_long`. Answers that can't be read agree with nothing.

    After self-consistency (Wang et al. 2022, arXiv 2203.11171), which makes the majority of sampled answers *the*
    answer; here the row has one already, and the samples vote on it.

    Raises:
        InputError: a template that can't be used.
    """

    def __init__(self, config: SelfAgreementConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._claims = Claims(config.question, config.answer)
        self._asking = Asking(config, inputs)
        self._labels = {normalise(label) for label in inputs.labels}
        self._tolerance = Fraction(str(config.number_tolerance))
        self._least = Fraction(str(config.min_agreement)) * config.samples

    def notices(self) -> Sequence[str]:
        """What it costs."""
        most = "up to " if self.config.stop_early else ""
        return (f"self-agreement asks {self.config.model} {most}{self.config.samples} times for each row",)

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """With a model, for pairs whose task promises answers that can be compared, and for labels without seeds.

        Where seeds have labels, a classifier fitted on them checks labels at no cost.
        """
        if not context.model:
            return None
        if context.format == "labelled" and len(inputs.labels) >= 2 and not context.seeds_labelled:
            return Suggestion(why="labels without labelled seeds: only a model can check them")
        told = f"{inputs.task} {inputs.task_input.get('description') or ''}".casefold()
        found = next((words for words in COMPARABLE if words in told), None)
        if context.format != "pair" or found is None:
            return None
        return Suggestion(why=f"the task says {found!r}: answers can be compared")

    async def judged(self, sample: Sample, model: BoundModel) -> Verdict:
        """The verdict on one row."""
        claim = self._claims.of(sample)
        if claim is None:
            return Verdict(passed=False, reason="nothing_to_compare", evidence="no question or no answer")
        if refused := self._refused(claim):
            return refused
        own = Answer.of(claim.answer, self.config.compare)

        def agrees(said: Said) -> bool:
            return said.text is not None and self._agrees(said.text, claim, own)

        def is_settled(found: Sequence[Said]) -> bool:
            agreeing, left = sum(map(agrees, found)), self.config.samples - len(found)
            return found[-1].failure is not None or agreeing >= self._least or agreeing + left < self._least

        found = await self._asking.answers(claim, model, is_settled)
        return self._counted(found, sum(map(agrees, found)))

    def _refused(self, claim: Claim) -> Verdict | None:
        """Why a row isn't asked about; None where it is."""
        asked = len(claim.question) + len(claim.context)
        if asked > MAX_QUESTION_CHARS:
            return Verdict(
                passed=False, reason="question_too_long", measured=asked, threshold=MAX_QUESTION_CHARS
            )
        if claim.is_label:
            return None if normalise(claim.answer) in self._labels else self._unknown_label()
        own = Answer.of(claim.answer, self.config.compare)
        if self.config.compare == "numbers" and own.number is None:
            return Verdict(passed=False, reason="nothing_to_compare", evidence="no number in the answer")
        if self.config.compare == "numbers" or own.is_short:
            return None
        return Verdict(passed=False, reason="too_long_to_compare", measured=len(claim.answer))

    def _unknown_label(self) -> Verdict:
        known = ", ".join(self.inputs.labels) or "none"
        return Verdict(passed=False, reason="unknown_label", evidence=_cut(f"labels of the recipe: {known}"))

    def _agrees(self, text: str, claim: Claim, own: Answer) -> bool:
        if claim.is_label:
            return normalise(text) == normalise(claim.answer)
        how = self.config.compare
        return agreement(own, Answer.of(text, how), how, self._tolerance) == 1.0

    def _counted(self, found: Sequence[Said], agreeing: int) -> Verdict:
        if failure := next((said.failure for said in found if said.failure), None):
            return Verdict(
                passed=False, reason="model_failed", measured=failure.kind, evidence=_cut(failure.message)
            )
        if not any(said.text for said in found):
            return Verdict(passed=False, reason="no_answer", evidence=_cut(found[-1].unread))
        share, passed = agreeing / self.config.samples, agreeing >= self._least
        return Verdict(
            passed=passed,
            score=share if len(found) == self.config.samples else None,
            reason=None if passed else "self_disagrees",
            measured=share,
            threshold=self.config.min_agreement,
            evidence=_cut(_told(found, agreeing)),
        )


def _told(found: Sequence[Said], agreeing: int) -> str:
    """How many agree, how many couldn't be read, and what was answered most often (the first of several)."""
    texts = [said.text for said in found if said.text is not None]
    counts = Counter(map(normalise, texts))
    times = max(counts.values())
    first = next(text for text in texts if counts[normalise(text)] == times)
    unread = f", {len(found) - len(texts)} unreadable" if len(texts) < len(found) else ""
    return f"{agreeing} of {len(found)} agree{unread}; most often ({times}): «{first}»"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_EVIDENCE_CHARS else text[: MAX_EVIDENCE_CHARS - 1] + "…"
