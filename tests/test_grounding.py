import pickle
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datagen_core.grounding import KINDS, Grounds, claims, sentence_overlaps, unsupported

SOURCE = """The Dakar clinic of Dr Aminata Diallo treated 1,250 patients in 2019, 40 percent of them children.
Run `clinicctl --dry-run /etc/clinic.toml` with version 2.4.1; maxRetries and retry_count live in os.environ.
See https://example.org/clinic. She said: "we never turn anyone away"."""


def missing(text: str, *sources: str, kinds: tuple[str, ...] = KINDS) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in unsupported(text, *(sources or (SOURCE,)), kinds=kinds)]


def test_what_the_source_has_is_supported_however_it_is_written() -> None:
    text = """In 2019 the clinic in Dakar saw 1250 patients (40% children), says Aminata Diallo's team.
    Use `clinicctl --dry-run` or --dry-run alone on /etc/clinic.toml, v2.4.1: MaxRetries, retry_count, os.environ.
    See https://example.org/clinic. “We never turn anyone away”, and «never turn anyone»."""
    assert missing(text.replace("v2.4.1", "2.4.1")) == []


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("It treated 1,300 patients.", "numbers", "1,300"),
        ("About 41% were children.", "numbers", "41%"),
        ("It treated 1,250 km.", "numbers", "1,250 km"),
        ("The clinic of Fatou Diallo.", "names", "Fatou Diallo"),
        ("The clinic works with UNICEF.", "names", "UNICEF"),
        ("UNICEF pays for it.", "names", "UNICEF"),
        ("Pass --force to it.", "identifiers", "--force"),
        ("Run `clinicctl --force`.", "identifiers", "`clinicctl --force`"),
        ("Look at /etc/passwd first.", "identifiers", "/etc/passwd"),
        ("See https://example.org/other.", "identifiers", "https://example.org/other"),
        ("Needs v3.0 to run.", "identifiers", "v3.0"),
        ("Set max_retries to it.", "identifiers", "max_retries"),
        ("Set retryCount to it.", "identifiers", "retryCount"),
        ("Call os.getenv for it.", "identifiers", "os.getenv"),
        ("Call connect() for it.", "identifiers", "connect()"),
        ("Mail info@example.org now.", "identifiers", "info@example.org"),
        ("She said “we always turn people away”.", "quotes", "we always turn people away"),
        ('He said "never again anyone".', "quotes", "never again anyone"),
    ],
)
def test_what_the_source_has_not_is_found_with_its_place(text: str, kind: str, found: str) -> None:
    (one,) = unsupported(text, SOURCE)
    assert (one.kind, one.text, text[one.start : one.end]) == (kind, found, found)


def test_any_of_the_sources_will_do() -> None:
    assert missing("5 km", "It is 3 miles.", "It is 5 km.") == []
    assert missing("5 km") == [("numbers", "5 km")]
    assert missing("5 km by Ito", "") == [("numbers", "5 km"), ("names", "Ito")]


def test_only_the_kinds_asked_for_are_looked_at() -> None:
    text = "The UNICEF paid 9 euros for `nut`."
    assert [kind for kind, _ in missing(text)] == ["names", "numbers", "identifiers"]
    assert missing(text, kinds=("names",)) == [("names", "UNICEF")]
    with pytest.raises(ValueError, match="no kind words"):
        claims(text, ("words",))


def test_names_do_not_begin_a_sentence_and_are_no_pronoun() -> None:
    for text in (
        "Today it rains. Then it snows: Maybe.",
        "I think I'm right.",
        "- Red\n- Green",
        "## Some Key Ideas",
    ):
        assert [c.text for c in claims(text, ("names",)) if c.text not in ("Key Ideas",)] == []
    assert [c.text for c in claims("We met Ada Lovelace and Bo in New York's Bronx.", ("names",))] == [
        "Ada Lovelace",
        "Bo",
        "New York's Bronx",
    ]


