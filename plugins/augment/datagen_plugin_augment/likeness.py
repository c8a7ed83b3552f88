"""How alike two texts are in their words, and the rules that go by it: a change must change, siblings must differ."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from datagen_core.protected_spans import change_score
from datagen_core.rouge_index import RougeIndex
from datagen_core.words import words
from datagen_plugin_augment.asking import Objection


def rouge_l(text: str, other: str) -> Fraction:
    """ROUGE-L F1 of two texts, exactly; words of all scripts count. Texts without words are alike."""
    index = RougeIndex()
    index.add(words(other), sequence=0)
    best = index.best(words(text))
    if best is None:
        return Fraction(0)
    return Fraction(2 * best.common, best.total) if best.total else Fraction(1)


def changed_share(text: str, source: str) -> float:
    """`change_score` of the words, in scripts without spaces of the characters."""
    return change_score(" ".join(words(text)), " ".join(words(source)))


def unchanged(text: str, source: str, alike: Fraction, most: float) -> Objection | None:
    """`no_change` for equal words in equal order, `too_similar` for a ROUGE-L F1 above `most`; exactly that is kept."""
    if words(text) == words(source):
        rule = "differs from the original in more than case, space and punctuation"
        return Objection(reason="no_change", rule=rule, told="It is the original, unchanged.")
    if alike > Fraction(str(most)):
        rule = "ROUGE-L F1 with the original is at most max_rouge_l"
        told = "It is too close to the original: more of the wording has to change."
        return Objection(
            reason="too_similar", rule=rule, measured=round(float(alike), 4), threshold=most, told=told
        )
    return None


def duplicate(text: str, siblings: Sequence[str], most: float) -> Objection | None:
    """`duplicate_sibling` where a sibling has the same words or a ROUGE-L F1 above `most`; exactly that is kept."""
    for sibling in siblings:
        alike = rouge_l(text, sibling)
        if alike > Fraction(str(most)) or words(text) == words(sibling):
            return Objection(
                reason="duplicate_sibling",
                rule=f"ROUGE-L F1 with each sibling is at most max_sibling_rouge_l; found: {sibling[:200]}",
                measured=round(float(alike), 4),
                threshold=most,
                told="It is too much like another text made from the same original.",
            )
    return None
