"""Which model can be called from here: the one named, else one whose key the environment holds. Nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass

from datagen_core.errors import UsageError
from datagen_core.llm.keys import value_of
from datagen_core.model_names import read_name
from datagen_core.plugins.host import Host

USUAL = (
    ("OPENAI_API_KEY", "openai/gpt-4o-mini"),
    ("ANTHROPIC_API_KEY", "anthropic/claude-sonnet-4-5"),
    ("GEMINI_API_KEY", "gemini/gemini-2.0-flash"),
    ("MISTRAL_API_KEY", "mistral/mistral-small-latest"),
    ("DEEPSEEK_API_KEY", "deepseek/deepseek-chat"),
    ("OPENROUTER_API_KEY", "openrouter/openai/gpt-4o-mini"),
)
"""Variable that holds a provider's key → a model of it that is proposed; another one is a word in the recipe."""
ADDRESSES = (
    ("OPENAI_BASE_URL", "openai"),
    ("OPENAI_API_BASE", "openai"),
    ("OLLAMA_API_BASE", "ollama"),
    ("HOSTED_VLLM_API_BASE", "vllm"),
    ("LM_STUDIO_API_BASE", "lm-studio"),
)
"""Variable that says where a server is → its prefix. What models it has isn't known without asking it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A model that an installed plugin reaches, or None, and how it was come by."""

    model: str | None = None
    because: str = ""


def reached(host: Host, named: str | None = None) -> Reached:
    """The model to propose; `named` is what was said, "" for none.

    Raises:
        RecipeError: no installed plugin reaches the model named.
    """
    if named is not None:
        if not named.strip():
            return Reached(because="no model, as was said")
        read_name(host, named.strip(), where="--model")
        return Reached(model=named.strip(), because="as was said")
    moved = [(variable, prefix) for variable, prefix in ADDRESSES if value_of(variable)]
    for variable, model in USUAL:
        provider = model.partition("/")[0]
        if value_of(variable) and provider not in {prefix for _, prefix in moved} and _is_served(host, model):
            return Reached(model=model, because=f"{variable} is set")
    if moved:
        variable, prefix = moved[0]
        return Reached(because=f"{variable} is set, but which model is there isn't: --model {prefix}/NAME")
    return Reached(because="no key of a provider is set: --model PROVIDER/NAME names one")


def _is_served(host: Host, model: str) -> bool:
    try:
        return read_name(host, model).offer.state == "ok"
    except UsageError:
        return False
