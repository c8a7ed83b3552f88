"""Whatever an endpoint does, every arm and validator that asks a model loses no row, and says why it has none."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from datagen_core.errors import DatagenError
from datagen_core.llm import opening
from datagen_core.llm.breaker import Patience
from datagen_core.llm.door import ModelDoor
from datagen_core.llm.retry import Retries
from datagen_core.plugins.host import Offer, installed
from datagen_core.results import Results
from datagen_core.runs import run
from datagen_core.testing.model_server import FAULTS, ModelServer

ROWS, MOST_ROWS = 10, 30
ENDS_THE_RUN = {"server_error", "rate_limit", "reset", "hang", "cut_body"}
"""Where nothing else ever comes, the endpoint counts as down; from the other faults it is known to be up."""
WORDS = [
    f"{first}{last}" for first in ("amber", "basil", "cedar", "delta", "ember") for last in "bdfgklmnprst"
]
PLAIN = {
    "start": "row",
    "words": {"word": WORDS},
    "rules": {"row": ["a <word> <word> <word> <word> stands here"]},
}
FILLED = {
    "start": "row",
    "words": {"word": WORDS},
    "rules": {"row": ["a <word> <word>: <remark>"], "remark": [{"llm_fill": {"prompt": "one remark"}}]},
}

PAIRS = [
    {
        "instruction": f"Tell how to keep {what} {how}.",
        "response": f"Give {what} light, and water once a week.",
    }
    for what in ("ferns", "roses", "tomatoes", "orchids", "herbs")
    for how in ("over winter", "in a pot", "on a balcony", "near a road", "with children", "indoors")
]
TEXTS = [{"text": f"My {row['instruction'][17:-1]} look pale since May.", "label": "plant"} for row in PAIRS]
DOCUMENTED = {"documents": [str(Path(__file__).resolve().parent.parent / "recipes/data/docs")]}
JOBS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "backtranslation": (DOCUMENTED, {}),
    "classify": ({"labels": ["water", "light"]}, {}),
    "controlled": ({}, {"constraints": {"length": {"min_words": 1}}}),
    "conversation": ({"seeds": PAIRS}, {}),
    "conversation-magpie": ({}, {"template": "chatml"}),
    "cot": (DOCUMENTED, {"max_per_chunk": 50}),
    "cot-enhance": (
        {"seeds": PAIRS, "validators": [{"use": "dedup", "with": {"against_seeds": False}}]},
        {},
    ),
    "crosslingual": ({"seeds": PAIRS}, {"to": "de", "from": "en"}),
    "domain-transfer": ({"seeds": PAIRS}, {"target_domains": ["cooking"]}),
    "enrich": ({"seeds": [{**row, "passage": row["response"]} for row in PAIRS]}, {"keep_original": False}),
    "evol-instruct": ({"seeds": PAIRS}, {}),
    "evol-response": ({"seeds": PAIRS}, {}),
    "instruction-backtranslation": ({"seeds": TEXTS, "labels": {}, "balance": False}, {}),
    "native-language": ({"languages": ["de"]}, {}),
    "paraphrase": ({"seeds": PAIRS}, {}),
    "persona": ({"seeds": TEXTS, "labels": {}, "balance": False}, {}),
    "preference": ({"seeds": PAIRS}, {}),
    "rag": (DOCUMENTED, {"k": 2}),
    "self-instruct": ({"seeds": PAIRS}, {}),
    "self-instruct-classification": ({"seeds": [{**row, "is_classification": True} for row in PAIRS]}, {}),
    "style": ({"seeds": TEXTS}, {"styles": ["formal"], "margin": 0.5, "entailment": False}),
}
"""What an arm needs to work on, where the domain and the task aren't enough: parts of a recipe, and its options."""
NOTED = [{**row, "source": row["response"], "other": "Do nothing at all."} for row in PAIRS]
JUDGED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "answerability": ({"arms": ["as-is"], "seeds": NOTED}, {"column": "source"}),
    "entailment-judge": ({"arms": ["as-is"], "seeds": NOTED}, {"column": "source", "min_supported": 0.0}),
    "judge": ({"arms": ["templater"], "grammar": PLAIN}, {"threshold": 0.0}),
    "judge-pairwise": (
        {"arms": ["as-is"], "seeds": NOTED},
        {"against": "reference", "column": "other", "ties_pass": True},
    ),
    "pii-judge": ({"arms": ["templater"], "grammar": PLAIN}, {"max_found": 1000}),
    "self-agreement": (
        {"arms": ["as-is"], "seeds": TEXTS, "labels": ["plant", "stone"], "balance": False},
        {"samples": 2, "min_agreement": 0.5},
    ),
    "toxicity-judge": ({"arms": ["templater"], "grammar": PLAIN}, {"threshold": 1.0}),
}
"""What a validator judges, and with which options most rows pass."""
SUPPORTED = json.dumps({"statements": [{"number": 1, "quote": "once a week", "verdict": "supported"}]})
ANSWERED = json.dumps({"quotes": ["once a week"], "answerable": "yes"})
SAYS = {"entailment-judge": lambda received: SUPPORTED, "answerability": lambda received: ANSWERED}
"""What the endpoint says where an invented answer would never do: a quote must stand in the source."""
STILL_OF_USE = {("conversation", "truncated")}
"""A transcript that is cut is kept up to the last whole pair."""
SEVERAL_A_CALL = ("backtranslation", "self-instruct")
"""Arms whose calls give several rows, so that one rejection stands for a call that gave none."""


