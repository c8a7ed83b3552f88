import pickle
import subprocess
import sys
from dataclasses import replace

import datagen_plugin_dedup
import pytest
from datagen_plugin_dedup.config import DedupConfig
from datagen_plugin_dedup.dedup import Dedup
from hypothesis import given, settings
from hypothesis import strategies as st

from datagen_core import InputError, PluginError, Sample, Seed, Verdict
from datagen_core.testing import make_inputs, make_samples

SONG = "please add this wonderful song to my summer playlist"
TYPO = "please add this wonderful song to my sumer playlist"
"""One of two like letters less: 44 of the 48 shingles stay, 3 are new."""


def dedup(seeds: tuple[str, ...] = (), **options: object) -> Dedup:
    return Dedup(DedupConfig.model_validate(options), make_inputs(seeds))


def judged(validator: Dedup, text: str, before: int | None = None) -> Verdict:
    return validator.judge(validator.sign(make_samples([text]))[0], before=before)


def accept(validator: Dedup, *texts: str, first: int = 0) -> None:
    for sequence, signature in enumerate(validator.sign(make_samples(texts)), start=first):
        validator.add(signature, sequence)


def test_the_same_text_in_other_clothes_is_an_exact_duplicate() -> None:
    validator = dedup()
    accept(validator, "stop the music", SONG)
    verdict = judged(validator, "  PLEASE add this wonderful\nsong to my summer playlist")
    assert (verdict.passed, verdict.reason, verdict.score) == (False, "exact_duplicate", 0.0)
    assert (verdict.measured, verdict.evidence) == (1.0, "row 1")


def test_a_typo_makes_a_near_duplicate_with_the_jaccard_similarity_measured() -> None:
    validator = dedup()
    accept(validator, "stop the music", SONG)
    verdict = judged(validator, TYPO)
    assert (verdict.passed, verdict.reason, verdict.evidence) == (False, "near_duplicate", "row 1")
    assert verdict.measured == 44 / 51
    assert verdict.threshold == 0.8
    assert verdict.score == 1 - 44 / 51


def test_another_text_passes_with_full_score() -> None:
    validator = dedup()
    accept(validator, SONG)
    assert judged(validator, "what will the weather be like in Paris tomorrow") == Verdict(
        passed=True, score=1.0, measured=0.0, threshold=0.8
    )


@pytest.mark.parametrize(("threshold", "passed"), [(0.8, False), (0.80001, True), (0.75, False)])
def test_exactly_at_the_threshold_is_a_near_duplicate(threshold: float, passed: bool) -> None:
    """8 and 10 shingles, 8 shared: 8 / 10."""
    validator = dedup(near_jaccard=threshold)
    accept(validator, "abcdefghijkl")
    assert judged(validator, "abcdefghijklmn").passed is passed


def test_only_exact_duplicates_count_without_a_threshold() -> None:
    validator = dedup(near_jaccard=None)
    accept(validator, SONG)
    assert judged(validator, TYPO) == Verdict(passed=True, score=1.0)
    assert judged(validator, SONG.upper()).reason == "exact_duplicate"


def test_texts_shorter_than_a_shingle_are_compared_exactly() -> None:
    validator = dedup()
    accept(validator, "yes", "")
    assert judged(validator, "yep").passed
    assert judged(validator, "Yes").reason == "exact_duplicate"
    assert judged(validator, " ").reason == "exact_duplicate"


def test_the_size_of_a_shingle_is_an_option() -> None:
    validator = dedup(shingle_chars=1)
    accept(validator, "abc")
    assert judged(validator, "cba").reason == "near_duplicate"


def test_seeds_count_as_accepted_unless_left_out() -> None:
    verdict = judged(dedup((SONG,)), SONG, before=0)
    assert (verdict.reason, verdict.evidence) == ("exact_duplicate", "seed seed0")
    assert judged(dedup((SONG,)), TYPO, before=0).evidence == "seed seed0"
    assert judged(dedup((SONG,), against_seeds=False), SONG).passed


@pytest.mark.parametrize("text", [SONG, TYPO])
def test_only_rows_of_a_lower_sequence_number_are_seen(text: str) -> None:
    validator = dedup(("stop the music",))
    accept(validator, "turn it up please", SONG, "what time is it")
    assert judged(validator, text, before=1).passed
    assert not judged(validator, text, before=2).passed


def test_a_row_without_the_field_is_rejected() -> None:
    validator = dedup(field="question")
    _, signature = validator.sign([Sample(id="a", fields={"question": "why?"}), Sample(id="b")])
    verdict = validator.judge(signature)
    assert (verdict.passed, verdict.reason) == (False, "missing_field")
    with pytest.raises(ValueError, match="can't have been accepted"):
        validator.add(signature, 0)


def test_a_field_that_no_row_has_is_an_error_that_names_the_fields_there_are() -> None:
    with pytest.raises(InputError, match="no row has the field 'qestion'") as caught:
        dedup(field="qestion").sign([Sample(id="a", fields={"question": "why?"})])
    assert "question" in str(caught.value)
    assert dedup(field="qestion").sign([]) == []


def test_a_list_of_fields_compares_them_together() -> None:
    validator = dedup(field=["input", "response"])
    row = Sample(id="a", input="what is the capital of France?", response="It is Paris, on the river Seine.")
    validator.add(validator.sign([row])[0], 0)
    other_question = replace(row, input="where did the revolution of 1789 begin?")
    assert validator.judge(validator.sign([row])[0]).reason == "exact_duplicate"
    assert validator.judge(validator.sign([other_question])[0]).passed


