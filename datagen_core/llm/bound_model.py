"""One model as a component sees it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from datagen_core.llm.forms import prompt_hash
from datagen_core.llm.site import CallSite
from datagen_core.llm.structured import AnswerSchema, StructuredAnswer
from datagen_core.model import ChatRequest, CompletionRequest, EmbeddingRequest, Embeddings, Reply

if TYPE_CHECKING:
    from datagen_core.llm.door import ModelDoor


@dataclass(frozen=True, slots=True)
class BoundModel:
    """One model as a component sees it: calls need no alias and no place."""

    door: ModelDoor
    alias: str
    site: CallSite

    def at(self, *, row: int, attempt: int = 0, subject: str = "") -> BoundModel:
        """The same for a row of the batch and a try at it; `subject` is the id of a row that is judged."""
        return replace(self, site=replace(self.site, row=row, attempt=attempt, subject=subject))

    @property
    def name(self) -> str:
        """The model's name, as the recipe's resolution has it."""
        return self.door.model(self.alias).full_name

    def mark(self, request: ChatRequest | CompletionRequest) -> dict[str, Any]:
        """What a row's processing step says of the call it came from: model, prompt hash and sampling."""
        marked = {"model": self.name, "prompt": prompt_hash(request)}
        for parameter in ("temperature", "top_p"):
            if getattr(request, parameter) is not None:
                marked[parameter] = getattr(request, parameter)
        return marked

    def can(self, capability: str) -> bool:
        """Whether the model has a capability."""
        return capability in self.door.model(self.alias).capabilities()

    async def chat(self, request: ChatRequest) -> Reply:
        """See `ModelDoor.chat`."""
        return await self.door.chat(self.alias, request, self.site)

    async def complete(self, request: CompletionRequest) -> Reply:
        """See `ModelDoor.complete`."""
        return await self.door.complete(self.alias, request, self.site)

    async def embed(self, request: EmbeddingRequest) -> Embeddings:
        """See `ModelDoor.embed`."""
        return await self.door.embed(self.alias, request, self.site)

    async def structured(self, request: ChatRequest, schema: AnswerSchema) -> StructuredAnswer:
        """See `ModelDoor.structured`."""
        return await self.door.structured(self.alias, request, schema, self.site)
