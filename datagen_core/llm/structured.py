"""JSON answers that satisfy a schema: read strictly, repaired with a note, or asked for once more."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from datagen_core.errors import DatagenError
from datagen_core.jsontext import dumps
from datagen_core.model import ChatRequest, Choice, Reply
from datagen_core.nothing import EMPTY
from datagen_core.refusal import AS_ASKED, Refusal
from datagen_core.sample import Message

OPENING = re.compile(r"[{\[]")
OBJECT = re.compile(r"\{\s*[\"']")
FENCE = re.compile(r"```[\w-]*[ \t]*\r?\n(.*?)```", re.DOTALL)
MAX_REPAIR_CHARS = 200_000
"""json-repair is written in Python: about a second per megabyte."""
MAX_SHOWN_CHARS = 4_000
MAX_STARTS = 64
"""Where in a chatty answer an object may start, at most: brackets in prose aren't worth more tries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A value that satisfies the schema, or why there is none.

    Attributes:
        value: What was read; None on failure.
        reason: "" or a stable code: `empty_answer`, `refused`, `truncated_answer`, `not_json`, `ambiguous_json`,
            `schema_violation`.
        error: The reason in words, as the model is shown it.
        repairs: What it took to read it: `unwrapped` (taken out of the text around it), `json_repair`.
    """

    value: Any = None
    reason: str = ""
    error: str = ""
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StructuredAnswer:
    """What came of asking for JSON: `parsed`, after `attempts` calls (1 or 2), with the last answer's text."""

    parsed: Parsed
    attempts: int
    text: str

    def refusal(self, rule: str = AS_ASKED, params: Mapping[str, Any] = EMPTY) -> Refusal | None:
        """Why the row that waits for it isn't made; None where it was read."""
        parsed = self.parsed
        if not parsed.reason:
            return None
        return Refusal(parsed.reason, rule, parsed.error, text=self.text, params=params)


class AnswerSchema:
    """A JSON Schema that answers must satisfy, compiled once.

    Args:
        schema: JSON Schema, or a pydantic model class.
    """

    def __init__(self, schema: Mapping[str, Any] | type[Any]) -> None:
        own = getattr(schema, "model_json_schema", None)
        self.schema: dict[str, Any] = own() if own else dict(schema)  # type: ignore[arg-type]

    def parse(self, choice: Choice) -> Parsed:
        """Reads one answer. Cut-off text is never completed: half a sentence isn't what was asked for."""
        text = choice.text.strip()
        if choice.finish_reason == "length":
            return Parsed(reason="truncated_answer", error="the answer was cut off; answer more briefly")
        if choice.finish_reason == "content_filter":
            return Parsed(reason="refused", error="the provider filtered the answer")
        if not text:
            return Parsed(reason="empty_answer", error="the answer was empty")
        try:
            return self._checked(_strict(text))
        except _KeyTwiceError as error:
            return Parsed(reason="ambiguous_json", error=str(error))
        except ValueError:
            return self._unwrapped(text)

    def _unwrapped(self, text: str) -> Parsed:
        """From code fences, else out of the prose around it, else repaired."""
        fenced = [body.strip() for body in FENCE.findall(text)]
        found = list(_decoded(fenced)) or list(_embedded(text))
        distinct = {dumps(value): value for value in found}
        valid = [value for value in distinct.values() if not self.violation(value)]
        rivals = [value for value in distinct.values() if valid and type(value) is type(valid[0])]
        is_alone = len(rivals) == 1 and (bool(fenced) or not _goes_on(text))
        if len(valid) == 1 and is_alone:
            return Parsed(value=valid[0], repairs=("unwrapped",))
        if len(distinct) > 1 or (valid and not is_alone):
            error = "the answer holds several JSON values; give exactly one, and quote none"
            return Parsed(reason="ambiguous_json", error=error)
        if found:
            return self._checked(found[0])
        return self._repaired(fenced[0] if len(fenced) == 1 else text)

    def _repaired(self, text: str) -> Parsed:
        starts = [at for at in (text.find("{"), text.find("[")) if at >= 0]
        if not starts:
            return Parsed(reason="not_json", error="the answer holds no JSON")
        text = text[min(starts) :].removesuffix("```")
        if _ends_inside_a_string(text):
            return Parsed(reason="truncated_answer", error="the JSON ends in the middle of a string")
        value = _by_json_repair(text)
        if not isinstance(value, dict | list) or not value:
            return Parsed(reason="not_json", error=f"the answer isn't valid JSON: {_complaint(text)}")
        checked = self._checked(value)
        return checked if checked.reason else replace(checked, repairs=("json_repair",))

    def _checked(self, value: Any) -> Parsed:
        violation = self.violation(value)
        return Parsed(reason="schema_violation", error=violation) if violation else Parsed(value=value)

    def violation(self, value: Any) -> str:
        """What is wrong with a value, up to three things with their places; "" if nothing."""
        errors = []
        try:
            for error in self._validator.iter_errors(value):
                errors.append(f"at {_pointer(error.instance_path)}: {_short(error.message, 300)}")
                if len(errors) == 3:
                    break
        except (ValueError, RecursionError) as error:
            return f"it can't be checked: {_short(str(error), 300)}"
        return "; ".join(errors)

    @cached_property
    def _validator(self) -> Any:
        try:
            import jsonschema_rs
        except ImportError as error:
            raise _missing("jsonschema-rs") from error
        try:
            return jsonschema_rs.validator_for(self.schema, offline=True)
        except ValueError as error:
            raise DatagenError(
                f"the JSON Schema for an answer isn't valid: {error}", expected="a valid JSON Schema"
            ) from error


