"""What is asked about a row: which premise, and the sentences of which text."""

from __future__ import annotations

import re
from typing import NamedTuple

from datagen_core.sample import Sample, Verdict
from datagen_plugin_entailment.config import EntailmentConfig

SURROGATE = re.compile("[\ud800-\udfff]")


class Question(NamedTuple):
    """Whether the premise entails the sentences of the text."""

    premise: str
    text: str


def question(sample: Sample, source: str | None, config: EntailmentConfig) -> Question | Verdict:
    """What is asked, or why nothing can be: `no_source`, `empty`, `no_question`, `too_long`."""
    if not source or not source.strip():
        return Verdict(passed=False, reason="no_source")
    is_qnli = config.check == "answerable"
    own = sample.input if is_qnli else sample.text_of(config.field) or ""
    if not own.strip():
        return Verdict(passed=False, reason="no_question" if is_qnli else "empty")
    for text, most in ((own, config.max_response_chars), (source, config.max_source_chars)):
        if len(text) > most:
            return Verdict(
                passed=False, reason="too_long", measured=len(text), threshold=most, evidence="characters"
            )
    own, source = _readable(own), _readable(source)
    return Question(own, source) if is_qnli else Question(source, own)


def _readable(text: str) -> str:
    """Without halves of surrogate pairs, which tokenizers refuse; as long as before."""
    return SURROGATE.sub("\ufffd", text)
