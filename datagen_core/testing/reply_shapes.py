"""What models answer in practice: the good answer wrapped, chatted around, cut, misspelt, refused, or not there.

Each shape says what should become of a row whose model answers so: `accepted`, or the rejection's reason. A suite for
generators runs an arm against all of them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from datagen_core.model import ChatRequest, CompletionRequest, Reply
from datagen_core.sample import Rejection, Sample
from datagen_core.testing.components import ComponentUnderTest
from datagen_core.testing.scripted_model import ScriptedModel, reply
from datagen_core.testing.toy_data import generate, make_request, toy_samples

ACCEPTED = "accepted"
REFUSALS: Mapping[str, str] = {
    "refusal": "I'm sorry, but I can't help with that request.",
    "refusal, policy": "As an AI language model, I cannot generate this content as it may violate our guidelines.",
    "refusal, Chinese": "抱歉，我无法协助处理该请求。",
    "refusal, German": "Es tut mir leid, dabei kann ich nicht helfen.",
}
ASIDES: Mapping[str, str] = {
    "clarifying question": "Could you tell me a bit more about the audience before I start?",
    "promise": "Sure! I'll get right on that and have it ready for you shortly.",
    "only a greeting": "Hello! How can I help you today?",
    "apology": "Sorry for the confusion earlier.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyShape:
    """One way to answer.

    Attributes:
        name: What is odd about it.
        text: The reply.
        finish_reason: As the provider gives it.
        expected: What should become of the row: `accepted`, or reasons, any of which will do. Empty where only the arm
            can say: its suite must then, in `expected`.
    """

    name: str
    text: str
    finish_reason: str = "stop"
    expected: tuple[str, ...] = (ACCEPTED,)


def json_shapes(good: Mapping[str, Any], other: Mapping[str, Any]) -> list[ReplyShape]:
    """Replies to a request for a JSON object whose keys are all required and of which there are no others.

    Args:
        good: A value that satisfies the schema.
        other: Another one.
    """
    plain, pretty = json.dumps(good, ensure_ascii=False), json.dumps(good, ensure_ascii=False, indent=2)
    shapes = [*_readable(plain, pretty), *_repairable(good, plain, pretty), *_wrong(good, plain)]
    shapes += [*_ambiguous(plain, good, json.dumps(other, ensure_ascii=False)), *_cut(plain), *_no_json()]
    return [
        ReplyShape(name=name, text=text, finish_reason=finish, expected=expected)
        for name, text, finish, expected in shapes
    ]


_Row = tuple[str, str, str, tuple[str, ...]]


def _readable(plain: str, pretty: str) -> Iterator[_Row]:
    texts = {
        "plain": plain,
        "pretty": pretty,
        "escaped Unicode": json.dumps(json.loads(plain), ensure_ascii=True),
        "blank lines around": f"\n\n  {plain}\n\n",
        "Windows line ends": pretty.replace("\n", "\r\n"),
        "json fence": f"```json\n{pretty}\n```",
        "JSON fence in capitals": f"```JSON\n{plain}\n```",
        "bare fence": f"```\n{plain}\n```",
        "fence and chatter before": f"Here is the JSON you asked for:\n\n```json\n{pretty}\n```",
        "fence and chatter after": f"```json\n{plain}\n```\n\nLet me know if you would like any changes!",
        "fence and chatter around": f"Sure!\n```json\n{plain}\n```\nHope this helps.",
        "fence never closed": f"```json\n{plain}",
        "chatter before": f"Sure, here you go: {plain}",
        "chatter after": f"{plain}\n\nI hope this is what you were looking for.",
        "chatter around": f"Certainly.\n\n{plain}\n\nAnything else?",
        "chatter in Chinese": f"当然，以下是结果：\n{plain}\n希望对您有帮助。",
        "chatter in Spanish": f"¡Claro! Aquí tienes:\n{plain}",
        "heading": f"## Answer\n\n{plain}",
        "bold label": f"**Output:** {plain}",
        "numbered": f"1. {plain}",
        "bulleted": f"- {plain}",
        "quoted block": f"Answer:\n    {plain}",
        "XML tags": f"<answer>{plain}</answer>",
        "thinking tags": f"<think>The user wants JSON. I should be brief.</think>\n{plain}",
        "the same object twice": f"{plain}\n\n{plain}",
        "end-of-turn mark": f"{plain}<|im_end|>",
        "role prefix": f"assistant: {plain}",
    }
    yield from ((name, text, "stop", (ACCEPTED,)) for name, text in texts.items())


def _repairable(good: Mapping[str, Any], plain: str, pretty: str) -> Iterator[_Row]:
    """Broken in a way that leaves no doubt of what was meant; a stricter reader may refuse it as no JSON."""
    comma = plain[:-1] + ",}"
    key = next(iter(good))
    texts = {
        "trailing comma": comma,
        "trailing comma in a fence": f"```json\n{comma}\n```",
        "unquoted key": plain.replace(f'"{key}"', key, 1),
        "comment in it": pretty.replace("{", "{ // the answer", 1),
        "brace not closed": plain[:-1],
    }
    usual = (ACCEPTED, "not_json", "schema_violation", "truncated_answer")
    yield from ((name, text, "stop", usual) for name, text in texts.items())


def _ambiguous(plain: str, good: Mapping[str, Any], other: str) -> Iterator[_Row]:
    key = json.dumps(next(iter(good)))
    texts = {
        "two objects": f"{plain}\n{other}",
        "two objects, one per fence": f"```json\n{plain}\n```\nor\n```json\n{other}\n```",
        "two objects, numbered": f"1. {plain}\n2. {other}",
    }
    yield from ((name, text, "stop", ("ambiguous_json",)) for name, text in texts.items())
    twice = f'{{{key}: "first", {plain[1:]}'
    yield "a key twice", twice, "stop", ("ambiguous_json",)


def _wrong(good: Mapping[str, Any], plain: str) -> Iterator[_Row]:
    first, *rest = good
    texts = {
        "key misspelt": json.dumps({f"{first}_": good[first], **{k: good[k] for k in rest}}),
        "key in capitals": json.dumps({k.upper(): v for k, v in good.items()}),
        "key missing": json.dumps({k: good[k] for k in rest} or {"other": 1}),
        "key too many": json.dumps({**good, "note": "as requested"}),
        "null for a value": json.dumps({**good, first: None}),
        "a value of another type": json.dumps({**good, first: {"value": good[first]}}),
        "wrapped in a key": json.dumps({"answer": dict(good)}),
        "wrapped in a list": f"[{plain}]",
        "the schema itself": json.dumps({"type": "object", "properties": {k: {} for k in good}}),
        "JSON in a string": json.dumps(plain),
        "a list of strings": '["one", "two"]',
        "error object": '{"error": {"message": "content policy", "code": 400}}',
        "a number": "42",
        "true": "true",
    }
    usual = ("schema_violation", "not_json", "ambiguous_json")
    yield from ((name, text, "stop", usual) for name, text in texts.items())
    yield "empty object", "{}", "stop", ("schema_violation", "not_json", "empty_answer")
    yield "empty list", "[]", "stop", ("schema_violation", "not_json", "empty_answer")


def _cut(plain: str) -> Iterator[_Row]:
    half = plain[: max(2, len(plain) // 2)]
    told, unsaid = ("truncated_answer",), ("truncated_answer", "not_json", "schema_violation")
    yield "half an object, cut by length", half, "length", told
    yield "whole, but cut by length", plain, "length", told
    yield "half an object, as if whole", half, "stop", unsaid
    yield "half an object in a fence", f"```json\n{half}", "stop", unsaid
    yield "one brace", "{", "stop", ("not_json", "truncated_answer", "schema_violation")


def _no_json() -> Iterator[_Row]:
    yield "empty", "", "stop", ("empty_answer",)
    yield "blank", " \n\n ", "stop", ("empty_answer",)
    yield "filtered by the provider", "", "content_filter", ("refused",)
    yield "filtered after some words", "The answer", "content_filter", ("refused",)
    for name, text in {**REFUSALS, **ASIDES}.items():
        yield name, text, "stop", ("not_json",)
    yield "prose in place of JSON", "The text could read as follows, in two sentences.", "stop", ("not_json",)
    yield "YAML", "text: some words\nkind: short", "stop", ("not_json",)
    yield "a table", "| key | value |\n| --- | --- |\n| text | words |", "stop", ("not_json",)
    yield "HTML of a proxy", "<html><body><h1>502 Bad Gateway</h1></body></html>", "stop", ("not_json",)


def text_shapes(good: str) -> list[ReplyShape]:
    """Replies to a request for a plain text. What an arm makes of most of them is its own: see `expected` there."""
    wrapped = {
        "plain": good,
        "blank lines around": f"\n\n{good}\n\n",
        "Windows line ends": good.replace("\n", "\r\n") + "\r\n",
        "chatter before": f"Sure! Here it is:\n\n{good}",
        "chatter after": f"{good}\n\nLet me know if you need anything else!",
        "code fence": f"```\n{good}\n```",
        "code fence of a language": f"```text\n{good}\n```",
        "quotes": f'"{good}"',
        "curly quotes": f"“{good}”",
        "numbered": f"1. {good}",
        "bulleted": f"- {good}",
        "bold": f"**{good}**",
        "heading": f"# Answer\n\n{good}",
        "label before": f"Answer: {good}",
        "JSON string": json.dumps(good, ensure_ascii=False),
        "thinking tags": f"<think>I should answer.</think>\n{good}",
        "end-of-turn mark": f"{good}<|im_end|>",
        "twice": f"{good}\n\n{good}",
    }
    shapes = [ReplyShape(name=name, text=text) for name, text in wrapped.items()]
    bad = {"empty": "", "blank": " \n ", **REFUSALS, **ASIDES}
    shapes += [ReplyShape(name=name, text=text, expected=()) for name, text in bad.items()]
    shapes.append(ReplyShape(name="filtered", text="", finish_reason="content_filter", expected=()))
    cut = good[: max(1, len(good) // 2)]
    shapes.append(ReplyShape(name="cut by length", text=cut, finish_reason="length", expected=()))
    return shapes


class ReplyShapesConformance(ComponentUnderTest):
    """Each shape of a reply gives a row, or a rejection with the reason that fits. One subclass for each kind of call.

    Set `component`, and override `answer`. See `ComponentUnderTest` for `options` and `inputs()`.

    Attributes:
        expected: What becomes of shapes by name, where it differs from what they say: one code or several, any of
            which will do.
        least: How many shapes there are to be.
    """

    kind: ClassVar[str] = "generator"
    expected: ClassVar[Mapping[str, str | tuple[str, ...]]] = {}
    least: ClassVar[int] = 60

    def parents(self) -> list[Sample]:
        """The samples of the link before, where it needs some."""
        return toy_samples()[:1] if "parents" in self.offer().component.needs else []

    def answer(self, request: ChatRequest | CompletionRequest) -> Any:
        """The good answer to a call: what is no text is sent as JSON."""
        raise NotImplementedError

    def is_tested(self, request: ChatRequest | CompletionRequest) -> bool:
        """Whether a call is one that gets odd replies; by default all are."""
        return True

    def shapes(self, good: Any) -> list[ReplyShape]:
        """The corpus for a good answer."""
        return text_shapes(good) if isinstance(good, str) else json_shapes(good, self.another(good))

    def another(self, good: Mapping[str, Any]) -> Mapping[str, Any]:
        """Another answer that would do as well; by default with an exclamation mark after each text."""
        return {key: f"{value}!" if isinstance(value, str) else value for key, value in good.items()}

    def test_each_shape_gives_a_row_or_the_reason_that_fits(self) -> None:
        wrong, seen, counts = [], 0, Counter[str]()
        for shape in self.shapes(self._good()):
            seen += 1
            rows = self._rows(shape)
            came = [row.reason if isinstance(row, Rejection) else ACCEPTED for row in rows]
            counts.update(came)
            fits = self.fits(shape)
            if not came or not set(came) <= set(fits):
                wrong.append(
                    f"{shape.name!r} gave {came or 'nothing'}, not {' or '.join(fits)}: {shape.text[:80]!r}"
                )
        print(f"{self.component}: {seen} shapes → {dict(counts)}")
        assert not wrong, "rule: each shape of a reply gives what fits\n" + "\n".join(wrong)
        assert seen >= self.least, f"rule: at least {self.least} shapes; {seen} were tried"
        assert counts[ACCEPTED], "rule: some shapes can be read"

    def fits(self, shape: ReplyShape) -> tuple[str, ...]:
        """What may become of a shape: `accepted` or reasons."""
        own = self.expected.get(shape.name, shape.expected)
        return (own,) if isinstance(own, str) else own

    def _good(self) -> Any:
        """The good answer of the first call that is tested."""
        found: list[Any] = []

        def kept(request: Any) -> Any:
            found.append(self.answer(request))
            return found[-1]

        self._run(kept)
        assert found, "rule: is_tested() must be true of some call"
        return found[0]

    def _rows(self, shape: ReplyShape) -> list[Sample | Rejection]:
        return self._run(lambda request: reply(shape.text, finish_reason=shape.finish_reason))

    def _run(self, tested: Any) -> list[Sample | Rejection]:
        def answer(request: Any, call: int) -> Reply:
            is_tested = self.is_tested(request)
            said = tested(request) if is_tested else self.answer(request)
            if isinstance(said, Reply):
                return said
            return reply(said if isinstance(said, str) else json.dumps(said, ensure_ascii=False))

        request = make_request(1, inputs=self.inputs(), parents=self.parents())
        return generate(self.build(), request, ScriptedModel(answer, latency_s=0))