def test_a_seed_is_compared_by_the_column_of_that_name() -> None:
    seeds = [Seed(id="s", text="one", row={"topic": SONG}), Seed(id="t", text="two")]
    validator = Dedup(DedupConfig(field="topic"), make_inputs(seeds))
    assert validator.judge(validator.sign([Sample(id="a", fields={"topic": SONG})])[0]).evidence == "seed s"
    assert validator.notices() == ["1 of 2 seeds have no field 'topic' and aren't compared"]


def test_a_threshold_that_the_bands_would_miss_is_announced() -> None:
    (notice,) = dedup(near_jaccard=0.05, permutations=16).notices()
    assert "raise permutations" in notice
    assert dedup().notices() == []


def test_rows_must_be_added_in_order() -> None:
    validator = dedup()
    accept(validator, SONG, first=4)
    with pytest.raises(ValueError, match="comes after"):
        accept(validator, "another", first=4)


def test_signatures_of_another_minhash_are_refused() -> None:
    validator = dedup()
    (signature,) = validator.sign(make_samples([SONG]))
    assert signature is not None
    foreign = replace(signature, algorithm=signature.algorithm + 1)
    with pytest.raises(PluginError, match="rensa"):
        validator.judge(foreign)
    with pytest.raises(PluginError, match="rensa"):
        validator.add(foreign, 0)


def test_signatures_survive_pickling() -> None:
    validator = dedup((SONG,))
    signatures = validator.sign(make_samples([SONG, TYPO, "x"]))
    assert pickle.loads(pickle.dumps(signatures)) == signatures


@pytest.mark.parametrize("text", ["", "x", "\ud800", "\x00" * 9, "音楽を再生して", "ab " * 350_000])
def test_odd_texts_are_judged_and_added(text: str) -> None:
    validator = dedup((SONG,))
    assert judged(validator, text).passed
    accept(validator, text)
    assert judged(validator, text).reason == "exact_duplicate"


@settings(max_examples=50)
@given(st.lists(st.text(max_size=20), max_size=8), st.text(max_size=20))
def test_an_accepted_text_is_a_duplicate_ever_after(pool: list[str], text: str) -> None:
    validator = dedup()
    accept(validator, *pool, text)
    assert judged(validator, text).reason == "exact_duplicate"


@settings(max_examples=50)
@given(st.lists(st.text("abc ", max_size=20), max_size=8), st.text("abc ", max_size=20))
def test_judging_changes_nothing(pool: list[str], text: str) -> None:
    judging, silent = dedup(), dedup()
    for sequence, signature in enumerate(judging.sign(make_samples(pool))):
        assert judged(judging, text) == judged(judging, text)
        judging.add(signature, sequence)
        silent.add(signature, sequence)
    assert judged(judging, text) == judged(silent, text)


@settings(max_examples=50)
@given(
    st.lists(st.text("ab", min_size=5, max_size=14), max_size=8),
    st.text("ab", min_size=5, max_size=14),
    st.integers(0, 8),
)
def test_looking_back_equals_a_smaller_pool(pool: list[str], text: str, before: int) -> None:
    whole, part = dedup(), dedup()
    accept(whole, *pool)
    accept(part, *pool[:before])
    assert judged(whole, text, before=before) == judged(part, text)


def test_the_hook_declares_the_component() -> None:
    (component,) = datagen_plugin_dedup.datagen_validators()
    assert component.name == "dedup"
    assert component.load_config() is DedupConfig
    assert component.load_impl() is Dedup


def test_discovery_loads_nothing_heavy() -> None:
    heavy = {"numpy", "pydantic", "sklearn", "rensa", "rapidfuzz", "jsonschema_rs"}
    code = f"import sys, datagen_plugin_dedup; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "nearly", "other"),
    [
        (
            "请在今天晚上八点播放一些安静的爵士乐，谢谢你",
            "请在今天晚上八点播放一些安静的爵士乐，谢谢您",
            "明天北京的天气怎么样，需要带雨伞吗",
        ),
        (
            "شغل لي بعض موسيقى الجاز الهادئة هذا المساء من فضلك",
            "شغل لي بعض موسيقى الجاز الهادئة هذا المساء",
            "هل ستمطر غدا في القاهرة",
        ),
        ("ช่วยเปิดเพลงแจ๊สเบาๆ ตอนเย็นนี้ให้หน่อยครับ", "ช่วยเปิดเพลงแจ๊สเบาๆ ตอนเย็นนี้ให้หน่อยค่ะ", "พรุ่งนี้ฝนจะตกที่กรุงเทพไหม"),
        (
            "play 爵士乐 tonight في المساء at eight o'clock",
            "play 爵士乐 tonight في المساء at eight oclock",
            "will it rain 明天 in القاهرة",
        ),
    ],
    ids=["Chinese", "Arabic", "Thai", "mixed"],
)
def test_duplicates_are_found_in_any_script(text: str, nearly: str, other: str) -> None:
    validator = dedup(near_jaccard=0.7)
    accept(validator, text)
    assert judged(validator, text + " ").reason == "exact_duplicate"
    assert judged(validator, nearly).reason == "near_duplicate"
    assert judged(validator, other).passed
