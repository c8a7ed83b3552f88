"""A value that satisfies a JSON Schema."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from datagen_core.json_examples.drawing import Drawing
from datagen_core.json_examples.merging import NoInstance
from datagen_core.json_examples.strings import TextFor, plain_text

MAX_DRAWS = 60
MEAN_SCORE = 0.77


def example(
    schema: Any, rng: random.Random, text_for: TextFor = plain_text, *, mean_score: float = MEAN_SCORE
) -> Any:
    """A value that satisfies a schema: the first of up to 60 draws that validates, else the last draw.

    Most draws satisfy the schema by construction; `oneOf`, `not`, `else`, `contains` and lookaheads are met by
    drawing again. Optional properties are there unless they lie deep. Without jsonschema-rs nothing is validated
    and the first draw is taken.

    Args:
        schema: JSON Schema, draft 4 to 2020-12; references within it alone.
        rng: Decides everything: the same state, the same value.
        text_for: Fills the strings that have neither pattern nor format.
        mean_score: Where, from 0 to 1, numbers that look like scores lie on average.

    Raises:
        ValueError: It isn't a JSON Schema, or nothing could be drawn (`false`, contradictions, endless recursion).

    Example:
        >>> example({"enum": ["a"]}, random.Random(0))
        'a'
    """
    is_valid = _check_of(schema)
    drawn: list[Any] = []
    for attempt in range(MAX_DRAWS):
        drawing = Drawing(schema, rng, text_for, mean_score=mean_score, is_lean=attempt % 2 == 1)
        try:
            drawn = [drawing.value(schema)]
        except NoInstance:
            continue
        except (TypeError, AttributeError, LookupError) as error:
            raise ValueError(f"not a JSON Schema: {error!r}") from error
        if is_valid(drawn[0]):
            break
    if not drawn:
        raise ValueError("no value was found that satisfies the JSON Schema")
    return drawn[0]


def _check_of(schema: Any) -> Callable[[Any], bool]:
    """Whether a value satisfies the schema. Raises ValueError where it is none."""
    try:
        import jsonschema_rs
    except ImportError:
        return lambda value: True
    schema = dict(schema) if isinstance(schema, Mapping) else schema
    return jsonschema_rs.validator_for(schema, offline=True).is_valid
