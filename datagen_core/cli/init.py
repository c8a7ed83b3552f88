"""`datagen init`: a recipe for what lies in a folder."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from datagen_core.beginning import Answers, Found, Proposal, Question
    from datagen_core.plugins.host import Host

MOST_QUESTIONS = 3
MOST_SHOWN = 40


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option(
    "-o",
    "--output",
    "file",
    type=click.Path(path_type=Path),
    default="recipe.yaml",
    show_default=True,
    help="The recipe.",
)
@click.option("--yes", is_flag=True, help="Ask nothing: take what would be assumed.")
@click.option("--task", metavar="TEXT", help="What a model trained on the data should do.")
@click.option("-n", "--num-samples", type=click.IntRange(min=1), help="Rows wanted.")
@click.option("-m", "--model", metavar="NAME", help="provider/name; by default one whose key is set.")
@click.option("--force", is_flag=True, help="Write over a recipe that is there.")
@click.option("--json", "as_json", is_flag=True, help="As JSON; asks nothing.")
def init(
    folder: Path,
    file: Path,
    yes: bool,
    task: str | None,
    num_samples: int | None,
    model: str | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write a recipe for what lies in FOLDER (or for one file): examples, documents, a grammar, a JSON Schema.

    Says what it found and assumes, and asks only what would change the plan. Arms are tried on a few rows with a
    stand-in for the model; nothing is sent and nothing but the recipe is written.
    """
    from datagen_core.beginning import Answers, look, propose, written
    from datagen_core.cli.tables import console
    from datagen_core.jsontext import replacing
    from datagen_core.plugins.host import installed

    _check_free(file, force)
    found = look(folder)
    out = console()
    if not as_json:
        _print_found(found)
    answers = Answers(task=task, model=model, num_samples=num_samples)
    if not (yes or as_json) and sys.stdin.isatty():
        answers = _asked(found, answers, installed())
    with console(stderr=True).status("looking …") as status:
        proposal = propose(
            found, base=file.absolute().parent, answers=answers, say=lambda step: status.update(f"{step} …")
        )
    text = written(proposal)
    with replacing(file) as draft:
        draft.write_text(text, encoding="utf-8")
    commands = _next(file, proposal)
    if as_json:
        said = {"file": str(file), **proposal.to_json(), "next": commands}
        click.echo(json.dumps(said, ensure_ascii=False, indent=2))
        return
    from rich.markup import escape

    from datagen_core.cli.tables import visible

    for title, lines in (("assumed", proposal.assumptions), ("not used", proposal.not_used)):
        for line in lines[:MOST_SHOWN]:
            out.print(f"{title}: {escape(visible(' '.join(line.splitlines())))}", soft_wrap=True)
    out.print(f"arms: {escape(', '.join(proposal.arms))}", soft_wrap=True)
    out.print(f"[bold]{escape(visible(str(file)))}[/bold] is written; next:", soft_wrap=True)
    for command in commands:
        out.print(f"  {escape(command)}", soft_wrap=True)


def _check_free(file: Path, force: bool) -> None:
    from datagen_core.errors import UsageError

    if file.is_dir():
        raise UsageError(
            f"{file} is a folder", expected="a file for the recipe", hint=f"-o {file / 'recipe.yaml'}"
        )
    if file.exists() and not force:
        raise UsageError(
            f"{file} is there already",
            expected="a new file",
            hint="-o OTHER.yaml, or --force to write over it",
        )


def _print_found(found: Found) -> None:
    from rich.markup import escape

    from datagen_core.beginning.choosing import name_in
    from datagen_core.cli.tables import console, table, visible

    things = found.all()
    rows = [[" ".join(name_in(found, one.path).split("\n")), one.says()] for one in things[:MOST_SHOWN]]
    if len(things) > MOST_SHOWN:
        rows.append(["…", f"and {len(things) - MOST_SHOWN} more (--json shows all)"])
    out = console()
    out.print(f"found in {escape(visible(str(found.place)))}", soft_wrap=True)
    out.print(table("", ["file", "what it is"], rows or [["–", "nothing to work from"]]))


def _asked(found: Found, answers: Answers, host: Host) -> Answers:
    """The answers, with those to what is open."""
    from datagen_core.beginning import questions
    from datagen_core.beginning.reaching import reached

    for _ in range(MOST_QUESTIONS):
        open_now = questions(found, answers, reached(host, answers.model))
        if not open_now:
            break
        question = open_now[0]
        answers = answers.said(question.key, _answer(question, host))
    return answers


def _answer(question: Question, host: Host) -> str:
    from datagen_core.cli.tables import visible

    if question.choices:
        for number, choice in enumerate(question.choices, start=1):
            click.echo(f"  {number}) {visible(choice)}")
        default = question.choices.index(question.default) + 1
        picked = click.prompt(question.text, default=default, type=click.IntRange(1, len(question.choices)))
        return question.choices[picked - 1]
    return str(click.prompt(question.text, default=question.default, value_proc=_checked(question.key, host)))


def _checked(key: str, host: Host) -> Any:
    """What refuses a model that nothing reaches, so that it is asked for again."""
    from datagen_core.beginning.reaching import reached
    from datagen_core.errors import RecipeError

    def check(text: str) -> str:
        try:
            reached(host, text if key == "model" else "")
        except RecipeError as error:
            raise click.UsageError(f"{error.message}; {error.expected}") from None
        return text.strip()

    return check


def _next(file: Path, proposal: Proposal) -> list[str]:
    recipe = shlex.quote(str(file))
    run = f"datagen run {recipe}"
    if "models" not in proposal.recipe:
        return [f"datagen check {recipe}", run]
    real = run if proposal.model else f"{run} --model PROVIDER/NAME"
    return [f"datagen check {recipe}", f"{run} --model rehearsal", real]
