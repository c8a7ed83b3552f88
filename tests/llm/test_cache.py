from __future__ import annotations

import concurrent.futures
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from datagen_core.errors import RunError
from datagen_core.llm.cache import ReplyCache, cache_folder
from datagen_core.llm.forms import cache_key, reply_from_json, reply_json
from datagen_core.llm.site import CallSite
from datagen_core.model import Choice, Embeddings, Reply, TokenLogprob, Usage
from datagen_core.testing.scripted_model import ScriptedModel, chat, reply

MODEL = ScriptedModel(lambda request, n: "hello")
SITE = CallSite(seed=1, batch=2, row=3, link=0)


def key(**options: object) -> bytes:
    return cache_key(MODEL, chat(**options), SITE.sample_key)


def test_a_reply_comes_back_as_it_went_in(tmp_path: Path) -> None:
    whole = Reply(
        choices=(
            Choice(
                text="é {} \ud800",
                finish_reason="tool_calls",
                tool_calls=({"name": "f", "arguments": {"x": 1}},),
                logprobs=(TokenLogprob(token="a", logprob=-0.5, top={"b": -1.0}),),
            ),
        ),
        usage=Usage(prompt_tokens=1, completion_tokens=2, cached_tokens=1),
        model="m",
    )
    vectors = Embeddings(vectors=((0.1, 0.2), (0.3, 0.4)))
    cache = ReplyCache(tmp_path)
    cache.put(b"1", whole, model="m")
    cache.put(b"2", vectors, model="m")
    assert (cache.get(b"1"), cache.get(b"2"), cache.get(b"3")) == (whole, vectors, None)
    assert reply_from_json(reply_json(whole)) == whole


def test_truncated_and_empty_answers_arent_kept(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path)
    assert not cache.put(b"1", reply("half a sen", finish_reason="length"), model="m")
    assert not cache.put(b"2", Reply(choices=()), model="m")
    assert len(cache) == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"text": "Say goodbye."},
        {"max_tokens": 101},
        {"temperature": 0.1},
        {"top_p": 0.9},
        {"seed": 1},
        {"stop": ("x",)},
        {"n": 2},
        {"json_schema": {"type": "object"}},
        {"top_logprobs": 1},
        {"extra": {"min_p": 0.1}},
    ],
)
def test_whatever_is_asked_for_is_in_the_key(changed: dict[str, object]) -> None:
    assert key(**changed) != key()
    assert key() == key()


def test_model_and_endpoint_are_in_the_key() -> None:
    others = [
        ScriptedModel(lambda r, n: "", name="other"),
        ScriptedModel(lambda r, n: "", endpoint="http://b"),
    ]
    keys = {cache_key(model, chat(), SITE.sample_key) for model in (MODEL, *others)}
    assert len(keys) == 3


@pytest.mark.parametrize("field", ["seed", "batch", "row", "link", "attempt"])
@pytest.mark.parametrize(("temperature", "is_apart"), [(0.0, False), (0.7, True), (None, True)])
def test_samples_are_kept_apart_by_place_only_where_answers_vary(
    field: str, temperature: float | None, is_apart: bool
) -> None:
    request = chat(temperature=temperature)
    elsewhere = replace(SITE, **{field: 99})
    one, other = (cache_key(MODEL, request, site.sample_key) for site in (SITE, elsewhere))
    assert (one != other) is is_apart


def test_neither_the_prompt_nor_what_is_passed_through_reaches_the_file(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path)
    request = chat("my private prompt", extra={"api_key": "sk-secret"})
    cache.put(cache_key(MODEL, request, SITE.sample_key), reply("hello"), model="m")
    cache.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"hello" in stored
    assert b"private" not in stored and b"sk-secret" not in stored


WRITER = """
import sys
from pathlib import Path
from datagen_core.llm.cache import ReplyCache
from datagen_core.model import Choice, Reply
cache = ReplyCache(Path(sys.argv[1]))
for at in range(200):
    cache.put(b"%d" % at, Reply(choices=(Choice(text=sys.argv[2] + str(at)),)), model="m")
    assert cache.get(b"%d" % at) is not None
"""


def test_processes_that_open_and_fill_one_cache_at_once_all_see_the_same_replies(tmp_path: Path) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path / "new"), name], stderr=subprocess.PIPE)
        for name in "ab"
    ]
    assert [(process.communicate(timeout=120)[1], process.returncode) for process in started] == [
        (b"", 0)
    ] * 2
    cache = ReplyCache(tmp_path / "new")
    assert len(cache) == 200
    texts = [cache.get(b"%d" % at).choices[0].text for at in range(200)]  # type: ignore[union-attr]
    assert all(text[1:] == str(at) for at, text in enumerate(texts))


def test_many_openers_of_a_new_file_in_one_process_all_get_in(tmp_path: Path) -> None:
    def fill(at: int) -> bool:
        cache = ReplyCache(tmp_path)
        done = cache.put(b"%d" % at, reply("x"), model="m")
        cache.close()
        return done

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert all(pool.map(fill, range(64)))
    assert len(ReplyCache(tmp_path)) == 64


def test_the_first_reply_under_a_key_stays(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path)
    assert cache.put(b"1", reply("first"), model="m")
    cache.put(b"1", reply("second"), model="m")
    assert cache.get(b"1") == reply("first")


def test_a_file_that_isnt_a_cache_is_named(tmp_path: Path) -> None:
    (tmp_path / "replies.db").write_bytes(b"not a database" * 100)
    with pytest.raises(RunError, match="the model cache can't be used") as caught:
        ReplyCache(tmp_path)
    assert "--cache" in str(caught.value.hint)


def test_a_writer_waits_for_the_lock_of_another(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path)
    other = sqlite3.connect(cache.file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(cache.put, b"1", reply("x"), model="m")
        assert not waiting.done()
        other.execute("COMMIT")
        assert waiting.result(timeout=30)


def test_the_folder_follows_the_users_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "datagen"
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    assert cache_folder() == Path.home() / ".cache" / "datagen"