def asking(kind: str) -> list[Offer]:
    return [offer for offer in installed().of_kind(kind) if "model" in offer.component.needs]


def job(offer: Offer, name: str) -> dict[str, Any]:
    """What to put into a recipe so that a component, or a preset of it, can work."""
    parts, options = JOBS.get(name) or JOBS.get(offer.name, ({}, {}))
    return {**parts, "arms": [{"use": name, "with": options}]}


def recipes() -> dict[str, dict[str, Any]]:
    """What to put into a recipe, by the name of what asks a model then: all that is installed."""
    found = {offer.name: job(offer, offer.name) for offer in asking("generator")}
    found["templater, filled"] = {"arms": ["templater"], "grammar": FILLED}
    return found | {"judge": judged("judge")}


def judged(name: str) -> dict[str, Any]:
    parts, options = JUDGED[name]
    return {**parts, "validators": [{"use": name, "with": options}]}


RECIPES = recipes()
PRESETS = {
    name: job(offer, name)
    for offer in asking("generator")
    for name in (f"{offer.name}-{preset.name}" for preset in offer.component.presets)
}
SEEN_BY_ARMS = ("server_error", "truncated", "refusal")
"""What faults come to behind the door: no answer, half of one, none of use. It makes all others one of these."""
THROUGH_THE_DOOR = ("naive", "judge")
"""An arm and a judge, by which the door is put to each fault."""
MET = [(asks, fault) for asks in RECIPES for fault in (FAULTS if asks in THROUGH_THE_DOOR else SEEN_BY_ARMS)]
OTHER_JUDGES = {offer.name: judged(offer.name) for offer in asking("validator") if offer.name != "judge"}
"""These ask as the judge does, by structured answers through the same door."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    gives_up_after(0.4, monkeypatch)


def gives_up_after(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    retries = Retries(first_s=0.001, longest_s=0.005)
    patience = Patience(probe_s=0.005, longest_probe_s=0.02, give_up_s=seconds, never_s=seconds)
    monkeypatch.setattr(opening, "ModelDoor", partial(ModelDoor, retries=retries, patience=patience))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


def sitting(server: ModelServer, folder: Path, wanted: dict[str, Any], timeout_s: float = 5.0) -> Results:
    """A small run; one that accepted nothing raised its error, after which its folder says as much."""
    can = ["json_schema", "completion", "stop", "seed"]
    model = {"name": "openai/m", "base_url": server.base_url, "timeout_s": timeout_s, "capabilities": can}
    recipe = {
        "num_samples": ROWS,
        "batch_size": 5,
        "window": 2,
        "domain": "gardening",
        "task": "remarks about plants",
        "models": dict.fromkeys(("generator", "user"), model),
        "validators": ["dedup"],
        "router": "epsilon-greedy",
        "memory": "off",
        **wanted,
    }
    try:
        return run(recipe, out=folder, cache=folder.parent / "cache")
    except DatagenError as error:
        assert error.message and error.hint
        return Results(folder)


def timeout_for(fault: str) -> float:
    """Short where calls hang; else long, so that a busy machine makes no faults of its own."""
    return 0.2 if fault == "hang" else 5.0


def check_nothing_is_lost(results: Results) -> None:
    counts = results.counts()
    assert counts["generated"] == counts["accepted"] + counts["rejected"] + counts["surplus"]
    done = [row for row in results.store.batch_rows() if row["state"] == "done"]
    assert [row["error"] for row in done] == [None] * len(done)
    for row in done:
        least = 1 if row["arm"].startswith(SEVERAL_A_CALL) else row["n"]
        assert least <= row["generated"] == row["accepted"] + row["rejected"] + row["surplus"]
    assert sum(row["generated"] for row in done) == counts["generated"]
    with closing(sqlite3.connect(results.folder / "run.db")) as connection:
        query = "SELECT count(*) FROM samples WHERE status = 'rejected' AND coalesce(reason, '') = ''"
        assert connection.execute(query).fetchone() == (0,)
    assert sum(group["n"] for group in results.rejections()) == counts["rejected"]


@pytest.mark.parametrize(("asks", "fault"), [(asks, fault) for asks in THROUGH_THE_DOOR for fault in FAULTS])
def test_faults_now_and_then_cost_no_row_in_silence(asks: str, fault: str, folder: Path) -> None:
    with ModelServer(faults={fault: 0.3}, retry_after_s=0.01, seed=1) as server:
        results = sitting(server, folder, RECIPES[asks], timeout_for(fault))
    assert results.status == "complete" and len(results) == ROWS
    check_nothing_is_lost(results)


@pytest.mark.parametrize("name", [*RECIPES, *PRESETS, *OTHER_JUDGES])
def test_all_faults_at_once_cost_no_row_in_silence(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gives_up_after(10.0, monkeypatch)  # several hang at once
    wanted = RECIPES.get(name) or PRESETS.get(name) or OTHER_JUDGES[name]
    with ModelServer(SAYS.get(name), faults=dict.fromkeys(FAULTS, 0.04), retry_after_s=0.01) as server:
        results = sitting(server, folder, wanted, 0.5)
    assert results.status == "complete" and len(results) == ROWS
    check_nothing_is_lost(results)


@pytest.mark.parametrize(("asks", "fault"), MET)
def test_an_endpoint_that_does_nothing_else_ends_the_run_with_a_reason(
    asks: str, fault: str, folder: Path
) -> None:
    with ModelServer(faults={fault: 1.0}, retry_after_s=0.01) as server:
        results = sitting(server, folder, RECIPES[asks], timeout_for(fault))
    if (asks, fault) in STILL_OF_USE:
        assert results.status == "complete"
        return check_nothing_is_lost(results)
    assert results.status == ("unreachable" if fault in ENDS_THE_RUN else "short")
    assert len(results) == 0 and results.counts()["generated"] <= MOST_ROWS + 5
    check_nothing_is_lost(results)


@pytest.mark.parametrize("asks", [*RECIPES, *OTHER_JUDGES])
def test_a_run_that_met_a_dead_endpoint_goes_on_when_it_is_back(asks: str, folder: Path) -> None:
    down, wanted = True, RECIPES.get(asks) or OTHER_JUDGES[asks]
    with ModelServer(SAYS.get(asks), faults=lambda received: "reset" if down else None) as server:
        assert sitting(server, folder, wanted).status == "unreachable"
        down = False
        results = sitting(server, folder, wanted)
    assert results.status == "complete" and len(results) == ROWS
    check_nothing_is_lost(results)
