"""What models send in place of a list of instructions, of Yes or No, and of instances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from datagen_core.inputs import Inputs, Seed
from datagen_core.testing import ReplyShapesConformance, make_inputs
from datagen_core.testing.reply_shapes import ACCEPTED, ASIDES, REFUSALS, ReplyShape, text_shapes

THINGS = ("sea", "moon", "fog", "harbour", "forest", "market", "lake", "dune")
TASKS = [f"Describe the {thing} to someone" for thing in THINGS]
A, B = "Compose a lullaby for sleepy otters.", "List seven uses of an old umbrella."
C = "Explain why bread rises in warm kitchens."
GOOD = f"9. {A}\n10. {B}\n11. {C}"
TOWERS = "\n".join(f"{n}. Name the {n} tallest towers of a town." for n in range(10, 30))
INSTANCE = "Example 1\nInput: a pond at night\nOutput: Sleep, little paws, the reeds hum low."

LISTS: Mapping[str, tuple[str, str]] = {
    "goes on after the open number": (f" {A}\n10. {B}\n11. {C}", ACCEPTED),
    "one item": (f"9. {A}", ACCEPTED),
    "one item without a number": (A, ACCEPTED),
    "empty lines between": (f"9. {A}\n\n10. {B}\n\n11. {C}", ACCEPTED),
    "indented": (f"  9. {A}\n  10. {B}", ACCEPTED),
    "a space before the dot": (f"9 . {A}\n10 . {B}", ACCEPTED),
    "brackets in place of dots": (f"9) {A}\n10) {B}", ACCEPTED),
    "counted from one": (f"1. {A}\n2. {B}\n3. {C}", ACCEPTED),
    "numbers in bold": (f"**9.** {A}\n**10.** {B}", "punctuation_start"),
    "bullets": (f"- {A}\n- {B}", "punctuation_start"),
    "headings": (f"### Task 9\n{A}\n### Task 10\n{B}", "punctuation_start"),
    "chatter, then the list": (f"Sure! Here are more tasks:\n9. {A}\n10. {B}", ACCEPTED),
    "the list, then chatter": (f"9. {A}\n10. {B}\n\nLet me know if you need more.", ACCEPTED),
    "a fence around": (f"```\n9. {A}\n10. {B}\n```", ACCEPTED),
    "Windows line ends": (f"9. {A}\r\n10. {B}\r\n", ACCEPTED),
    "numbers that jump": (f"9. {A}\n12. {B}\n15. {C}", ACCEPTED),
    "beyond the last number": (f"9. {A}\n{TOWERS}", ACCEPTED),
    "the same item again and again": ("\n".join(f"{n}. {A}" for n in range(9, 16)), ACCEPTED),
    "items over several lines": (f"9. Compose a lullaby\nfor sleepy otters.\n10. {B}", ACCEPTED),
    "items with their instances": (f"9. {A}\nInput: none\nOutput: Sleep.\n10. {B}", ACCEPTED),
    "numbers inside an item": (f"9. Rank these: 1. tea 2. milk by their taste.\n10. {B}", ACCEPTED),
    "a version number": ("9. Explain what changed in release 3.11 of a language.", ACCEPTED),
    "an ellipsis": ("9. ...", "too_short"),
    "too short": ("9. Sing a song", "too_short"),
    "too long": ("9. " + "Describe " + "the old town " * 60, "too_long"),
    "asks for a picture": ("9. Draw a picture of the harbour at night.", "blocked_word"),
    "asks for a program": ("9. Write a program that sorts numbers by size.", "write_a_program"),
    "one that is known": ("9. Describe the sea to someone", "not_novel"),
    "nearly one that is known": ("9. Describe the sea to someone.", "not_novel"),
    "in Chinese": ("9. 写一首关于春天的诗，押韵并提到河流。", "non_ascii_start"),
    "in Russian": ("9. Напиши короткое письмо о весне в деревне.", "non_ascii_start"),
    "in German": ("9. Erkläre einem Kind, warum der Himmel blau ist.", ACCEPTED),
    "empty items": ("9. \n\n10. \n\n", "empty"),
    "a number alone": ("9.", "empty"),
    "HTML": ("<ol><li>Compose a lullaby for otters.</li></ol>", "punctuation_start"),
    "JSON": ('{"tasks": ["Compose a lullaby for sleepy otters."]}', "punctuation_start"),
    "a JSON list": ('["Compose a lullaby for sleepy otters."]', "punctuation_start"),
    "a table": ("| 9 | Compose a lullaby for sleepy otters. |", "punctuation_start"),
}  # fmt: skip


def inputs() -> Inputs:
    rows = [{"instruction": text, "is_classification": i % 2 == 0} for i, text in enumerate(TASKS)]
    return make_inputs([Seed(id=f"t{i}", text=row["instruction"], row=row) for i, row in enumerate(rows)])


def kind_of(request: Any) -> str:
    said = request.messages[-1].content
    if said.startswith("Come up with a series"):
        return "list"
    return "kind" if said.rstrip().endswith("?") else "instances"


class Chat(ReplyShapesConformance):
    """Replies of a chat model to one kind of request. What goes beyond the one row asked for is another rejection."""

    component = "self-instruct"
    options: ClassVar[Mapping[str, Any]] = {"interface": "chat"}
    tested: ClassVar[str]
    least = 40

    def inputs(self) -> Inputs:
        return inputs()

    def is_tested(self, request: Any) -> bool:
        return kind_of(request) == self.tested

    def answer(self, request: Any) -> Any:
        return {"list": f"9. {A}", "kind": "No", "instances": INSTANCE}[kind_of(request)]

    def fits(self, shape: ReplyShape) -> tuple[str, ...]:
        return (*super().fits(shape), "beyond_batch")


class TestInstructions(Chat):
    tested = "list"
    least = 60

    def shapes(self, good: Any) -> list[ReplyShape]:
        listed = [ReplyShape(name=name, text=text, expected=(fits,)) for name, (text, fits) in LISTS.items()]
        return [*listed, *text_shapes(GOOD)]

    def fits(self, shape: ReplyShape) -> tuple[str, ...]:
        """To the source's rules any prose of four words is an instruction: what refuses it is a rule of theirs."""
        again = (
            ("not_novel",) if "again" in shape.name or "twice" in shape.name or "last" in shape.name else ()
        )
        if shape.finish_reason == "length":
            return ("completion_cut",)
        if not shape.expected:
            return (ACCEPTED, "too_short", "empty", "non_ascii_start", "no_instances", "beyond_batch")
        edges = ("punctuation_start", "non_ascii_start") if shape.text[:1] in '"“-*' else ()
        return (*super().fits(shape), *again, *edges)


