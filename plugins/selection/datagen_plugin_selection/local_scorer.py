"""DEITA's scorers: causal models whose next token is a digit. Needs the extra `hf`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from datagen_core.errors import PluginError
from datagen_core.llm.bound_model import BoundModel
from datagen_core.local_model import LocalModel
from datagen_core.model_weights import load_pretrained
from datagen_core.sample import Sample
from datagen_plugin_selection.config import DeitaConfig
from datagen_plugin_selection.deita_scores import Scored, Scores, final_score
from datagen_plugin_selection.digit_scores import DIGITS, expected_score
from datagen_plugin_selection.turn_pairs import Turn, turns_of

_PLACE = re.compile(r"\{(instruction|response)\}")


@dataclass(frozen=True, slots=True)
class CausalModel:
    """A loaded model. `digits`: digit → its token, of those that the tokenizer has as one token."""

    tokenizer: Any
    model: Any
    device: str
    digits: Mapping[int, int]

    @classmethod
    def load(cls, name: str, device: str) -> CausalModel:
        """From a folder, or weights of the hub that are on this machine; nothing is downloaded, no code of it run.

        Raises:
            PluginError: they aren't there.
        """
        tokenizer, model = load_pretrained("AutoModelForCausalLM", name, device=device)
        return cls(tokenizer, model, device, _digit_tokens(tokenizer))

    def score(self, prompt: str, max_tokens: int) -> Scored:
        """One forward pass; the digits' logits after the prompt's last token."""
        torch = import_module("torch")
        tokens = self.tokenizer.encode(prompt)
        if len(tokens) > max_tokens:
            return Scored(why="prompt_too_long")
        with torch.inference_mode():
            logits = self.model(torch.tensor([tokens], device=self.device)).logits[0, -1].float()
        value = expected_score({digit: float(logits[token]) for digit, token in self.digits.items()})
        return Scored(value, "" if value is not None else "missing_digit")


class LocalScorer:
    """Scores each turn by two causal models.

    A row is unscored with `no_turn`, `prompt_too_long` (nothing is cut off: the prompt ends in its question) or
    `missing_digit`.

    Raises:
        PluginError: torch or transformers isn't installed.
    """

    def __init__(self, config: DeitaConfig, base: Path) -> None:
        if missing := [name for name in ("torch", "transformers") if find_spec(name) is None]:
            raise PluginError(
                f"deita with scorer: local needs {' and '.join(missing)}",
                hint="pip install 'datagen-plugin-selection[hf]'",
            )
        self._config = config
        self._complexity = _local(str(config.complexity_model), base, config.device)
        self._quality = _local(str(config.quality_model), base, config.device)

    async def scores(self, rows: Sequence[Sample], models: Mapping[str, BoundModel]) -> Scores:
        """See `Scorer.scores`; one turn after the other."""
        return Scores([await self._score(turns_of(row)) for row in rows])

    async def _score(self, turns: Sequence[Turn]) -> Scored:
        config = self._config
        complexity = [await self._asked(self._complexity, config.complexity_template, turn) for turn in turns]
        quality = [await self._asked(self._quality, config.quality_template, turn) for turn in turns]
        return final_score(complexity, quality)

    async def _asked(self, local: LocalModel[CausalModel], template: str, turn: Turn) -> Scored:
        prompt = filled(template, turn)
        return await local.run(lambda model: model.score(prompt, self._config.max_prompt_tokens))


def filled(template: str, turn: Turn) -> str:
    """The template with the turn's texts in their places; braces in those are just text."""
    text = _PLACE.sub(lambda place: str(getattr(turn, place[1])), template)
    return text.encode("utf-8", "replace").decode("utf-8")  # tokenizers take no lone surrogates


def _local(name: str, base: Path, device: str) -> LocalModel[CausalModel]:
    beside = base / Path(name).expanduser()
    place = str(beside) if beside.is_dir() else name
    used = _usual_device() if device == "auto" else device
    return LocalModel(("causal-digits", place, used), lambda: CausalModel.load(place, used))


def _usual_device() -> str:
    return "cuda" if import_module("torch").cuda.is_available() else "cpu"


def _digit_tokens(tokenizer: Any) -> dict[int, int]:
    """Some tokenizers write a mark of the word's beginning first: the last token is the digit's."""
    last = {digit: tokenizer.encode(str(digit), add_special_tokens=False)[-1:] for digit in DIGITS}
    return {
        digit: token[0]
        for digit, token in last.items()
        if token and tokenizer.decode(token).strip() == str(digit)
    }
