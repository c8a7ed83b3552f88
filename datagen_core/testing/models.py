"""The rules of models. None of them sends anything: what an endpoint answers is the plugin's own tests' matter."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any, ClassVar
from urllib.parse import urlsplit

from datagen_core.model import (
    CAPABILITIES,
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
    Model,
    ModelError,
    missing_capabilities,
)
from datagen_core.sample import Message, Tool
from datagen_core.testing.components import ComponentConformance

ASKING: dict[str, dict[str, Any]] = {
    "json_schema": {"json_schema": {"type": "object"}},
    "tools": {"tools": (Tool(name="look"),)},
    "logprobs": {"top_logprobs": 1},
    "n": {"n": 2},
    "seed": {"seed": 1},
    "stop": {"stop": (".",)},
}
"""Capability → the part of a chat that asks for it."""


class ModelConformance(ComponentConformance):
    """Rules for models. Set `component`; see `ComponentConformance` for `options`.

    Attributes:
        name: The model asked for, without the plugin's prefix.
    """

    kind: ClassVar[str] = "model"
    interface: ClassVar[type] = Model
    takes_inputs: ClassVar[bool] = False
    name: ClassVar[str] = "test-model"

    def build(self) -> Any:
        """A new instance, from the same options each time."""
        return self.offer().component.load_impl()(self.config(), self.name)

    def use(self) -> object:
        """What it says of itself."""
        model = self.build()
        return (model.name, sorted(model.capabilities()), model.endpoint(), model.price())

    def test_capabilities_are_words_that_arms_ask_for(self) -> None:
        unknown = sorted(self.build().capabilities() - set(CAPABILITIES))
        assert not unknown, f"rule: capabilities are among {CAPABILITIES}; found {unknown}"

    def test_its_endpoint_holds_no_credentials(self) -> None:
        endpoint = self.build().endpoint()
        assert isinstance(endpoint, str) and endpoint, "rule: endpoint() says what shares one limit"
        parts = urlsplit(endpoint)
        assert not (parts.username or parts.password or parts.query), (
            f"rule: an endpoint has no user, password or query; found {endpoint!r}"
        )

    def test_its_price_is_not_negative_or_unknown(self) -> None:
        price = self.build().price()
        assert price is None or min(price.prompt_per_million, price.completion_per_million) >= 0, (
            f"rule: a price is 0 or more, or None where it is unknown; found {price!r}"
        )

    def test_it_pickles(self) -> None:
        again = pickle.loads(pickle.dumps(self.build()))  # noqa: S301 (our own bytes)
        assert (again.name, again.endpoint()) == (self.name, self.build().endpoint()), (
            "rule: a model pickles, so that a batch may run elsewhere"
        )

    def test_it_may_be_closed_unused_and_twice(self) -> None:
        async def close() -> None:
            model = self.build()
            await model.close()
            await model.close()

        asyncio.run(close())

    def test_what_it_lacks_is_a_clear_error_before_anything_is_sent(self) -> None:
        for capability in missing_capabilities(self.build(), CAPABILITIES):
            try:
                asyncio.run(self._ask_for(capability))
            except ModelError as error:
                assert error.kind == "capability" and not error.may_have_run and capability in str(error), (
                    f"rule: a missing capability is a ModelError of kind capability that names it; {error!r}"
                )
            else:
                raise AssertionError(f"rule: {capability} isn't declared, so it can't be asked for")

    async def _ask_for(self, capability: str) -> None:
        model = self.build()
        if capability == "completion":
            await model.complete(CompletionRequest(prompt="go", max_tokens=1), timeout_s=1)
        elif capability == "embeddings":
            await model.embed(EmbeddingRequest(texts=("go",)), timeout_s=1)
        else:
            messages = (Message(role="user", content="go"),)
            await model.chat(ChatRequest(messages=messages, max_tokens=1, **ASKING[capability]), timeout_s=1)
