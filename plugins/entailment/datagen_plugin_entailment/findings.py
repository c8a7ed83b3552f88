"""What a judge found: an answer read, its quotes looked up in the source, and the verdict that follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datagen_core.quoting import find_quote, quoted
from datagen_core.sample import Verdict
from datagen_plugin_entailment.config import EntailmentJudgeConfig

MAX_QUOTE_CHARS = 160
VERDICTS = ("supported", "contradicted", "not_mentioned", "no_claim")
ANSWERABLE: Mapping[str, float] = {"yes": 1.0, "partly": 0.5, "no": 0.0}
DIGITS = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence, shown with its place, and what holds of it: one of VERDICTS, or `quote_not_in_source`."""

    shown: str
    verdict: str
    quote: str


def schema(*, with_statements: bool, with_question: bool) -> dict[str, Any]:
    """JSON Schema of an answer."""
    quote = {"type": "string", "description": "copied from the source"}
    statement = _object(number={"type": "integer"}, quote=quote, verdict={"enum": list(VERDICTS)})
    question = _object(quote=quote, answerable={"enum": list(ANSWERABLE)})
    parts = {"statements": {"type": "array", "items": statement}} if with_statements else {}
    return _object(**parts, **({"question": question} if with_question else {}))


def findings(
    answer: Sequence[Mapping[str, Any]], text: str, spans: Sequence[tuple[int, int]], source: str
) -> list[Finding] | None:
    """One finding per sentence, in order; None where the answer doesn't have each sentence once."""
    by_number = {one["number"]: one for one in answer}
    if len(answer) != len(spans) or set(by_number) != set(range(1, len(spans) + 1)):
        return None
    return [_finding(by_number[i], quoted(text, *span), source) for i, span in enumerate(spans, 1)]


def of_statements(found: Sequence[Finding], config: EntailmentJudgeConfig) -> Verdict:
    """Passes with no statement contradicted and a share of supported ones >= `min_supported`."""
    claims = [one for one in found if one.verdict != "no_claim"]
    if not claims:
        return Verdict(passed=False, reason="no_claims", evidence=found[0].shown)
    share = round(sum(one.verdict == "supported" for one in claims) / len(claims), DIGITS)
    contradicted = [one for one in claims if one.verdict == "contradicted"]
    if contradicted:
        return Verdict(
            passed=False,
            score=share,
            reason="contradicted",
            measured=len(contradicted),
            threshold=0,
            evidence=f"{contradicted[0].shown}; the source: «{_cut(contradicted[0].quote)}»",
        )
    if share >= config.min_supported:
        return Verdict(passed=True, score=share)
    return Verdict(
        passed=False, score=share, measured=share, threshold=config.min_supported, **_unsupported(claims)
    )


def of_question(answer: Mapping[str, Any], source: str, config: EntailmentJudgeConfig) -> Verdict:
    """Passes where the source answers the question wholly, or with `answerable: partly` in part, by a quote."""
    said, quote = answer["answerable"], answer["quote"]
    score = ANSWERABLE[said]
    if score and find_quote(quote, source) is None:
        return Verdict(passed=False, score=0.0, reason="quote_not_in_source", evidence=f"«{_cut(quote)}»")
    if score >= ANSWERABLE[config.answerable]:
        return Verdict(passed=True, score=score)
    return Verdict(
        passed=False, score=score, reason="not_answerable", measured=said, threshold=config.answerable
    )


def both(first: Verdict, second: Verdict) -> Verdict:
    """The first that failed; the lower score, None where one has none."""
    worse = second if first.passed else first
    scores = [one.score for one in (first, second) if one.score is not None]
    score = min(scores) if len(scores) == 2 else None
    return Verdict(
        passed=worse.passed,
        score=score,
        reason=worse.reason,
        measured=worse.measured,
        threshold=worse.threshold,
        evidence=worse.evidence,
    )


def _finding(said: Mapping[str, Any], shown: str, source: str) -> Finding:
    verdict, quote = said["verdict"], said["quote"]
    if verdict in ("supported", "contradicted") and find_quote(quote, source) is None:
        verdict = "quote_not_in_source"
    return Finding(shown, verdict, quote)


def _unsupported(claims: Sequence[Finding]) -> dict[str, str]:
    """The reason and the first sentence that has it: not mentioned before badly quoted."""
    for verdict, reason in (
        ("not_mentioned", "not_entailed"),
        ("quote_not_in_source", "quote_not_in_source"),
    ):
        for one in claims:
            if one.verdict == verdict:
                quote = f"; quoted: «{_cut(one.quote)}»" if reason == "quote_not_in_source" else ""
                return {"reason": reason, "evidence": one.shown + quote}
    raise AssertionError("a share below 1 without a statement that isn't supported")


def _object(**parts: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": parts,
        "required": list(parts),
        "additionalProperties": False,
    }


def _cut(text: str) -> str:
    return text if len(text) <= MAX_QUOTE_CHARS else text[: MAX_QUOTE_CHARS - 1] + "…"
