"""Values that satisfy a JSON Schema, for whoever stands in for a model.

example.py     `example`: draws until a draw validates
drawing.py     one draw: objects, arrays and what is in them
flattening.py  references and combinations (`allOf`, `anyOf`, `if` …) made into one plain schema
merging.py     two schemas made into one that demands both
heights.py     how deep the smallest instance is, so that recursion ends
numbers.py     numbers within bounds
strings.py     texts, formats and lengths
patterns.py    strings that a regular expression matches
"""

from __future__ import annotations

from datagen_core.json_examples.example import example
from datagen_core.json_examples.strings import Place, TextFor, plain_text

__all__ = ["Place", "TextFor", "example", "plain_text"]
