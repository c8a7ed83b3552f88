import json
import logging
import pickle
import random
from pathlib import Path
from typing import Any

import pytest
from datagen_plugin_decontaminate.__main__ import main
from datagen_plugin_decontaminate.config import DecontaminateConfig
from datagen_plugin_decontaminate.decontaminate import Decontaminate
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from datagen_core import Context, InputError, Inputs, Message, Sample, Verdict
from datagen_core.testing import make_inputs, make_samples

WORDS = [f"word{i}" for i in range(40)]
ITEM = " ".join(WORDS)


def write(folder: Path, *rows: dict[str, Any], name: str = "bench.jsonl") -> str:
    file = folder / name
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(file)


def against(
    folder: Path, *rows: dict[str, Any], inputs: Inputs | None = None, **options: Any
) -> Decontaminate:
    benchmark = {"path": write(folder, *rows), **options.pop("benchmark", {})}
    config = DecontaminateConfig.model_validate({"benchmarks": [benchmark], **options})
    return Decontaminate(config, inputs or make_inputs())


def judged(validator: Decontaminate, row: str | Sample) -> Verdict:
    (verdict,) = validator.validate(make_samples([row]) if isinstance(row, str) else [row])
    return verdict


def test_12_shared_words_pass_and_13_fail(tmp_path: Path) -> None:
    validator = against(tmp_path, {"text": ITEM})
    for n, passed in ((12, True), (13, False)):
        verdict = judged(validator, f"see here {' '.join(WORDS[5 : 5 + n])} and so on")
        assert verdict.passed is passed
    assert (verdict.reason, verdict.measured, verdict.threshold, verdict.score) == (
        "contaminated",
        1,
        0,
        None,
    )


def test_case_punctuation_and_lone_dash_variants_fail(tmp_path: Path) -> None:
    shared = WORDS[:13]
    validator = against(tmp_path, {"text": " ".join(shared)})
    for variant in (
        " ".join(shared).upper(),
        ", ".join(shared) + "!",
        " - ".join(shared),
        " — ".join(shared),
        "“" + " ".join(f"'{word}'" for word in shared) + "”",
    ):
        assert judged(validator, variant).reason == "contaminated"
    dashed = against(tmp_path, {"text": " - ".join(shared)})
    assert judged(dashed, " - ".join(shared)).reason == "contaminated"
    assert judged(dashed, " ".join(shared)).reason == "contaminated"


def test_hits_across_message_borders_are_not_invented(tmp_path: Path) -> None:
    validator = against(tmp_path, {"text": ITEM})
    first, second = " ".join(WORDS[:12]), " ".join(WORDS[12:24])
    assert judged(validator, Sample(id="a", input=first, response=second)).passed
    chat = [Message(role="user", content=first), Message(role="assistant", content=second)]
    assert judged(validator, Sample(id="b", messages=tuple(chat))).passed
    assert not judged(validator, f"{first} {second}").passed


def test_an_item_in_two_fields_is_found_across_the_same_border_only(tmp_path: Path) -> None:
    question, answer = " ".join(WORDS[:7]), " ".join(WORDS[7:14])
    rows = {"question": question, "answer": answer}
    validator = against(tmp_path, rows, benchmark={"fields": ["question", "answer"]}, short_items="off")
    assert not judged(validator, Sample(id="a", input=question, response=answer)).passed
    moved = Sample(id="b", input=" ".join(WORDS[:6]), response=" ".join(WORDS[6:14]))
    assert judged(validator, moved).passed
    assert judged(validator, f"{question} {answer}").passed
    turns = [("system", "be kind"), ("user", question), ("assistant", answer)]
    chat = tuple(Message(role=role, content=text) for role, text in turns)
    assert not judged(validator, Sample(id="c", messages=chat)).passed


@pytest.mark.parametrize("part", ["input", "response", "reasoning", "fields", "messages", "tool_calls"])
def test_each_part_of_a_row_is_looked_at(part: str, tmp_path: Path) -> None:
    call = {"id": "1", "function": {"name": "f", "arguments": {"text": ITEM}}}
    made: dict[str, Any] = {
        "fields": {"notes": ["x", {"deep": ITEM}]},
        "messages": (Message(role="user", content=ITEM), Message(role="assistant", content="yes")),
        "tool_calls": (Message(role="assistant", content="", tool_calls=(call,)),),
    }
    key = "messages" if part == "tool_calls" else part
    row = Sample(id="a", **{key: made.get(part, ITEM)})
    verdict = judged(against(tmp_path, {"text": ITEM}), row)
    assert verdict.reason == "contaminated"


def test_a_short_item_is_found_where_a_part_or_the_whole_row_equals_it(tmp_path: Path) -> None:
    validator = against(tmp_path, {"id": "q1", "question": "What is 17 + 4?"})
    verdict = judged(validator, Sample(id="a", input="what is 17 + 4", response="21"))
    assert (verdict.reason, verdict.measured, verdict.threshold) == ("contaminated_short_item", 1, 0)
    told = json.loads(verdict.evidence or "")
    assert (told["item_id"], told["n_hits"], told["at"]) == ("q1", 1, "input 0–14")
    assert not judged(validator, Sample(id="b", input="What is", response="17 + 4?")).passed
    assert judged(validator, "Tell me: what is 17 + 4?").passed
    assert judged(
        against(tmp_path, {"question": "What is 17 + 4?"}, short_items="off"), "What is 17 + 4?"
    ).passed


