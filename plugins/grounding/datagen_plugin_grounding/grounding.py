"""The validator `grounding`: what a row says must occur in its source or its question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datagen_core.context import Context
from datagen_core.errors import InputError
from datagen_core.grounding import Claim, Grounds, claims, sentence_overlaps
from datagen_core.inputs import Inputs
from datagen_core.quoting import quoted
from datagen_core.said import parts
from datagen_core.sample import Sample, Verdict
from datagen_core.sources import Sources
from datagen_core.suggestion import Suggestion
from datagen_core.validator import Validator
from datagen_plugin_grounding.config import GroundingConfig

REASONS = {
    "numbers": "unsupported_number",
    "names": "unsupported_name",
    "identifiers": "unsupported_identifier",
    "quotes": "unsupported_quote",
}
"""Kind → reason code; where several kinds are missing the first of this order is told."""
_SHOWN = 3
_CASELESS = frozenset(
    "zh ja ko th lo km my ar fa ur ps he yi ka am hi mr ne bn ta te kn ml gu pa si".split()  # noqa: SIM905
)
"""Languages whose scripts have no capitals."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """The sentence that shares least with the source: `share` of its content words, `text[start:end]` of a part."""

    share: float
    part: str
    text: str
    start: int
    end: int


class Grounding(Validator[GroundingConfig]):
    """A row passes when at most `max_unsupported` items are missing, and no sentence overlaps less than `min_overlap`.

    The score is the share of items that the source has, or the least overlap where that is lower; None where there is
    nothing to look for.

    Raises:
        InputError: nothing is checked.
    """

    def __init__(self, config: GroundingConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        if not config.check and config.min_overlap is None:
            raise InputError(
                "grounding without a check",
                where="grounding",
                expected="check: [numbers, names, identifiers, quotes] or min_overlap: 0.5",
            )
        self._sources = Sources(inputs, config.column)

    def validate(self, samples: Sequence[Sample]) -> Sequence[Verdict]:
        """One verdict per row, in order."""
        return [self._judge(sample) for sample in samples]

    def notices(self) -> Sequence[str]:
        """Where rows will have no source, and languages in which names can't be told."""
        given, config = self.inputs, self.config
        told = []
        if config.column is None and not (given.chunks or given.seeds or given.unlabelled):
            fate = "are rejected" if config.no_source == "reject" else "pass unchecked"
            told.append(f"the recipe has no documents, texts or seeds, so rows {fate}; name a column:")
        if "names" in config.check:
            codes = {code.partition("-")[0] for code in given.languages}
            if caseless := sorted(codes & _CASELESS):
                told.append(f"{', '.join(caseless)} has no capitals, so names aren't checked there")
            if "de" in codes:
                told.append("German writes all nouns with capitals; leave names out of check:")
        return told

    @classmethod
    def suggestion(cls, inputs: Inputs, context: Context) -> Suggestion | None:
        """Where rows are made from documents, and from nothing else."""
        if not (inputs.documents or inputs.chunks) or inputs.seeds:
            return None
        return Suggestion(why="documents are what rows are made from", options={"no_source": "pass"})

    def _judge(self, sample: Sample) -> Verdict:
        source = self._sources.of(sample)
        if source is None and self.config.no_source == "reject":
            return Verdict(passed=False, reason="no_source", threshold=self.config.column)
        if source is None:
            return Verdict(passed=True)
        question = _question(sample) if self.config.allow_from_input else ()
        grounds = Grounds(source, *question, units=self.config.units)
        answer = self._answer(sample)
        found = [(name, text, claim) for name, text in answer for claim in claims(text, self.config.check)]
        missing = [one for one in found if not grounds.hold(one[2])]
        lowest = self._lowest(answer, grounds)
        score = 1 - len(missing) / len(found) if found else None
        if lowest is not None:
            score = lowest.share if score is None else min(score, lowest.share)
        return self._verdict(missing, lowest, score)

    def _verdict(
        self, missing: Sequence[tuple[str, str, Claim]], lowest: Sentence | None, score: float | None
    ) -> Verdict:
        limit, least = self.config.max_unsupported, self.config.min_overlap
        if len(missing) > limit:
            kinds = {claim.kind for *_, claim in missing}
            return Verdict(
                passed=False,
                score=score,
                reason=next(reason for kind, reason in REASONS.items() if kind in kinds),
                measured=len(missing),
                threshold=limit,
                evidence="; ".join(_shown(missing)),
            )
        if lowest is not None and least is not None and lowest.share < least:
            return Verdict(
                passed=False,
                score=score,
                reason="low_overlap",
                measured=round(lowest.share, 4),
                threshold=least,
                evidence=f"{lowest.part} {quoted(lowest.text, lowest.start, lowest.end)}",
            )
        return Verdict(passed=True, score=score)

    def _lowest(self, answer: Sequence[tuple[str, str]], grounds: Grounds) -> Sentence | None:
        if self.config.min_overlap is None:
            return None
        shares = (
            Sentence(share, name, text, start, end)
            for name, text in answer
            for start, end, share in sentence_overlaps(text, grounds)
        )
        return min(shares, key=lambda sentence: sentence.share, default=None)

    def _answer(self, sample: Sample) -> list[tuple[str, str]]:
        """The parts that are checked: the field named, else what the assistant says, else a record's other texts."""
        if self.config.field is not None:
            text = sample.text_of(self.config.field)
            return [(self.config.field, text)] if text else []
        if sample.messages:
            return [(name, text) for name, text in parts(sample) if name.endswith(" assistant")]
        if sample.response:
            return [("response", sample.response)]
        own = f"fields.{self.config.column}"
        texts = [(name, text) for name, text in parts(sample) if name.startswith("fields.")]
        return [
            (name, text)
            for name, text in texts
            if name != own and not name.startswith((f"{own}.", f"{own}["))
        ]


def _question(sample: Sample) -> list[str]:
    """What a row's answer may draw on beside its source: the input, or all that others than the assistant say."""
    if sample.messages:
        return [message.content for message in sample.messages if message.role != "assistant"]
    return [sample.input] if sample.input else []


def _shown(missing: Sequence[tuple[str, str, Claim]]) -> Iterator[str]:
    for name, text, claim in missing[:_SHOWN]:
        yield f"{name} {quoted(text, claim.start, claim.end)}"
    if len(missing) > _SHOWN:
        yield f"{len(missing) - _SHOWN} more"