def test_what_lies_within_a_claim_is_no_claim_of_its_own() -> None:
    assert [c.kind for c in claims("He said “Bo paid 5 euros”.")] == ["quotes"]
    assert [c.kind for c in claims("Run `head -n 5 File`.")] == ["identifiers"]
    assert [c.kind for c in claims("On March 5, 2024 it began.")] == ["numbers"]
    assert [c.kind for c in claims("Since COVID-19 it closed.")] == ["names", "numbers"]


def test_a_fenced_block_has_numbers_and_identifiers_but_no_names_or_quotes() -> None:
    text = '```python\nprint("Hello there You", max_size, 42)\n```'
    assert [(c.kind, c.text) for c in claims(text)] == [("identifiers", "max_size"), ("numbers", "42")]


def test_quotes_may_leave_something_out() -> None:
    assert missing("She said “we never … anyone away”.") == []
    assert missing("She said “we never … anyone home”.") == [("quotes", "we never … anyone home")]
    assert claims("the so-called “smart” one", ("quotes",)) == []


def test_other_scripts_are_held_to_their_sources() -> None:
    assert (
        missing("2021年有35%的人参加「春季马拉松比赛」。", "2021年，百分之35的人参加了春季马拉松比赛。") == []
    )
    assert missing("2022年有35%的人。", "2021年，百分之35的人。") == [("numbers", "2022")]
    assert missing("ราคา ๕๐ บาท", "ราคา 50 บาท") == []
    assert missing("بلغت ٨١٪ منهم", "نسبة 81% منهم") == []
    assert missing("بلغت ٨٢٪ منهم", "نسبة 81% منهم") == [("numbers", "٨٢٪")]
    assert missing("Он приехал в Москва сегодня", "Москва большая") == []
    assert missing("Он приехал в Киров сегодня", "Москва большая") == [("names", "Киров")]


def test_overlap_is_the_share_of_content_words() -> None:
    grounds = Grounds("The clinic treated patients from Senegal")
    assert grounds.overlap("Patients treated at clinics") == 1.0
    assert grounds.overlap("Patients bought bicycles yesterday") == 0.25
    assert grounds.overlap("it is so") is None
    assert Grounds("明天北京下雨").overlap("北京下雨") == 1.0
    assert Grounds("พรุ่งนี้ฝนตก").overlap("ฝนตก") == 1.0
    text = "The clinic treated patients. Bicycles became cheaper. So."
    assert list(sentence_overlaps(text, grounds)) == [(0, 28, 1.0), (29, 53, 0.0)]


def test_odd_texts_are_looked_at() -> None:
    for text in ("", "\ud800", "\x00", "`", '"', "“", "x" * 20_000, "👩‍👩‍👧 e\u0301"):
        assert unsupported(text, text) == []
        Grounds(text).overlap(text)


def test_time_is_linear_in_the_length() -> None:
    for unit in ("a.", "a-", "_", "a/", "`", '"', "Aa", "A ", "a@", "--", "```a ", "www.", "the fox ", "天"):
        began = time.process_time()
        unsupported(unit * (100_000 // len(unit)), "fox")
        assert time.process_time() - began < 5, unit


def test_unsupported_pickles() -> None:
    found = unsupported("9 euros", "")
    assert pickle.loads(pickle.dumps(found)) == found


@given(st.text(max_size=80))
def test_a_text_supports_itself(text: str) -> None:
    assert unsupported(text, text) == []


@given(
    st.lists(
        st.sampled_from(["Ito", "5 km", "`a b`", "“two words”", "and", "--flag", "3%", "."]), max_size=12
    )
)
def test_what_is_unsupported_is_among_the_claims_and_has_its_text(pieces: list[str]) -> None:
    text = " ".join(pieces)
    found = unsupported(text, "nothing of it")
    assert all(text[one.start : one.end] == one.text for one in found)
    assert len(found) == len(claims(text))