def test_of_an_item_in_several_fields_only_the_first_counts_by_itself(tmp_path: Path) -> None:
    fields = {"fields": ["question", "answer"]}
    validator = against(tmp_path, {"question": "Is water wet?", "answer": "Yes"}, benchmark=fields)
    assert judged(validator, Sample(id="a", input="Is fire hot?", response="Yes")).passed
    assert not judged(validator, Sample(id="b", input="is water wet", response="No")).passed
    assert not judged(validator, "Is water wet? Yes").passed


def test_a_short_items_row_limit_is_zero_whatever_max_hits(tmp_path: Path) -> None:
    validator = against(tmp_path, {"text": "to be or not to be"}, max_hits=5)
    assert judged(validator, "To be, or not to be").threshold == 0


@pytest.mark.parametrize(("copied", "passed"), [(22, True), (23, False)])
def test_max_hits_is_inclusive(copied: int, passed: bool, tmp_path: Path) -> None:
    verdict = judged(against(tmp_path, {"text": ITEM}, max_hits=10), " ".join(WORDS[:copied]))
    assert verdict.passed is passed


@pytest.mark.parametrize(
    ("item", "other"),
    [
        (
            "小明有十二个苹果他给了小红五个又从树上摘了三个现在他一共有多少个苹果",
            "小明有十二个梨他给了小红四个又买了三个现在他一共有多少个梨",
        ),
        (
            "ชาวนามีแกะเจ็ดตัวและสี่ตัวกระโดดข้ามรั้วไปเหลือแกะอยู่กี่ตัวในคอกตอนเย็น",
            "ชาวสวนมีมะม่วงสิบผลและขายไปสองผลในตลาดเช้าวันนี้เหลือมะม่วงกี่ผลในตะกร้า",
        ),
        (
            "لدى مزارع سبعة خراف وقفز أربعة منها فوق السياج فكم خروفا بقي في الحظيرة عند المساء",
            "لدى بستاني عشر حبات من المانجو وباع اثنتين منها في السوق فكم حبة بقيت في السلة هذا الصباح",
        ),
    ],
    ids=["Chinese", "Thai", "Arabic"],
)
def test_other_scripts_are_found_within_other_text(item: str, other: str, tmp_path: Path) -> None:
    validator = against(tmp_path, {"question": item})
    assert judged(validator, item).reason == "contaminated"
    assert judged(validator, f"Question: {item}. Please answer in English.").reason == "contaminated"
    assert judged(validator, other).passed
    assert judged(validator, item[: len(item) // 3]).passed


def test_a_planted_leak_is_found_among_other_rows(tmp_path: Path) -> None:
    rng = random.Random(0)
    vocabulary = [f"v{i}" for i in range(300)]
    items = [{"id": f"q{i}", "question": " ".join(rng.choices(vocabulary, k=25))} for i in range(200)]
    rows = [" ".join(rng.choices(vocabulary, k=40)) for _ in range(300)]
    planted = rng.sample(range(300), 5)
    for at in planted:
        rows[at] = f"Solve this. {items[at % 200]['question'].upper()} Thanks"
    verdicts = against(tmp_path, *items).validate(make_samples(rows))
    found = {i: json.loads(v.evidence or "")["item_id"] for i, v in enumerate(verdicts) if not v.passed}
    assert found == {at: f"q{at % 200}" for at in planted}


def test_the_item_with_most_hits_is_named(tmp_path: Path) -> None:
    other = " ".join(f"other{i}" for i in range(30))
    validator = against(tmp_path, {"id": "few", "text": other}, {"id": "many", "text": ITEM})
    verdict = judged(validator, f"{' '.join(other.split()[:14])} x {' '.join(WORDS[:20])}")
    told = json.loads(verdict.evidence or "")
    assert (told["benchmark"], told["item_id"], told["n_hits"]) == ("bench", "many", 2 + 8)
    assert len(told["ngram_hash"]) == 16 and int(told["ngram_hash"], 16) >= 0


def test_the_benchmarks_words_are_in_no_verdict_notice_or_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    validator = against(tmp_path, {"text": ITEM}, {"text": "word1 word2"}, inputs=make_inputs([ITEM]))
    told = [str(judged(validator, row)) for row in (ITEM, "word1 word2")]
    for text in (*told, *validator.notices(), caplog.text):
        assert "word1" not in text


def test_it_says_what_benchmarks_hold_and_which_seeds_leak(tmp_path: Path) -> None:
    inputs = make_inputs([ITEM, "play some jazz", "to be"])
    validator = against(tmp_path, {"text": ITEM}, {"text": "To be!"}, {"text": "?!"}, inputs=inputs)
    first, second = validator.notices()
    assert "bench has 3 items; 1 have fewer than 13 words" in first and "1 have no word" in first
    assert "2 of 3 seeds share text with a benchmark themselves" in second


def test_equal_ids_of_equal_text_come_without_an_id_column(tmp_path: Path) -> None:
    one = against(tmp_path, {"text": ITEM}, {"text": "x"})
    other = against(tmp_path, {"text": "x"}, {"text": ITEM})
    assert judged(one, ITEM) == judged(other, ITEM)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from("abc"), max_size=24), st.lists(st.sampled_from("abc"), max_size=24))
