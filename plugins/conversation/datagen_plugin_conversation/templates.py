"""Chat templates as text: what stands before and after each turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datagen_plugin_conversation.turns import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatTemplate:
    """A chat template. The token that begins a text isn't part of it: servers put it there themselves.

    Attributes:
        user, assistant, system: Before and after such a turn. Without `system`, its text begins the first user turn.
        stops: Strings that end a turn.
    """

    user: tuple[str, str]
    assistant: tuple[str, str]
    system: tuple[str, str] | None
    stops: tuple[str, ...]

    @property
    def pre_query(self) -> str:
        """All that stands before a user's first query: a role, and no word of text."""
        return self.user[0]

    def up_to_query(self, turns: Sequence[Turn], system: str) -> str:
        """The conversation so far under a system prompt, up to where the user's next query begins."""
        own = self.system
        out = [] if own is None else [own[0], system, own[1]]
        for at, turn in enumerate(turns):
            before, after = self.user if turn.role == "user" else self.assistant
            told = f"{system}\n\n" if own is None and at == 0 else ""
            out += [before, told, turn.content, after]
        return "".join([*out, self.user[0]])


def _headed(start: str, end: str) -> dict[str, tuple[str, str]]:
    """Turns that begin with their role: `start` has a place for it."""
    return {
        "user": (start.format("user"), end),
        "assistant": (start.format("assistant"), end),
        "system": (start.format("system"), end),
    }


TEMPLATES: Mapping[str, ChatTemplate] = {
    "chatml": ChatTemplate(
        **_headed("<|im_start|>{}\n", "<|im_end|>\n"), stops=("<|im_end|>", "<|im_start|>", "<|endoftext|>")
    ),
    "llama3": ChatTemplate(
        **_headed("<|start_header_id|>{}<|end_header_id|>\n\n", "<|eot_id|>"),
        stops=("<|eot_id|>", "<|end_of_text|>", "<|start_header_id|>"),
    ),
    "phi3": ChatTemplate(
        **_headed("<|{}|>\n", "<|end|>\n"), stops=("<|end|>", "<|endoftext|>", "<|assistant|>")
    ),
    "gemma": ChatTemplate(
        user=("<start_of_turn>user\n", "<end_of_turn>\n"),
        assistant=("<start_of_turn>model\n", "<end_of_turn>\n"),
        system=None,
        stops=("<end_of_turn>", "<start_of_turn>", "<eos>"),
    ),
    "mistral": ChatTemplate(
        user=("[INST] ", "[/INST]"), assistant=(" ", "</s>"), system=None, stops=("</s>", "[/INST]", "[INST]")
    ),
}
"""Of Qwen and Yi; Llama 3; Phi-3; Gemma 1 to 3; Mistral 7B v0.3."""
