from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from datagen_plugin_augment.rewriting_config import StyleConfig
from datagen_plugin_augment.style import Style

from datagen_core.generator import Cell
from datagen_core.model import ModelError
from datagen_core.sample import Rejection, Sample
from datagen_core.testing import make_inputs, make_request

NEUTRAL = "neutral, without any marked style"
SEED = ("play some jazz", "music")


def config(**options: Any) -> StyleConfig:
    return StyleConfig.model_validate({"styles": ["formal", "casual"], "repairs": 0, **options})


def scored(formal: int, casual: int, neutral: int = 0) -> dict[str, int]:
    return {"formal": formal, "casual": casual, NEUTRAL: neutral}


def reason(row: Any) -> str:
    return row.reason if isinstance(row, Rejection) else "accepted"


def test_each_source_gives_every_style_so_often(desk: Any) -> None:
    texts = iter(f"{a} {b} {c}" for a in "abc" for b in "def" for c in "ghi")

    def scores(request: Any) -> dict[str, int]:
        return next(styles)

    styles = iter([scored(9, 1), scored(1, 9)] * 4)
    model = desk(lambda prompt: next(texts), scores=scores)
    rows = model.make(
        Style, config(examples_per_style=2, max_sibling_rouge_l=1), [SEED, ("will it rain", "weather")], 8
    )
    made = Counter((row.trace.parent_id, row.label, row.metadata.method["style"]) for row in rows)
    assert made == {
        (seed, label, style): 2
        for seed, label in (("seed0", "music"), ("seed1", "weather"))
        for style in ("formal", "casual")
    }
    assert Style(config(examples_per_style=2), make_inputs([SEED])).fan_out() == 4


def test_a_text_is_written_judged_and_compared_with_what_it_was(desk: Any) -> None:
    model = desk("might I hear jazz", scores=scored(9, 1, 3))
    (row,) = model.make(Style, config(), [SEED])
    assert model.order == ["style", "scores", "entailment"]
    assert 'in this style: "formal"' in model.prompts("style")[0]
    (judged,) = model.prompts("scores")
    assert f'Labels: ["formal", "casual", "{NEUTRAL}"]' in judged and '"might I hear jazz"' in judged
    method = row.metadata.method
    assert (row.response, row.label, method["style"], method["style_margin"]) == (
        "might I hear jazz",
        "music",
        "formal",
        6,
    )
    checks = method["preserved_checks"]
    assert checks["style"] is True and checks["entailment"] is True and checks["similarity"] is None


@pytest.mark.parametrize(
    ("scores", "wanted"),
    [(scored(8, 6), "accepted"), (scored(8, 1, 7), "style_not_met"), (scored(3, 9), "style_not_met")],
)
def test_exactly_the_margin_over_all_others_will_do(desk: Any, scores: dict[str, int], wanted: str) -> None:
    model = desk("might I hear jazz", scores=scores)
    (row,) = model.make(Style, config(margin=2), [SEED])
    assert reason(row) == wanted
    if isinstance(row, Rejection):
        assert row.threshold == 2 and row.measured in (1, -6)
        assert "entailment" not in model.order


def test_a_missed_style_is_told_with_its_points(desk: Any) -> None:
    answers = iter([scored(4, 7), scored(9, 1)])
    model = desk("gimme jazz", "might I hear jazz", scores=lambda request: next(answers))
    (row,) = model.make(Style, config(repairs=1), [SEED])
    assert row.response == "might I hear jazz"
    assert "of 10 points it has 4, casual has 7" in model.prompts("style")[1]


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [("no scores", "judge_unparsed"), (ModelError("no", kind="bad_request"), "model_bad_request")],
)
def test_a_judge_that_gives_no_scores_passes_nothing(desk: Any, answer: Any, wanted: str) -> None:
    (row,) = desk("might I hear jazz", scores=answer).make(Style, config(), [SEED])
    assert reason(row) == wanted


def test_content_counts_as_in_paraphrases(desk: Any) -> None:
    (row,) = desk("get up", scores=scored(9, 1)).make(Style, config(), ["wake me at 7"])
    assert reason(row) == "lost_number"
    (row,) = desk("Wake me at 7!", scores=scored(9, 1)).make(Style, config(), ["wake me at 7"])
    assert reason(row) == "no_change"


def test_a_style_of_the_coverage_is_steered_by(desk: Any) -> None:
    inputs = make_inputs([SEED], coverage={"style": ("formal", "pompous"), "tone": ("kind",)})
    arm = Style(config(), inputs)
    assert arm.steers() == {"style"}
    request = make_request(1, inputs=inputs, cells=[Cell("music", 1, (("style", "pompous"),))])
    model = desk("pray let there be jazz", scores={"formal": 1, "casual": 1, "pompous": 9, NEUTRAL: 0})
    (row,) = model.make(Style, config(), inputs, request=request)
    assert isinstance(row, Sample) and row.value_of("style") == "pompous"


def test_one_style_alone_is_judged_against_the_neutral_label(desk: Any) -> None:
    model = desk("may jazz resound", scores={"poetic": 9, NEUTRAL: 1})
    (row,) = model.make(Style, config(styles=["poetic"]), [SEED])
    assert reason(row) == "accepted"


def test_texts_of_other_scripts_change_their_style(desk: Any) -> None:
    for source, text in (
        ("放点爵士乐", "能否请您播放爵士乐曲"),
        ("включи джаз", "не могли бы вы поставить джаз"),
    ):
        (row,) = desk(text, scores=scored(9, 1)).make(Style, config(), [source])
        assert row.response == text
