"""The preference generator: candidates for each original's prompt, a judgement of them, and a pair."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from datagen_core.errors import InputError
from datagen_core.generator import GenerateRequest, Generator
from datagen_core.inputs import Inputs
from datagen_core.llm.concurrently import in_order
from datagen_core.llm.prompts import Prompt, digest_of
from datagen_core.nothing import EMPTY
from datagen_core.originals import Original, originals
from datagen_core.refusal import Refusal
from datagen_core.row_forms import as_sample
from datagen_core.sample import Rejection, Sample
from datagen_plugin_preference import principles
from datagen_plugin_preference.asked import Asked, asked_of
from datagen_plugin_preference.candidates import ORIGINAL, Candidate, Slot, distinct, drawn, slots
from datagen_plugin_preference.config import ASPECTS, PreferenceConfig
from datagen_plugin_preference.deciding import Round, decided, unfit
from datagen_plugin_preference.judging import Judge
from datagen_plugin_preference.pairs import Pair
from datagen_plugin_preference.pairwise import PairwiseJudge
from datagen_plugin_preference.rating import RatingJudge

PACKAGE = "datagen_plugin_preference"
JUDGES: Mapping[str, type[Judge]] = {"rating": RatingJudge, "pairwise": PairwiseJudge}


@dataclass(frozen=True, slots=True)
class Draft:
    """A row before anything is asked: all that chance has a part in.

    Attributes:
        asked: What is asked, or why nothing is.
        slots: How each candidate is drawn.
        order: A place for each candidate, which decides between equal scores.
        luck: Decides on the rejected one of `best-random`.
    """

    original: Original
    asked: Asked | Refusal
    slots: tuple[Slot, ...]
    order: Sequence[int]
    luck: float


class Preference(Generator[PreferenceConfig]):
    """Preference pairs: candidates of UltraFeedback's kind (arXiv 2310.01377), stored as DPO's triples (2305.18290).

    Raises:
        InputError: fewer than two candidates, or ones that are all alike; a margin that nothing reaches; seeds none of
            which has a prompt; a template that can't be used.
    """

    def __init__(self, config: PreferenceConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        _check(config)
        found = [(seed, asked_of(as_sample(seed), config.format)) for seed in inputs.seeds]
        self._seeds = tuple(seed for seed, asked in found if isinstance(asked, Asked))
        if found and not self._seeds:
            refused = next(asked for _, asked in found if isinstance(asked, Refusal))
            raise InputError(
                f"no seed can be asked: {refused.reason}",
                where="seeds",
                expected=refused.rule,
                hint="format: chat"
                if refused.reason == "needs_chat_format"
                else "seeds with an input or a text",
            )
        if config.prompts.rating or config.prompts.pairwise:  # what a recipe wrote is tried before the run
            shared: dict[str, Any] = {"conversation": [], "aspects": config.aspect_texts()}
            self._prompt("rating").messages(**shared, response="", lowest=1, highest=10)
            self._prompt("pairwise").messages(**shared, first="", second="")

    def __reduce__(self) -> tuple[Any, ...]:
        """Compiled schemas and templates don't travel: they are made anew."""
        return type(self), (self.config, self.inputs)

    def models(self) -> Mapping[str, Sequence[str]]:
        """The writers and the judge; any will do."""
        return dict.fromkeys((*self.config.models, self.config.judge_model), ())

    def labels(self) -> frozenset[str] | None:
        """Those of the seeds: a row's label stays."""
        return frozenset(seed.label for seed in self._seeds if seed.label is not None) or None

    def steers(self) -> frozenset[str]:
        """The keys of the recipe's coverage that are columns of all seeds: a row is what its seed is."""
        return frozenset(
            key
            for key in self.inputs.coverage
            if self._seeds and all(seed.row.get(key) is not None for seed in self._seeds)
        )

    def digest(self) -> str:
        """Of the packaged prompts, principles and aspects."""
        told = [principles.file(name).read_bytes() for name in principles.NAMES]
        told += [f"{name}: {text}".encode() for name, text in ASPECTS.items()]
        return digest_of(PACKAGE, JUDGES, *told)

    def notices(self) -> Sequence[str]:
        """What a row costs, a judge that judges itself, and answers of seeds that dedup takes for repeats."""
        drawn = self.config.candidates
        judged = self._judge.n_calls(drawn + self.config.use_original)
        said = [
            f"each pair takes up to {drawn + judged} model calls: {drawn} candidates and {judged} of the judge"
        ]
        if self.config.judge_model in self.config.models:
            said.append(
                f"{self.config.judge_model!r} judges what it wrote: models favour their own answers "
                "(judge_model: another alias)"
            )
        if self.config.use_original and self.inputs.seeds:
            said.append(
                "where a seed's own answer is chosen, dedup rejects the pair as a duplicate of that seed "
                "(set against_seeds: false in dedup)"
            )
        return said

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """One pair or rejection for each row wanted, in order."""
        drafts = [self._draft(request, one) for one in originals(request, seeds=self._seeds)]
        work = [self._played(request, row, draft) for row, draft in enumerate(drafts)]
        rounds = [played async for played in in_order(work)]
        for draft, played in zip(drafts, rounds, strict=True):
            yield self._row(request, draft, played)

    # -- asking -----------------------------------------------------------------------------------------------

    def _draft(self, request: GenerateRequest, original: Original) -> Draft:
        rng, n = request.rng, self.config.candidates + 1
        asked: Asked | Refusal = Refusal(
            "no_original", "a seed or a row of the link before that fits the wanted row"
        )
        if original.sample is not None:
            asked = asked_of(original.sample, self.config.format)
        return Draft(original, asked, slots(self.config, rng), rng.sample(range(n), n), rng.random())

    async def _played(self, request: GenerateRequest, row: int, draft: Draft) -> Round:
        if isinstance(draft.asked, Refusal):
            return Round()
        played = Round(await self._candidates(request, row, draft.asked, draft.slots))
        if unfit(played, self.config) is not None:
            return played
        model = request.model(self.config.judge_model)
        texts = [played.candidates[at].text for at in played.judged]
        judgement = await self._judge.judged(model, row, len(draft.slots), draft.asked, texts)
        return Round(played.candidates, judgement)

    async def _candidates(
        self, request: GenerateRequest, row: int, asked: Asked, wanted: Sequence[Slot]
    ) -> list[Candidate]:
        work = [
            drawn(request.model(slot.alias).at(row=row, attempt=at), slot, asked, self.config.max_tokens)
            for at, slot in enumerate(wanted)
        ]
        found = [one async for one in in_order(work)]
        if self.config.use_original and asked.answer.strip():
            found.append(Candidate(model=ORIGINAL, text=asked.answer))
        return distinct(found)

    # -- deciding ---------------------------------------------------------------------------------------------

    def _row(self, request: GenerateRequest, draft: Draft, played: Round) -> Sample | Rejection:
        if isinstance(draft.asked, Refusal):
            return request.refuse(draft.asked, parents=draft.original.parents)
        found = unfit(played, self.config) or decided(played, self.config, order=draft.order, luck=draft.luck)
        if isinstance(found, Pair):
            return self._sample(request, draft.original, draft.asked, played, found)
        failed = [one.error for one in played.candidates] if found.reason == "too_few_candidates" else []
        if found.reason == "judge_unparsed" and played.judgement:
            failed = [answer.error for answer in played.judgement.answers]
        if error := next(filter(None, failed), None):
            return request.failed(error, parents=draft.original.parents, params=played.params())
        return request.refuse(found, parents=draft.original.parents, params=played.params())

    def _sample(
        self, request: GenerateRequest, original: Original, asked: Asked, played: Round, found: Pair
    ) -> Sample:
        chosen, rejected = played.candidates[found.chosen], played.candidates[found.rejected]
        kept = original.sample.fields if original.sample else EMPTY
        scores = played.scores()
        columns = {
            **self._columns(asked, chosen.text, rejected.text),
            "chosen_rating": scores[found.chosen],
            "rejected_rating": scores[found.rejected],
            "margin": found.margin,
            "chosen_model": chosen.model,
            "rejected_model": rejected.model,
        }
        return request.sample(
            input=asked.prompt,
            response=chosen.text,
            label=original.sample.label if original.sample else None,
            fields={**kept, **columns},
            parents=original.parents,
            params=played.params(found.chosen),
            method=self._method(request, played, found),
        )

    def _columns(self, asked: Asked, chosen: str, rejected: str) -> dict[str, Any]:
        """What trainers read, in the two forms that TRL knows."""
        if self.config.format == "text":
            return {"prompt": asked.prompt, "chosen": chosen, "rejected": rejected}
        answers = {"chosen": chosen, "rejected": rejected}
        messages = {name: [{"role": "assistant", "content": text}] for name, text in answers.items()}
        return {"prompt": asked.to_json(), **messages}

    def _method(self, request: GenerateRequest, played: Round, found: Pair) -> dict[str, Any]:
        notes = played.judgement.notes if played.judgement else EMPTY
        ratings = played.ratings()
        return {
            "candidates": [
                one.to_json() | (ratings[at].to_json() if at in ratings else {})
                for at, one in enumerate(played.candidates)
            ],
            "chosen": found.chosen,
            "rejected": found.rejected,
            "margin": found.margin,
            "pairs": self.config.pairs,
            "judge": {
                "mode": self.config.judge,
                "model": request.model(self.config.judge_model).name,
                **notes,
            },
            "words": {
                "chosen": played.candidates[found.chosen].words,
                "rejected": played.candidates[found.rejected].words,
            },
            "n_calls": played.n_calls(),
        }

    @cached_property
    def _judge(self) -> Judge:
        return JUDGES[self.config.judge](self.config, self._prompt(self.config.judge))

    def _prompt(self, name: str) -> Prompt:
        override = getattr(self.config.prompts, name)
        return Prompt.from_package(PACKAGE, name, override=override, where=f"with.prompts.{name}")


def _check(config: PreferenceConfig) -> None:
    """Raises InputError for options that can't give a pair."""
    if config.candidates + config.use_original < 2:
        raise InputError(
            "a pair needs two candidates",
            where="with.candidates",
            expected="candidates: 2 or more, or use_original: true",
        )
    is_varied = (
        any(one is None or one > 0 for one in config.temperatures)
        or len(set(config.models)) > 1
        or config.principle_names()
    )
    if not is_varied and not config.use_original:
        raise InputError(
            "the candidates would all be the same: one model at temperature 0",
            where="with.temperatures",
            expected="a temperature above 0, several models, or principles",
        )
    if config.judge == "pairwise" and config.least_margin() > 1:
        raise InputError(
            f"min_margin {config.least_margin():g} is more than a share of comparisons can be",
            where="with.min_margin",
            expected="at most 1 with judge: pairwise",
        )
