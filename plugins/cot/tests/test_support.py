from __future__ import annotations

import pytest
from datagen_plugin_cot.chain import Case
from datagen_plugin_cot.support import same_answer, supported

OPTIONS = "Which is a fish?\nA) whale\nB) cod\nC) crab"


@pytest.mark.parametrize(
    ("last", "answer", "expected"),
    [
        ("So 36 / 2 = 18 jars were sold.", "18", True),
        ("So they sold 18 jars.", "#### 18", True),
        ("They collect $35 + $56 + $28 = $119 after 7 days.", "$119.00", True),
        ("So they sold 17 jars.", "18", False),
        ("Of the 18 jars 5 are left.", "18", None),
        ("Half of them are left.", "18", None),
        ("So it is option (B).", "(B)", True),
        ("A whale is no fish, so B.", "B) cod", None),
        ("A whale is no fish, so B fits.", "B", True),
        ("A whale is no fish.", "A", None),
        ("(A) and (B) are no fish, (C) is.", "B", None),
        ("Paris has been the capital of France ever since.", "The capital is Paris", True),
        ("That city lies on the Seine.", "Paris", None),
        ("In 1954 Germany won.", "Germany won in 1974", None),
        ("所以首都是北京。", "北京", True),
        ("ดังนั้นเมืองหลวงคือกรุงเทพ", "ปารีส", None),
    ],
)
def test_the_last_step_leads_to_the_answer(last: str, answer: str, expected: bool | None) -> None:
    assert supported(last, Case(question=OPTIONS, answer=answer))[0] is expected


def test_a_class_is_named_or_a_model_tells() -> None:
    case = Case(question="play jazz", answer="Music", classes=("Music", "Weather"))
    assert supported("So it is music.", case) == (True, "class")
    assert supported("So it is about songs.", case)[0] is None
    assert (same_answer("music", case), same_answer("Weather", case)) == (True, False)


@pytest.mark.parametrize(
    ("said", "answer", "expected"),
    [
        ("18", "18 jars", True),
        ("$1,250", "1250.00", True),
        ("17", "18", False),
        ("b", "(B)", True),
        ("C", "(B)", False),
        ("the Seine.", "The Seine", True),
        ("the river", "The Seine", None),
        ("none", "18", None),
        ("", "", None),
        ("no idea", "no", None),
    ],
)
def test_the_answer_is_arrived_at_again(said: str, answer: str, expected: bool | None) -> None:
    assert same_answer(said, Case(question="?", answer=answer)) is expected
