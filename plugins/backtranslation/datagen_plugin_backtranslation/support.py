"""Whether a rewritten answer says only what its source says: by what occurs there, and by a judge with quotes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache

from datagen_core.grounding import Grounds, claims
from datagen_core.languages import prose, scripts
from datagen_core.llm.asking import Answer
from datagen_core.llm.structured import AnswerSchema
from datagen_core.quoting import find_quote, quoted
from datagen_core.refusal import Refusal
from datagen_core.sentences import sentences

REASONS = {
    "numbers": "enrichment_unsupported_number",
    "names": "enrichment_unsupported_name",
    "identifiers": "enrichment_unsupported_identifier",
}
VERDICTS = ("supported", "unsupported", "no_claim")
MAX_STATEMENTS = 50
"""Sentences of an answer that a judge is asked about: a longer answer isn't a span put into form."""
LEAST_SCRIPT_SHARE = 0.05
_FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection(Refusal):
    """A refusal that writing anew may mend: `told` is the same for the model that is to do it."""

    told: str


@dataclass(frozen=True, slots=True)
class Sourced:
    """An answer as it was, and what its rewriting may draw on: source and question."""

    answer: str
    source: str
    question: str

    @property
    def grounds(self) -> tuple[str, str]:
        """What a rewriting's claims must occur in."""
        return self.source, self.question


def exact(answer: str, kinds: Collection[str]) -> list[str]:
    """What of an answer a rewriting should have character for character, each once."""
    return list(dict.fromkeys(claim.text for claim in claims(answer, kinds)))


def objection(sourced: Sourced, text: str, kinds: Collection[str], *, units: bool) -> Objection | None:
    """The first thing that a rewriting has and mustn't have, or has lost; None where there is none. Asks no model."""
    return (
        _empty(text)
        or _lost_code(sourced, text)
        or _other_script(sourced, text)
        or _added(sourced, text, kinds, units=units)
    )


@cache
def support_schema(statements: int) -> AnswerSchema:
    """An object with a finding for each numbered statement."""
    finding = {
        "type": "object",
        "properties": {
            "quote": {"type": "string", "description": "copied from the source"},
            "verdict": {"enum": list(VERDICTS)},
        },
        "required": ["quote", "verdict"],
        "additionalProperties": False,
    }
    numbers = [str(number) for number in range(1, statements + 1)]
    return AnswerSchema(
        {
            "type": "object",
            "properties": dict.fromkeys(numbers, finding),
            "required": numbers,
            "additionalProperties": False,
        }
    )


def unsupported_sentence(
    sourced: Sourced, text: str, spans: Sequence[tuple[int, int]], answer: Answer
) -> Objection | None:
    """The first sentence that isn't supported, or whose quote isn't in the source; None where there is none.

    One with a number, a name or an identifier claims something, whatever the judge says.
    """
    for number, (start, end) in enumerate(spans, 1):
        finding = answer.value[str(number)]
        is_supported = finding["verdict"] == "supported"
        if finding["verdict"] == "no_claim" and not claims(text[start:end], REASONS):
            continue
        if is_supported and find_quote(finding["quote"], sourced.source):
            continue
        return Objection(
            reason="enrichment_quote_not_in_source" if is_supported else "enrichment_not_entailed",
            rule="the source supports each sentence, by a quote that stands in it",
            measured=quoted(text, start, end),
            text=text,
            told=f"The source doesn't say this: {text[start:end]}",
        )
    return None


def too_many(spans: Sequence[tuple[int, int]]) -> Objection | None:
    """Whether there are more sentences than a judge is asked about."""
    if len(spans) <= MAX_STATEMENTS:
        return None
    return Objection(
        reason="enrichment_too_long",
        rule="an answer has few enough sentences to be judged",
        measured=len(spans),
        threshold=MAX_STATEMENTS,
        told=f"It has {len(spans)} sentences; at most {MAX_STATEMENTS} will do.",
    )


def statements_of(text: str) -> list[tuple[int, int]]:
    """The sentences of an answer; blocks of code, which are held to the source otherwise, are none."""
    blank = _FENCE.sub(lambda block: " " * len(block[0]), text)
    return list(sentences(blank))


# -- checks that need no model --------------------------------------------------------------------------------


def _empty(text: str) -> Objection | None:
    if any(map(str.isalnum, text)):
        return None
    return Objection(reason="enrichment_empty", rule="an answer has words", told="It is empty.")


def _lost_code(sourced: Sourced, text: str) -> Objection | None:
    squeezed = "".join(text.split())
    lost = next(
        (code for code in _FENCE.findall(sourced.answer) if "".join(code.split()) not in squeezed), None
    )
    if lost is None:
        return None
    rule = "blocks of code in the answer stay as they are"
    return Objection(
        reason="enrichment_lost_code",
        rule=rule,
        measured=lost.strip()[:200],
        text=text,
        told="A block of code of the answer is missing or changed; it must stay as it is.",
    )


def _other_script(sourced: Sourced, text: str) -> Objection | None:
    """A rewriting in letters that are hardly anywhere in the answer, the question or the source."""
    main = next(iter(scripts(prose(text))), None)
    known = scripts(prose("\n".join((sourced.answer, *sourced.grounds))))
    if main is None or known.get(main, 0.0) >= LEAST_SCRIPT_SHARE:
        return None
    return Objection(
        reason="enrichment_other_script",
        rule="the letters are those of the answer, its question or its source",
        measured=main,
        text=text,
        told=f"It must be in the language of the answer, not in {main.title()} letters.",
    )


def _added(sourced: Sourced, text: str, kinds: Collection[str], *, units: bool) -> Objection | None:
    grounds = Grounds(*map(_plain, sourced.grounds), units=units)
    text = _plain(text)
    missing = [claim for claim in claims(text, kinds) if not grounds.hold(claim)]
    kind = next((kind for kind in REASONS if any(claim.kind == kind for claim in missing)), None)
    if kind is None:
        return None
    first = next(claim for claim in missing if claim.kind == kind)
    shown = ", ".join(dict.fromkeys(claim.text for claim in missing))[:300]
    return Objection(
        reason=REASONS[kind],
        rule="numbers with their units, names and identifiers occur in the source or the question",
        measured=quoted(text, first.start, first.end),
        text=text,
        told=f"These are neither in the source nor in the question: {shown}",
    )


def _plain(text: str) -> str:
    """With the digits and letters that stand for others as these: ⑨ and ⁹ as 9, ¾ as 3/4."""
    return unicodedata.normalize("NFKC", text).replace("⁄", "/")
