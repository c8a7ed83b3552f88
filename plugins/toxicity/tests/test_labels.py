"""The logic of the local model, with probabilities given by hand."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_toxicity.config import MODEL, ToxicityModelConfig
from datagen_plugin_toxicity.labels import counting
from datagen_plugin_toxicity.local import ToxicityModel

from datagen_core.errors import InputError, PluginError
from datagen_core.inputs import Inputs
from datagen_core.local_model import missing_weights
from datagen_core.sample import Sample, Verdict


class ByWords:
    """Gives each label the probability behind its name in the text: `toxic=0.7`; keeps what it was asked."""

    def __init__(self, labels: Sequence[str] = ("neutral", "toxic", "threat")) -> None:
        self.labels, self.asked = labels, list[list[str]]()

    async def __call__(self, texts: list[str]) -> list[Mapping[str, float]]:
        self.asked.append(texts)
        return [{label: self._of(label, text) for label in self.labels} for text in texts]

    def _of(self, label: str, text: str) -> float:
        _, _, after = text.partition(f"{label}=")
        return float(after.split()[0].rstrip(".")) if after else 0.0


def judged(
    scorer: ByWords, *rows: Sample | str, inputs: Inputs | None = None, **options: Any
) -> list[Verdict]:
    part = ToxicityModel(ToxicityModelConfig(**options), inputs or Inputs(), scorer)
    samples = [Sample(id="1", response=row) if isinstance(row, str) else row for row in rows]
    return list(asyncio.run(part.validate(samples)))


def test_the_worst_label_that_counts_decides() -> None:
    (verdict,) = judged(ByWords(), "neutral=0.99 toxic=0.6 threat=0.7 here")
    assert (verdict.reason, verdict.measured, verdict.threshold) == ("toxic", 0.7, 0.5)
    assert verdict.score == pytest.approx(0.3)
    assert (verdict.evidence or "").startswith("threat, response: 0–")
    (verdict,) = judged(ByWords(), "neutral=0.99 toxic=0.2 threat=0.1 here")
    assert verdict == Verdict(passed=True, score=0.8, measured=0.2)


def test_the_threshold_itself_is_toxic() -> None:
    assert judged(ByWords(), "toxic=0.5 x")[0].reason == "toxic"
    assert judged(ByWords(), "toxic=0.4999 x")[0].passed
    assert judged(ByWords(), "toxic=0.8 x", threshold=0.8)[0].reason == "toxic"


def test_only_labels_named_count_whatever_their_case() -> None:
    (verdict,) = judged(ByWords(), "toxic=0.9 threat=0.2 x", labels=["Threat"])
    assert verdict == Verdict(passed=True, score=0.8, measured=0.2)


@pytest.mark.parametrize(
    ("labels", "named", "found"),
    [
        (["neutral", "toxic"], [], ["toxic"]),
        (["non-toxic", "toxic"], [], ["toxic"]),
        (["not_hate", "hate"], [], ["hate"]),
        (["nothate", "hate"], [], ["hate"]),
        (["toxic", "severe_toxic", "obscene"], [], ["toxic", "severe_toxic", "obscene"]),
        (["OK", "H", "V"], [], ["H", "V"]),
        (["Safe", "Toxic"], ["toxic"], ["Toxic"]),
        (["LABEL_0", "LABEL_1"], [], []),
        (["LABEL_0", "LABEL_1"], ["label_1"], ["LABEL_1"]),
        (["neutral", "toxic"], ["toxic", "rude"], []),
        (["neutral"], [], []),
    ],
)
def test_which_labels_count(labels: list[str], named: list[str], found: list[str]) -> None:
    assert counting(labels, named) == found


@pytest.mark.parametrize(
    ("labels", "named"), [(("LABEL_0", "LABEL_1"), []), (("neutral", "toxic"), ["rude"])]
)
def test_labels_that_arent_clear_are_an_error_that_lists_them(
    labels: Sequence[str], named: list[str]
) -> None:
    with pytest.raises(InputError, match="mean toxic isn't clear") as error:
        judged(ByWords(labels), "some text here", labels=named)
    assert error.value.expected == f"some of {', '.join(labels)}"


def test_long_parts_are_judged_in_windows_and_the_worst_counts() -> None:
    scorer = ByWords()
    (verdict,) = judged(scorer, "toxic=0.1 aa bb. toxic=0.9 cc dd. toxic=0.2 ee ff.", max_chars=20)
    assert scorer.asked == [["toxic=0.1 aa bb.", "toxic=0.9 cc dd.", "toxic=0.2 ee ff."]]
    assert verdict.evidence == "toxic, response: 17–33: «toxic=0.9 cc dd.»"


def test_a_text_is_judged_once_however_often_it_comes() -> None:
    scorer = ByWords()
    part = ToxicityModel(ToxicityModelConfig(), Inputs(), scorer)
    rows = [Sample(id=str(at), response="toxic=0.9 x") for at in range(3)]
    first = asyncio.run(part.validate(rows))
    again = asyncio.run(part.validate([*rows, Sample(id="9", input="toxic=0.9 x", response="toxic=0.1 y")]))
    assert scorer.asked == [["toxic=0.9 x"], ["toxic=0.1 y"]]
    assert len({(v.reason, v.measured) for v in (*first, *again)}) == 1


def test_scripts_of_languages_that_the_model_doesnt_know_are_not_judged() -> None:
    scorer = ByWords()
    chinese = "明天北京会下雨吗"
    assert judged(scorer, chinese)[0] == Verdict(passed=True, evidence="not judged: response")
    assert judged(scorer, chinese, undefined="reject")[0].reason == "toxicity_undefined"
    assert scorer.asked == []
    assert judged(scorer, chinese, languages=["zh", "en"])[0] == Verdict(passed=True, score=1.0, measured=0.0)


def test_nothing_is_asked_about_rows_without_text() -> None:
    scorer = ByWords()
    assert judged(scorer, "", " ?! ") == [Verdict(passed=True)] * 2
    assert scorer.asked == []


def test_missing_weights_stop_with_the_command_that_gets_them() -> None:
    async def scorer(texts: list[str]) -> list[Mapping[str, float]]:
        raise missing_weights(MODEL, OSError("no such model here"))

    part = ToxicityModel(ToxicityModelConfig(), Inputs(), scorer)
    with pytest.raises(PluginError) as error:
        asyncio.run(part.validate([Sample(id="1", response="some text")]))
    assert error.value.hint == f"hf download {MODEL}"


def test_a_notice_names_the_languages_it_isnt_made_for() -> None:
    part = ToxicityModel(
        ToxicityModelConfig(languages=("en", "fr")), Inputs(languages=("fr", "de")), ByWords()
    )
    (notice,) = part.notices()
    assert "made for en, fr; it finds little in de" in notice


def test_building_it_loads_nothing_and_it_pickles() -> None:
    part = ToxicityModel(ToxicityModelConfig(model="no/such-model"), Inputs())
    assert pickle.loads(pickle.dumps(part)).config == part.config


def test_a_folder_is_found_beside_the_recipe_and_counts_by_its_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
    a, b = (ToxicityModelConfig.model_validate({"model": n}, context={"base": tmp_path}) for n in ("a", "b"))
    assert a.model == str(tmp_path / "a")
    assert a.fingerprint() == b.fingerprint()
    (tmp_path / "b" / "config.json").write_text('{"x": 1}')
    assert a.fingerprint() != b.fingerprint()
    assert ToxicityModelConfig(batch_size=1).fingerprint() == ToxicityModelConfig(device="cuda").fingerprint()
