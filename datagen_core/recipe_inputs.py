"""What a recipe gives components to work from: its files read, its words as features, the distribution it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from datagen_core.building import built_part
from datagen_core.config import InputPath
from datagen_core.context import Context
from datagen_core.coverage import Coverage
from datagen_core.documents import FoundFiles, chunks, document_name, find_files, load_document
from datagen_core.embedder import Embedder
from datagen_core.embeddings import Embeddings
from datagen_core.errors import InputError, RecipeError
from datagen_core.identity import read_mapping
from datagen_core.inputs import Inputs, Seed
from datagen_core.job import Built, BuiltArm
from datagen_core.one_pass import distinct
from datagen_core.plugins.host import Host
from datagen_core.recipe import LoadedRecipe, Use
from datagen_core.retriever import Retriever
from datagen_core.row_forms import form_of


class RecipeInputs:
    """Reads what a recipe names. `assumptions` and `remarks` gather what a user should know of it."""

    def __init__(self, loaded: LoadedRecipe, host: Host) -> None:
        self._loaded, self._recipe, self._host = loaded, loaded.recipe, host
        self.assumptions: list[str] = []
        self.remarks: list[str] = []
        self.embedder: Built | None = None
        self.retriever: Built | None = None

    def inputs(self) -> Inputs:
        """Everything read; the vectors of texts are computed when first asked for."""
        recipe = self._recipe
        seeds = tuple(recipe.seeds.read()) if recipe.seeds else ()
        if recipe.each_seed_once:
            seeds = distinct(seeds)
        bare = sum(seed.label is None for seed in seeds)
        if 0 < bare < len(seeds):
            self.remarks.append(f"seeds: {bare} of {len(seeds)} rows have no label")
        labels = tuple(recipe.labels)
        if not labels:
            labels = tuple(dict.fromkeys(s.label for s in seeds if s.label is not None))
            if labels:
                self.assumptions.append(f"labels: the {len(labels)} of the seeds, in equal shares")
        elif unknown := {s.label for s in seeds if s.label is not None} - set(labels):
            raise InputError(
                f"the seeds have a label that the recipe doesn't: {sorted(unknown)[0]!r}",
                where=self._loaded.source.place(("labels",)),
                expected=f"one of {', '.join(labels)}",
            )
        knowledge_base = self._knowledge_base()
        named = () if knowledge_base else recipe.documents
        documents, names, cut = self._chunks(find_files([document.path for document in named]))
        unlabelled = tuple(recipe.unlabelled.read(labelled=False)) if recipe.unlabelled else ()
        inputs = Inputs(
            domain=recipe.domain,
            task=recipe.task,
            seeds=seeds,
            seeds_are_records=recipe.seeds is not None and recipe.seeds.record,
            labels=labels,
            coverage={key: tuple(values) for key, values in recipe.coverage.by.items()},
            languages=self._languages(),
            unlabelled=unlabelled,
            documents=documents,
            document_names=names,
            chunks=cut,
            grammar=recipe.grammar,
            json_schema=read_mapping(recipe.json_schema),
            task_input=recipe.task_input,
            constraints=recipe.constraints,
            base=self._loaded.base,
            embeddings=Embeddings(self._embedder()),
        )
        use = knowledge_base or recipe.retriever
        return inputs if use is None else self._with_retriever(inputs, use)

    def _knowledge_base(self) -> Use | None:
        """The retriever of the folder that stands where documents are named, if one of those installed opens it."""
        for document in self._recipe.documents:
            for offer in self._host.of_kind("retriever"):
                for file, option in offer.component.opens.items():
                    if (document.path / file).is_file():
                        return self._opened(document, offer.name, option)
        return None

    def _opened(self, folder: InputPath, name: str, option: str) -> Use:
        given = self._recipe.retriever
        if len(self._recipe.documents) > 1 or (given is not None and given.use != name):
            raise RecipeError(
                f"{folder.given} is a knowledge base",
                where=self._loaded.source.place(("documents",)),
                expected=f"it alone under documents:, and no retriever other than {name}",
                hint=f"add the other documents to it: datagen ingest PATH --into {folder.given}",
            )
        options = {**(given.with_ if given else {}), option: str(folder.path)}
        return Use.model_validate({"use": name, "with": options})

    def _with_retriever(self, inputs: Inputs, use: Use) -> Inputs:
        """The inputs with who finds passages; a knowledge base stands in the place of documents."""
        self.retriever = built_part(self._loaded, self._host, "retriever", use, ("retriever",), inputs)
        part: Retriever[Any] = self.retriever.part
        corpus = part.corpus()
        if corpus is None:
            return replace(inputs, retriever=part)
        if inputs.documents:
            raise RecipeError(
                f"there are documents and the passages of the retriever {self.retriever.name!r}",
                where=self._loaded.source.place(("retriever",)),
                expected="one of them: arms work on the documents or on a knowledge base",
                hint="leave documents: out (--set documents=[]), or ingest them into the knowledge base",
            )
        return replace(inputs, retriever=part, chunks=tuple(corpus))

    def _chunks(self, found: FoundFiles) -> tuple[tuple[Path, ...], tuple[str, ...], tuple[Seed, ...]]:
        """The files that can be read, what they are called, and what they are cut into.

        Names are relative to the recipe; of a file elsewhere to the folder that holds what was given. A file that can't
        be read is an error where it was named.
        """
        documents: list[Path] = []
        names: list[str] = []
        out: list[Seed] = []
        told: dict[str, list[str]] = {}
        for path in found.paths:
            base = self._loaded.base
            base = base if path.is_relative_to(base.resolve()) else found.tops[path]
            name = document_name(path, base)
            try:
                document = load_document(path, base=base)
            except InputError as error:
                if path in found.named:
                    raise
                told.setdefault(f"was skipped: {error.message}", []).append(name)
                continue
            note = document.note if document.blocks else "holds no text and gives nothing"
            if note:
                told.setdefault(note, []).append(name)
            documents.append(path)
            names.append(name)
            out += chunks(document, self._recipe.chunks)
        for what, (first, *more) in told.items():
            self.remarks.append(f"documents: {first} {what}{f' (and {len(more):,} more)' if more else ''}")
        return tuple(documents), tuple(names), tuple(out)

    def context(self, inputs: Inputs, *, has_models: bool) -> Context:
        """The routing features."""
        recipe = self._recipe
        labelled = any(seed.label is not None for seed in inputs.seeds)
        record = inputs.json_schema is not None or (recipe.seeds is not None and recipe.seeds.record)
        return Context(
            domain=recipe.domain,
            task=recipe.task,
            format="labelled" if inputs.labels else "record" if record else _form(inputs),
            complexity=recipe.complexity,
            languages=self._languages(),
            labels=len(inputs.labels),
            seeds=len(inputs.seeds),
            seeds_labelled=labelled,
            seeds_slotted=any(seed.slots for seed in inputs.seeds),
            unlabelled=len(inputs.unlabelled),
            documents=len(inputs.documents) or len({chunk.row.get("document") for chunk in inputs.chunks}),
            grammar=inputs.grammar is not None,
            model=has_models,
            parents=recipe.each_seed_once,
            num_samples=recipe.num_samples,
        )

    def coverage(self, inputs: Inputs) -> Coverage:
        """What rows should be made of: shares of labels and of further keys."""
        labels: dict[str, float] = {}
        if self._recipe.each_seed_once:
            return Coverage({}, {}, 0)
        if inputs.labels and self._recipe.balance:
            shares = self._recipe.labels or dict.fromkeys(inputs.labels, 1.0)
            total = sum(shares.values())
            labels = {label: share / total for label, share in shares.items()}
        return Coverage(labels, self._recipe.coverage.by, self._recipe.coverage.least)

    def check_coverage(self, coverage: Coverage, arms: Sequence[BuiltArm], inputs: Inputs) -> None:
        """A key that no arm's rows tell would make every row unwanted."""
        schema = inputs.json_schema or {}
        columns = {key for seed in inputs.seeds for key in seed.row}
        for key in coverage.keys:
            steering = [arm.arm.name for arm in arms if key in arm.steers()]
            if (
                not steering
                and key not in schema.get("properties", [key] if schema else ())
                and key not in columns
            ):
                raise RecipeError(
                    f"no arm makes rows of which {key!r} is known",
                    where=str(self._loaded.source.place(("coverage", key))),
                    expected="an arm that is asked for it (naive), or a field or a seeds' column of that name",
                    hint=f"take {key} out of coverage, or add the arm naive and a model",
                )
            if len(steering) < len(arms):
                others = ", ".join(arm.arm.name for arm in arms if arm.arm.name not in steering)
                self.remarks.append(
                    f"coverage: {others} can't be asked for a {key}; rows fall where they fall"
                )

    def _languages(self) -> tuple[str, ...]:
        covered = tuple(self._recipe.coverage.by.get("language", ()))
        return (
            covered
            if covered and "languages" not in self._recipe.model_fields_set
            else self._recipe.languages
        )

    def _embedder(self) -> Embedder[Any] | None:
        """That of the recipe; None for the usual one, which isn't loaded before it is needed."""
        use = self._recipe.embedder
        if use is None:
            return None
        self.embedder = built_part(self._loaded, self._host, "embedder", use, ("embedder",))
        part: Embedder[Any] = self.embedder.part
        return part


def _form(inputs: Inputs) -> str:
    """What rows without classes are: as the seeds; made of documents alone, questions and answers."""
    return "pair" if inputs.chunks and not inputs.seeds else form_of(inputs.seeds)