def in_prompt(request: ChatRequest, schema: Mapping[str, Any]) -> ChatRequest:
    """The request with the schema written into its last message, for models without a schema mode."""
    told = "\n\nAnswer with one JSON value and nothing else. It must satisfy this JSON Schema:\n" + dumps(
        schema
    )
    *before, last = request.messages
    return replace(request, json_schema=None, messages=(*before, replace(last, content=last.content + told)))


def asking_again(request: ChatRequest, text: str, parsed: Parsed) -> ChatRequest:
    """The same conversation, going on with the answer and what was wrong with it."""
    told = f"That can't be used: {_short(parsed.error, 1000)}. Answer again with the corrected JSON and nothing else."
    answer = Message(role="assistant", content=_short(text, MAX_SHOWN_CHARS) or "(empty)")
    return replace(request, messages=(*request.messages, answer, Message(role="user", content=told)))


async def ask(
    send: Callable[[ChatRequest], Awaitable[Reply]],
    request: ChatRequest,
    schema: AnswerSchema,
    *,
    has_schema_mode: bool,
) -> StructuredAnswer:
    """Asks, reads, and asks once more with the error shown; the second answer is final.

    Args:
        has_schema_mode: Whether the provider is given the schema; else it is written into the prompt.
    """
    request = (
        replace(request, json_schema=schema.schema) if has_schema_mode else in_prompt(request, schema.schema)
    )
    reply = await send(request)
    parsed = schema.parse(reply.choices[0])
    if not parsed.reason:
        return StructuredAnswer(parsed=parsed, attempts=1, text=reply.choices[0].text)
    reply = await send(asking_again(request, reply.choices[0].text, parsed))
    return StructuredAnswer(parsed=schema.parse(reply.choices[0]), attempts=2, text=reply.choices[0].text)


def _strict(text: str) -> Any:
    """JSON as its standard has it: no NaN, no key twice. Raises ValueError."""
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_key_twice)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _decoded(texts: list[str]) -> Iterator[Any]:
    for text in texts:
        try:
            yield _strict(text)
        except ValueError:
            continue  # a block of code that isn't JSON


def _embedded(text: str) -> Iterator[Any]:
    """Objects and lists in prose, outermost first."""
    decoder = json.JSONDecoder(parse_constant=_no_constant, object_pairs_hook=_no_key_twice)
    at, tries = 0, 0
    while (start := OPENING.search(text, at)) and tries < MAX_STARTS:
        tries += 1
        try:
            value, at = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            return  # what follows may be a part of something broken: json-repair sees the whole
        if value:
            yield value


def _goes_on(text: str) -> bool:
    """Whether an object begins in a text that can't be read, beside what can: of the two either may be meant."""
    decoder, at = json.JSONDecoder(), 0
    for start in OBJECT.finditer(text):
        if start.start() < at:
            continue
        try:
            _, at = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            return True
    return False


def _by_json_repair(text: str) -> Any:
    try:
        import json_repair
    except ImportError:
        return None
    if len(text) > MAX_REPAIR_CHARS:
        return None
    try:
        return json_repair.loads(text, skip_json_loads=True)
    except (ValueError, RecursionError):
        return None


def _ends_inside_a_string(text: str) -> bool:
    inside = False
    for part in re.finditer(r'\\.|"', text, re.DOTALL):
        inside ^= part[0] == '"'
    return inside


class _KeyTwiceError(ValueError):
    """Valid JSON to some readers, with a different meaning to each."""


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} isn't JSON")


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) < len(pairs):
        raise _KeyTwiceError("a key is there twice")
    return out


def _complaint(text: str) -> str:
    try:
        _strict(text)
    except ValueError as error:
        return str(error)
    return "there is text around it"


def _pointer(path: Any) -> str:
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _missing(library: str) -> DatagenError:
    return DatagenError(
        f"structured answers need {library}, which isn't installed",
        hint="pip install 'datagen-core[llm]'",
    )