def test_hits_are_those_of_counting(item: list[str], row: list[str]) -> None:
    from datagen_plugin_decontaminate.contamination import Detector
    from datagen_plugin_decontaminate.index import Item, build_index
    from datagen_plugin_decontaminate.ngrams import Length

    index = build_index([Item("b", "i", (" ".join(item),))], Length(3, 5))
    found = Detector(index, short_items=False).contamination([" ".join(row)])
    known = {tuple(item[i : i + 3]) for i in range(len(item) - 2)}
    wanted = sum(tuple(row[i : i + 3]) in known for i in range(len(row) - 2))
    assert (found.n_hits if found else 0) == wanted


# -- files --------------------------------------------------------------------------------------------------


def test_an_index_file_gives_the_verdicts_of_its_benchmarks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench, file = write(tmp_path, {"question": ITEM}, {"question": "to be"}), tmp_path / "tests.index"
    assert main(["index", bench, "--fields", "question", "-o", str(file)]) == 0
    assert "bench has 2 items; 1 have fewer" in capsys.readouterr().out
    loaded = Decontaminate(DecontaminateConfig.model_validate({"index": str(file)}), make_inputs())
    built = against(tmp_path, {"question": ITEM}, {"question": "to be"})
    for row in (ITEM, "to be", "nothing of it"):
        assert judged(loaded, row) == judged(built, row)
    assert judged(pickle.loads(pickle.dumps(loaded)), ITEM) == judged(loaded, ITEM)
    data = write(tmp_path, {"text": "clean"}, {"text": ITEM}, name="data.jsonl")
    assert main(["report", data, "--index", str(file)]) == 1
    told = capsys.readouterr().out
    assert "row 2: contaminated" in told and "1 of 2 rows" in told
    assert main(["report", data, "--index", str(tmp_path / "none")]) == 2


def test_files_count_in_the_fingerprint_by_content(tmp_path: Path) -> None:
    def fingerprint(name: str, text: str) -> str:
        path = write(tmp_path, {"text": text}, name=name)
        config = DecontaminateConfig.model_validate({"benchmarks": [{"path": path, "name": "b"}]})
        return json.dumps(config.fingerprint())

    assert fingerprint("a.jsonl", "x") == fingerprint("b.jsonl", "x") != fingerprint("a.jsonl", "y")


def test_choices_are_part_of_an_item(tmp_path: Path) -> None:
    row = {"question": "which?", "choices": [" ".join(WORDS[:8]), " ".join(WORDS[8:16])]}
    validator = against(tmp_path, row, benchmark={"fields": ["question", "choices"]})
    assert not judged(validator, ITEM).passed


def test_what_cannot_work_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no benchmark"):
        Decontaminate(DecontaminateConfig(), make_inputs())
    with pytest.raises(InputError, match="no row has the column 'qestion'") as caught:
        against(tmp_path, {"question": "a"}, benchmark={"fields": ["qestion"]})
    assert "question" in str(caught.value)
    with pytest.raises(InputError, match="no file"):
        Decontaminate(DecontaminateConfig.model_validate({"benchmarks": ["none.jsonl"]}), make_inputs())
    with pytest.raises(ValidationError, match="either benchmarks"):
        DecontaminateConfig.model_validate({"benchmarks": ["a.jsonl"], "index": "b"})
    file = tmp_path / "eight.index"
    main(["index", write(tmp_path, {"text": ITEM}), "--ngram", "8", "-o", str(file)])
    with pytest.raises(InputError, match="the index is of 8 words"):
        Decontaminate(DecontaminateConfig.model_validate({"index": str(file)}), make_inputs())


def test_it_is_suggested_where_the_recipe_names_files_that_are_there(tmp_path: Path) -> None:
    write(tmp_path, {"text": "x"})

    def suggested(**sections: Any) -> Any:
        found = Decontaminate.suggestion(make_inputs(base=tmp_path, **sections), Context())
        return found and (found.why, found.options["benchmarks"])

    assert suggested() is None
    assert suggested(constraints={"benchmarks": ["none.jsonl"]}) is None
    assert suggested(constraints={"decontaminate": True}) is None
    why = "constraints.benchmarks names benchmarks"
    assert suggested(constraints={"benchmarks": ["bench.jsonl", "none.jsonl"]}) == (why, ["bench.jsonl"])
    entry = {"path": "bench.jsonl", "fields": ["text"]}
    why = "task_input.decontaminate names benchmarks"
    assert suggested(task_input={"decontaminate": {"benchmarks": [entry]}}) == (why, [entry])
