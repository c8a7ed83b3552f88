"""The beginning: from what lies in a folder to a recipe, with what was assumed and why.

    proposal = propose("my-data", task="routing tickets")
    print(proposal.recipe["arms"], proposal.assumptions)
    Path("recipe.yaml").write_text(written(proposal), encoding="utf-8")

`finding` says what lies there, `choosing` what it is taken for and what to ask, `offering` which arms give such rows,
`proposal` puts a recipe together, `writing` makes YAML of it.
"""

from __future__ import annotations

from datagen_core.beginning.choosing import Answers, Question, questions
from datagen_core.beginning.finding import look
from datagen_core.beginning.found import Found
from datagen_core.beginning.proposal import Proposal, propose
from datagen_core.beginning.writing import written

__all__ = ["Answers", "Found", "Proposal", "Question", "look", "propose", "questions", "written"]