class TestKind(Chat):
    tested = "kind"

    def shapes(self, good: Any) -> list[ReplyShape]:
        read = [
            " No",
            "No.",
            "no",
            "NO",
            "No, it isn't.",
            "**No**",
            '"No"',
            "- No",
            "No – it's open-ended",
            "(no)",
        ]
        read += [f"No{end}" for end in ".,;:!?) \t-*"]
        unread = [
            "Maybe",
            "It depends",
            "Ja",
            "Nein",
            "не",
            "是",
            "1",
            "True",
            "Not sure",
            "Yesterday",
            "Nothing",
            "{}",
        ]
        unread += ["", " ", "Nothing", "{}", *REFUSALS.values(), *ASIDES.values()]
        shapes = [ReplyShape(name=text, text=text) for text in read]
        shapes += [ReplyShape(name=text, text=text, expected=("classification_unread",)) for text in unread]
        return shapes + [
            ReplyShape(name=f"{t} cut", text=t, finish_reason="length") for t in ("No", "No, the")
        ]


class TestInstances(Chat):
    tested = "instances"
    expected: ClassVar[Mapping[str, Any]] = {
        "chatter before": (ACCEPTED, "ends_with_colon"),
        "twice": (ACCEPTED, "duplicate_instance"),
    }

    def shapes(self, good: Any) -> list[ReplyShape]:
        two = "Example 1\nInput: a\nOutput: b\nExample 2\nInput: {}\nOutput: d"
        told = {
            "without a number": ("Input: a pond\nOutput: Sleep, little paws.", ACCEPTED),
            "output alone": ("Output: Sleep, little paws.", ACCEPTED),
            "no input": ("Example 1\nOutput: Sleep, little paws.", ACCEPTED),
            "several": (two.format("c"), ACCEPTED),
            "two outputs of one input": (two.format("a"), "contradicting_instances"),
            "nothing in the output": ("Example 1\nInput: a pond\nOutput:", "empty_output"),
            "input is output": ("Example 1\nInput: a pond\nOutput: a pond", "input_is_output"),
            "ends with a colon": ("Example 1\nInput: a pond\nOutput: as follows:", "ends_with_colon"),
            "labels of its own": ("Eingabe: ein Teich\nAusgabe: Schlaf.", "no_instances"),
            "prose": ("Sleep, little paws, the reeds hum low tonight.", "no_instances"),
            "JSON": ('{"input": "a pond", "output": "Sleep."}', "no_instances"),
            "input alone": ("Input: a pond at night", "no_instances"),
            "in Chinese": ("Example 1\nInput: 池塘\nOutput: 睡吧，小爪子。", ACCEPTED),
            **{name: (text, "no_instances") for name, text in {"empty": "", **REFUSALS, **ASIDES}.items()},
        }
        shapes = [ReplyShape(name=n, text=t, expected=(fits,)) for n, (t, fits) in told.items()]
        cut = ("instance_cut", "no_instances")
        for at in (1, 20, 40, 60):
            text = INSTANCE[:at]
            shapes.append(ReplyShape(name=f"cut {at}", text=text, finish_reason="length", expected=cut))
        return shapes + [s for s in text_shapes(good) if s.expected and s.name != "JSON string"]
