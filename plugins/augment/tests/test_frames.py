from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_augment.config import AugmentConfig
from datagen_plugin_augment.frames import read_lists
from datagen_plugin_augment.generator import Augment

from datagen_core import InputError, Sample, Seed
from datagen_core.testing import generate, make_inputs, make_request

SEEDS = [
    Seed(id="1", text="fly to Rome on Monday", label="fly", slots=(("city", "Rome"), ("day", "Monday"))),
    Seed(id="2", text="rain in Oslo", label="rain", slots=(("city", "Oslo"),)),
    Seed(id="3", text="thanks", label="thanks"),
]


def config(words: Any, base: Path | None = None) -> AugmentConfig:
    return AugmentConfig.model_validate({"mode": "frames", "words": words}, context={"base": base})


def test_slots_are_filled_from_the_lists_and_slots_without_a_list_keep_their_value() -> None:
    arm = Augment(config({"city": ["Lima"]}), make_inputs(SEEDS))
    rows = generate(arm, make_request(6))
    assert {row.response for row in rows if isinstance(row, Sample)} == {
        "fly to Lima on Monday",
        "rain in Lima",
    }
    assert arm.labels() == {"fly", "rain"}
    assert arm.notices() == ("Mode frames can't make: thanks.",)


def test_a_list_file_has_one_entry_a_line_and_comment_lines(tmp_path: Path) -> None:
    (tmp_path / "cities.txt").write_text("# places\n\nNew York \nC# City\n")
    words = config({"city": "cities.txt", "day": [" today "]}, tmp_path).words
    assert read_lists(words) == {"city": ("New York", "C# City"), "day": ("today",)}


def test_a_folder_holds_one_list_for_each_entity(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "city.txt").write_text("Lima\n")
    (tmp_path / "lists" / "day.txt").write_text("today\n")
    (tmp_path / "lists" / "README.md").write_text("not a list")
    assert read_lists(config("lists", tmp_path).words) == {"city": ("Lima",), "day": ("today",)}


@pytest.mark.parametrize("words", ["lists", {"city": "lists/city.txt"}])
def test_the_fingerprint_follows_the_contents_of_the_lists_not_their_place(
    tmp_path: Path, words: Any
) -> None:
    prints = []
    for folder, text in (("a", "Lima\n"), ("b", "Lima\n"), ("c", "Rome\n")):
        (tmp_path / folder / "lists").mkdir(parents=True)
        (tmp_path / folder / "lists" / "city.txt").write_text(text)
        prints.append(config(words, tmp_path / folder).fingerprint())
    assert prints[0] == prints[1]
    assert prints[0] != prints[2]


def test_the_fingerprint_of_a_folder_follows_the_names_of_its_lists(tmp_path: Path) -> None:
    (tmp_path / "city.txt").write_text("Lima\n")
    before = config(str(tmp_path)).fingerprint()
    (tmp_path / "city.txt").rename(tmp_path / "town.txt")
    assert config(str(tmp_path)).fingerprint() != before


def test_lists_that_cover_no_entity_are_an_error_that_names_both() -> None:
    with pytest.raises(InputError) as caught:
        Augment(config({"town": ["Lima"]}), make_inputs(SEEDS))
    assert "town" in str(caught.value)
    assert "city, day" in str(caught.value)


def test_a_list_without_a_slot_is_noticed() -> None:
    notices = Augment(config({"city": ["Lima"], "town": ["x"]}), make_inputs(SEEDS)).notices()
    assert "1 word lists fit no slot of the seeds and are not used: town" in notices


@pytest.mark.parametrize(
    "words",
    [{}, {"city": "missing.txt"}, "missing", {"city": "bad.txt"}, {"city": "empty.txt"}, {"city": "a.csv"}],
)
def test_missing_unreadable_and_empty_lists_are_input_errors(tmp_path: Path, words: Any) -> None:
    (tmp_path / "bad.txt").write_bytes(b"S\xe3o Paulo\n")
    (tmp_path / "empty.txt").write_text("# nothing\n")
    (tmp_path / "a.csv").write_text("text\nRome\n")
    with pytest.raises(InputError):
        Augment(config(words, tmp_path), make_inputs(SEEDS))


def test_seeds_without_slots_are_an_input_error() -> None:
    with pytest.raises(InputError, match="no seed has any"):
        Augment(config({"city": ["Lima"]}), make_inputs([("rain in Oslo", "rain")]))
