"""How passages stand in a prompt and in a row: numbered, each under the name of its document and its headings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datagen_core.inputs import Seed
from datagen_core.sample import Message
from datagen_plugin_rag.arms.config import RagConfig

BETWEEN = "\n\n"


def place_of(chunk: Seed) -> str:
    """The document's name and the headings that a chunk stands under, on one line."""
    row = chunk.row
    names = [str(row.get("document") or row.get("title") or ""), *map(str, row.get("headings") or ())]
    return " › ".join(" ".join(name.split()) for name in names if name.strip())


def numbered(passages: Sequence[Seed]) -> str:
    """Passages under their numbers and places, with blank lines between them."""
    shown = ((f"[{n}] {place_of(passage)}".rstrip(), passage.text) for n, passage in enumerate(passages, 1))
    return BETWEEN.join(f"{head}\n{text.strip()}" for head, text in shown)


def asked_in(config: RagConfig, question: str, passages: Sequence[Seed], response: str) -> dict[str, Any]:
    """A row's parts, by the names that `GenerateRequest.sample` takes."""
    if config.context == "none" or not passages:
        return {"input": question, "response": response}
    if config.context == "input":
        return {"input": f"{numbered(passages)}{BETWEEN}{question}", "response": response}
    system = BETWEEN.join(filter(None, (config.system.strip(), numbered(passages))))
    turns = (("system", system), ("user", question), ("assistant", response))
    return {"messages": [Message(role=role, content=content) for role, content in turns]}


def question_in(text: str) -> str:
    """The question of an input that `asked_in` made: what stands after its last blank line."""
    return text.rpartition(BETWEEN)[2].strip()


def as_question(text: str) -> str:
    """A question as rows hold it: without blank lines and white space around it."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines() if line.strip())
