"""What the modes share: what conversations begin with, and the interface."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from datagen_core.errors import InputError
from datagen_core.generator import Cell, GenerateRequest
from datagen_core.inputs import Inputs, Seed
from datagen_core.llm.prompts import Prompt
from datagen_plugin_conversation.calls import Calls
from datagen_plugin_conversation.config import ConversationConfig
from datagen_plugin_conversation.turns import Opening, Talk


class Mode(ABC):
    """One way in which conversations come about.

    Attributes:
        usual_rounds: Pairs drawn, from … to, where the recipe doesn't say.
        usual_turns: The fewest pairs of a row, where the recipe doesn't say.
        answerer: The alias that answers, and tags.

    Raises:
        InputError: options that contradict each other, nothing to talk about.
    """

    usual_rounds: ClassVar[tuple[int, int]] = (1, 1)
    usual_turns: ClassVar[int] = 2

    def __init__(self, config: ConversationConfig, inputs: Inputs, prompts: Mapping[str, Prompt]) -> None:
        self.config, self.inputs, self.prompts = config, inputs, prompts
        self.answerer = config.model
        low, high = config.min_rounds, config.max_rounds
        fewest = low or min(self.usual_rounds[0], high or self.usual_rounds[0])
        self.rounds = (fewest, high or max(self.usual_rounds[1], fewest))
        self.min_turns = config.min_turns or min(self.usual_turns, self.rounds[1])
        if self.rounds[0] > self.rounds[1]:
            raise InputError(
                f"min_rounds is {low}, max_rounds {high}",
                where="with.min_rounds",
                expected="at most max_rounds",
            )

    @abstractmethod
    def models(self) -> Mapping[str, Sequence[str]]:
        """See `Generator.models`."""

    @abstractmethod
    async def talk(self, calls: Calls, opening: Opening) -> Talk:
        """A conversation; raises ModelError."""

    def heeds_language(self) -> bool:
        """Whether it can be told which language to write."""
        return False

    def openings(self, request: GenerateRequest, cells: Sequence[Cell]) -> list[Opening]:
        """What each row begins with. All randomness of the batch is drawn here."""
        temperature = request.params.get("temperature", self.config.temperature)
        rounds = [request.rng.randint(*self.rounds) for _ in cells]
        return [Opening(rounds=n, temperature=temperature) for n in rounds]

    async def begun(self, request: GenerateRequest, openings: Sequence[Opening]) -> list[Opening]:
        """The same with what has to be asked for first."""
        return list(openings)

    def notes(self, request: GenerateRequest) -> dict[str, Any]:
        """What rows say of this mode in `metadata.method`."""
        return {}

    def notices(self) -> Sequence[str]:
        """See `Generator.notices`."""
        return ()


def subjects(config: ConversationConfig, inputs: Inputs) -> tuple[str, ...]:
    """What to talk about where there are no seeds: topics, else the recipe's words; nothing where it has none."""
    words = (str(inputs.task_input.get("description") or ""), inputs.domain, inputs.task)
    return config.topics or tuple(text for text in words if text.strip())[:1]


def spoken_seeds(inputs: Inputs) -> tuple[Seed, ...]:
    """The seeds that have a text."""
    return tuple(seed for seed in inputs.seeds if seed.text.strip())


def least_tried(request: GenerateRequest, seeds: Sequence[Seed], n: int) -> list[Seed]:
    """A seed for each of n rows: those that this arm tried least first, equals in an order that is drawn."""
    tried = request.pool.tried(request.origin.arm)
    order = request.rng.sample(seeds, len(seeds))
    order.sort(key=lambda seed: tried.get(seed.id, 0))
    return [order[at % len(order)] for at in range(n)]


def languages(request: GenerateRequest, inputs: Inputs, cells: Sequence[Cell]) -> list[str]:
    """The code that each row is to have: its cell's, else one of the recipe's that is drawn."""
    drawn = [request.rng.choice(inputs.languages) for _ in cells]
    return [dict(cell.values).get("language") or code for cell, code in zip(cells, drawn, strict=True)]


def too_long(what: str, most: int) -> InputError:
    """For recipes of which no `seed` or `topic` could ever be sent."""
    return InputError(
        f"every {what} is longer than max_chars ({most})",
        where="with.max_chars",
        expected=f"a {what} of at most {most} characters",
        hint="shorter ones, or a higher max_chars in the arm's options",
    )


def nothing_to_talk_about() -> InputError:
    """For recipes without seeds, topics or words."""
    return InputError(
        "there is nothing to talk about",
        where="seeds",
        expected="seeds with a question each, topics: in the arm's options, or a domain: in the recipe",
        hint="seeds: FILE.jsonl with a text in each row",
    )
