"""What is remembered of runs, by whom it is read, and that nothing of prompts or rows is in it."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from datagen_core.context import Context
from datagen_core.memory import Memory, episode, mode_of, told_of
from datagen_core.router import Arm

ARMS = {name: Arm(name=name, attributes={"strategy": "s"}, version="1") for name in ("a", "b")}


def batch(idx: int, arm: str = "a", reward: float | None = 0.5, **more: Any) -> dict[str, Any]:
    return {
        "idx": idx,
        "arm": arm,
        "offered": ["a", "b"],
        "propensity": 0.5,
        "n": 10,
        "accepted": 5,
        "reward": reward,
        "variance": None,
        "components": {"novel_share": 0.5},
        "cost": 0.25,
        "error": None,
        **more,
    }


def add(
    memory: Memory, job: str, *batches: dict[str, Any], domain: str = "plants", reward: str = "r@1 {}"
) -> int:
    return memory.add(job, Context(domain=domain), ARMS, "uniform", reward, batches)


def test_each_batch_of_a_run_is_remembered_once_and_read_oldest_first(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory.db")
    assert add(memory, "one", batch(0), batch(1, "b", 0.9)) == 2
    assert add(memory, "one", batch(0), batch(1, "b", 0.1), batch(2)) == 1
    assert add(memory, "two", batch(0, reward=None, error="failed")) == 1
    found = [episode(row) for row in memory.recalled("r@1 {}")]
    assert [(e.job, e.arm.name, e.feedback.reward) for e in found] == [
        ("one", "a", 0.5),
        ("one", "b", 0.9),
        ("one", "a", 0.5),
    ]
    assert found[0].arm == ARMS["a"] and found[0].context["domain=plants"] == 1.0
    assert found[0].feedback.cost == 0.25 and found[0].feedback.requested == 10
    assert told_of(memory.recalled("r@1 {}")) == "memory: starts from 3 batches of 1 earlier runs (2 arms)"


def test_rewards_of_another_definition_are_on_another_scale_and_left_out(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory.db")
    add(memory, "one", batch(0), reward="r@1 {}")
    add(memory, "two", batch(0), reward="r@2 {}")
    assert [row["job"] for row in memory.recalled("r@2 {}")] == ["two"]


def test_forgetting_takes_out_a_domain_an_arm_or_all(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory.db")
    add(memory, "one", batch(0), batch(1, "b"))
    add(memory, "two", batch(0), domain="tools")
    assert memory.forget(domain="plants", arm="b") == 1
    assert [(row["domain"], row["arm"]) for row in memory.summary()] == [("plants", "a"), ("tools", "a")]
    assert memory.forget(domain="tools") == 1 and memory.forget() == 1 and memory.summary() == []


def test_several_runs_may_learn_into_one_memory_at_once(tmp_path: Path) -> None:
    file = tmp_path / "memory.db"
    Memory(file).close()

    def learn(job: str) -> None:
        memory = Memory(file)
        for index in range(20):
            add(memory, job, batch(index))
        memory.close()

    threads = [threading.Thread(target=learn, args=(f"job {i}",)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(Memory(file).recalled("r@1 {}")) == 80


@pytest.mark.parametrize(
    ("given", "wanted", "is_rehearsal", "mode"),
    [
        ("", "on", False, "on"),
        ("", "on", True, "read"),
        ("", "off", True, "off"),
        ("off", "on", False, "off"),
        ("READ", "on", False, "read"),
        ("nonsense", "read", False, "read"),
    ],
)
def test_the_mode_is_the_environments_else_the_recipes_and_a_rehearsal_never_writes(
    given: str, wanted: str, is_rehearsal: bool, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAGEN_MEMORY", given)
    assert mode_of(wanted, is_rehearsal=is_rehearsal) == mode


def test_an_export_holds_features_arms_and_outcomes_alone(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "memory.db")
    add(memory, "one", batch(0, error="ValueError: the text of a row"))
    (row,) = memory.export()
    assert row["failed"] == 1 and "the text of a row" not in json.dumps(row)
