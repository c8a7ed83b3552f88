"""Which component reaches a model, by its name: `openai/gpt-4o-mini`, `ollama/qwen2.5:7b`, `rehearsal`."""

from __future__ import annotations

from dataclasses import dataclass

from datagen_core.errors import RecipeError
from datagen_core.plugins.host import Host, Offer

ANY = "*"
ANY_PACKAGE = "datagen-plugin-litellm"
"""What to install for a prefix that nothing here serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedModel:
    """A model's name taken apart.

    Attributes:
        offer: The component that reaches it.
        provider: What stands before the first slash, or "".
        name: The rest.
        notice: What was assumed in reading the name, or "".
    """

    offer: Offer
    provider: str
    name: str
    notice: str = ""

    @property
    def full_name(self) -> str:
        """Provider and name as recipes write them."""
        return f"{self.provider}/{self.name}" if self.provider else self.name


def read_name(host: Host, text: str, *, use: str | None = None, where: str = "") -> NamedModel:
    """Takes a model's name apart and finds the component that reaches it.

    Args:
        text: `provider/name`, the name of a model component (`rehearsal`), or a bare name that a component
            knows (`gpt-4o-mini`).
        use: The component to take, whatever the name.
        where: The place of the name, for errors.

    Raises:
        RecipeError: nothing that is installed serves it.
    """
    text = text.strip()
    if use is not None:
        offer, _ = host.find("model", use, where)
        provider, slash, name = text.partition("/")
        provider, name = (provider, name) if slash else ("", text)
        return NamedModel(offer=offer, provider=provider, name=name)
    if text in {offer.name for offer in host.of_kind("model") if not offer.component.serves}:
        return NamedModel(offer=host.find("model", text, where)[0], provider="", name=text)
    provider, slash, name = text.partition("/")
    if slash and name:
        return NamedModel(offer=_serving(host, provider, text, where), provider=provider, name=name)
    known = _provider_of(host, text)
    if known is None:
        raise RecipeError(
            f"the model {text!r} has no provider",
            where=where or None,
            expected="provider/name such as openai/gpt-4o-mini, ollama/qwen2.5:7b or anthropic/NAME; or rehearsal",
            hint="a bare name is known where its provider's plugin is installed: datagen plugins list --kind model",
        )
    notice = f"the model {text!r} is read as {known}/{text}"
    return NamedModel(offer=_serving(host, known, text, where), provider=known, name=text, notice=notice)


def looks_like_a_name(host: Host, text: str) -> bool:
    """Whether a text that is no alias can be meant as a model's name."""
    components = {offer.name for offer in host.of_kind("model") if not offer.component.serves}
    return "/" in text or text in components or _provider_of(host, text) is not None


def _serving(host: Host, provider: str, text: str, where: str) -> Offer:
    for prefix in (provider, ANY):
        for offer in host.of_kind("model"):
            if prefix in offer.component.serves:
                return host.find("model", offer.name, where)[0]
    served = sorted({prefix for offer in host.of_kind("model") for prefix in offer.component.serves})
    raise RecipeError(
        f"no installed plugin reaches {text!r}",
        where=where or None,
        expected=f"one of the providers {', '.join(served)}" if served else "a plugin that reaches models",
        hint=f"pip install {ANY_PACKAGE if served else 'datagen-plugin-openai'}",
    )


def _provider_of(host: Host, text: str) -> str | None:
    for offer in host.of_kind("model"):
        for start, provider in offer.component.bare_names.items():
            if text.startswith(start):
                return provider
    return None
