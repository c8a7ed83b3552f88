"""The arm `excise`: long texts with what they share with benchmarks cut out.

GPT-3 (Brown et al. 2020, appendix C) and the Janitor of lm-evaluation-harness: 200 characters are cut on each side of
a hit, pieces of more than 200 characters stay, a text with more than 10 hits goes whole. Here a text without a hit
stays whatever its length, and no character is lost beside the cuts.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from datagen_core.generator import GenerateRequest, Generator
from datagen_core.inputs import Inputs
from datagen_core.originals import Original, originals
from datagen_core.refusal import Refusal
from datagen_core.said import parts
from datagen_core.sample import Rejection, Sample
from datagen_plugin_decontaminate.benchmarks import index_of
from datagen_plugin_decontaminate.config import ExciseConfig
from datagen_plugin_decontaminate.contamination import Detector
from datagen_plugin_decontaminate.decontaminate import told_of

JOINT = "\n\n"


def slices(
    text: str, hits: Sequence[tuple[int, int]], *, window_chars: int = 200, min_slice_chars: int = 200
) -> list[str]:
    """What is left of a text around hits, in order.

    Args:
        hits: Where they begin and end, in characters, beginnings rising.
        window_chars: Cut on each side of a hit.
        min_slice_chars: A slice is kept when it is longer (>); the text as it is, where there is no hit.
    """
    if not hits:
        return [text]
    kept, at = [], 0
    for start, end in (*hits, (len(text) + window_chars, 0)):
        piece = text[at : max(at, start - window_chars)]
        if len(piece) > min_slice_chars:
            kept.append(piece)
        at = max(at, end + window_chars)
    return kept


class Excise(Generator[ExciseConfig]):
    """Makes of each original one row: what is left of its text, slices joined by a blank line.

    An original that isn't one text (a question and its answer, a conversation, a record) can't be cut without making
    it wrong: it passes when it is clean and is refused otherwise.

    Raises:
        InputError: no benchmark is named, or one can't be read.
    """

    def __init__(self, config: ExciseConfig, inputs: Inputs) -> None:
        super().__init__(config, inputs)
        self._index = index_of(config)
        self._detector = Detector(self._index, short_items=config.short_items == "exact")

    def notices(self) -> Sequence[str]:
        """What the benchmarks hold."""
        return told_of(self._index, self.config)

    async def generate(self, request: GenerateRequest) -> AsyncIterator[Sample | Rejection]:
        """One row or rejection for each row wanted, in order."""
        for original in originals(request):
            yield self._row(request, original)

    def _row(self, request: GenerateRequest, original: Original) -> Sample | Rejection:
        sample = original.sample
        if sample is None:
            rule = "a row of the label and values wanted"
            refusal = Refusal("no_original", rule, measured=original.cell.label)
            return request.refuse(refusal)
        cut = self._cut(sample)
        if isinstance(cut, Refusal):
            return request.refuse(cut, parents=original.parents)
        text, hits, pieces = cut
        return request.sample(
            response=text,
            input=sample.input,
            label=sample.label,
            fields=sample.fields,
            messages=sample.messages,
            reasoning=sample.reasoning,
            tools=sample.tools,
            parents=original.parents,
            method={"hits": hits, "slices": pieces},
        )

    def _cut(self, sample: Sample) -> tuple[str, int, int] | Refusal:
        """The text that is left, its hits and slices; or why there is none."""
        config, named = self.config, parts(sample)
        found = self._detector.contamination([text for _, text in named])
        if found is None:
            return sample.response, 0, 1
        if found.is_whole:
            return Refusal("contaminated_short_item", "no text that equals a benchmark item", 1, 0)
        if [name for name, _ in named] != ["response"]:
            return Refusal("contaminated", "one text; a row in parts isn't cut", found.n_hits, 0)
        if found.n_hits > config.max_hits:
            return Refusal("too_many_hits", "a text with fewer hits", found.n_hits, config.max_hits)
        left = slices(
            sample.response,
            self._detector.spans(sample.response),
            window_chars=config.window_chars,
            min_slice_chars=config.min_slice_chars,
        )
        if not left:
            rule = "a slice between cuts that is longer"
            return Refusal("nothing_left", rule, found.n_hits, config.min_slice_chars)
        return JOINT.join(left), found.n_hits, len(left)
