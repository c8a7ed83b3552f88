"""What is graded: dimensions in words, those of the presets among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dimension:
    """One thing to grade by.

    Attributes:
        words: What it means, as the judge is told.
        weight: Its part of a weighted aggregate, above 0.
        threshold: Its own lowest value that passes, on the scale; the judge isn't told.
    """

    name: str
    words: str
    weight: float = 1.0
    threshold: float | None = None


WORDS: Mapping[str, str] = {
    "accuracy": """\
What the response states is true, its sums and its code are right, and it contradicts neither the instruction nor
itself. What it leaves open isn't wrong; what it invents is.""",
    "helpfulness": """\
The response does what the instruction asks for, all of it and nothing else: whoever asked could go on with it as it
stands.""",
    "clarity": """\
One reading is enough: the order is plain, terms are explained or known to whom it is for, and nothing has to be
guessed.""",
    "usefulness": """\
Somebody would want to know or do this, and a model that learns from it can do more than before: it is specific, not
filler or a commonplace.""",
    "difficulty": """\
It takes knowledge or thought: several steps, a distinction that is easily missed, or something not everybody knows. Low
for what any beginner answers at once; hard to read isn't difficult.""",
    "curation": """\
How good an example it is of an assistant that answers a user.
1: the answer breaks off, misses what was asked or is vague, or it is no answer to this user at all: a post by somebody
with an experience or an opinion of their own, talk of a forum, advertising, menus and other parts of a web page.
2: most of what was asked is dealt with, but not addressed: it goes around the question, or says how one might go
about it.
3: what was asked is answered in full and of use, but not in an assistant's voice: an extract from an article, a blog or
a list, though a whole one.
4: an assistant wrote it for this user: to the point, complete, well ordered; a small thing could be better, such as
shorter or more plainly put.
5: as an expert who answers with care would write it: all that is needed, no sentence that isn't, easy to follow.""",
}
"""Packaged words, ours. `curation` has the five levels of Humpback (arXiv 2308.06259) in their order."""
