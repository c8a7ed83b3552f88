"""Files as the consumers' own code reads them; each test is skipped where its consumer isn't installed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from datagen_core.exporting import Exported
from datagen_core.sample import Message, Sample

Export = Callable[..., Exported]
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.reasoning_content %}[{{ message.reasoning_content }}]{% endif %}{{ message.content }}"
    "{% if message.tool_calls %}{% for c in message.tool_calls %}"
    "{{ c.function.name }}({{ c.function.arguments | tojson }}){% endfor %}{% endif %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""Needs arguments to be objects: of JSON text it would make a quoted string."""


def loaded(file: Path) -> Any:
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    return datasets.load_dataset(
        "json", data_files=str(file), split="train", cache_dir=str(file.parent / "cache")
    )


def tokenizer() -> Any:
    """Words by their bytes, with a chat template."""
    tokenizers = pytest.importorskip("tokenizers")
    transformers = pytest.importorskip("transformers")
    model = tokenizers.models.WordLevel({"<unk>": 0, "<|im_end|>": 1}, unk_token="<unk>")
    made = tokenizers.Tokenizer(model)
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    out = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, unk_token="<unk>", eos_token="<|im_end|>"
    )
    out.chat_template = TEMPLATE
    return out


# -- TRL ----------------------------------------------------------------------------------------------------


def test_trl_renders_conversations_with_tools_whose_arguments_differ(
    export: Export, given: SimpleNamespace, tmp_path: Path
) -> None:
    data = pytest.importorskip("trl.data_utils", reason="trl is not installed")
    export(given.conversations, "trl")
    texts = [
        data.maybe_apply_chat_template(row, tokenizer())["text"] for row in loaded(tmp_path / "train.jsonl")
    ]
    assert all(data.is_conversational(row) for row in loaded(tmp_path / "train.jsonl"))
    assert texts[0] == (
        "<|im_start|>user\nCapital of Peru?<|im_end|>\n"
        "<|im_start|>assistant\n[Peru is in South America.]Lima<|im_end|>\n"
    )
    assert 'add({"a": 2, "b": 2})add({"a": 3, "b": 3})<|im_end|>' in texts[2]
    assert texts[3].endswith('[I look.]find({"a": "it"})<|im_end|>\n')


def test_trl_reads_each_of_its_types(export: Export, given: SimpleNamespace, tmp_path: Path) -> None:
    data = pytest.importorskip("trl.data_utils", reason="trl is not installed")
    file = tmp_path / "train.jsonl"
    export(given.pairs, "trl")
    pairs = loaded(file)
    rendered = [data.maybe_apply_chat_template(row, tokenizer()) for row in pairs]
    assert rendered[0]["prompt"].endswith("Which one?<|im_end|>\n<|im_start|>assistant\n")
    assert [row["chosen"] for row in rendered] == ["this<|im_end|>\n", "here<|im_end|>\n"]
    unpaired = data.maybe_unpair_preference_dataset(pairs)
    assert sorted(unpaired["label"]) == [False, False, True, True]
    assert data.maybe_extract_prompt(pairs[0]) == pairs[0]  # it is explicit
    export(given.rated, "trl")
    assert [row["label"] for row in loaded(file)] == [True, False]
    export(given.steps, "trl")
    assert set(loaded(file).column_names) == {"prompt", "completions", "labels"}
    export(given.conversations[:2], "trl-prompt-completion")
    done = [data.maybe_apply_chat_template(row, tokenizer()) for row in loaded(file)]
    assert [row["completion"] for row in done] == [
        "[Peru is in South America.]Lima<|im_end|>\n",
        "[They leave.]Farewell.<|im_end|>\n",
    ]
    export(given.conversations[:3], "trl-prompt-only")
    asked = [data.maybe_apply_chat_template(row, tokenizer())["prompt"] for row in loaded(file)]
    assert all(text.endswith("<|im_start|>assistant\n") for text in asked)
    export([Sample(id="t", response="some text")], "trl")
    assert loaded(file)[0] == {"text": "some text"}


def test_datasets_loads_every_format_with_the_types_that_were_written(
    export: Export, given: SimpleNamespace, tmp_path: Path
) -> None:
    broken = Sample(id="half", input="what?", response="half a \ud83d pair and NUL \0")
    for format in ("chatml", "axolotl", "llama-factory", "llama-factory-openai", "openai", "sharegpt"):
        export([*given.conversations, broken], format)
        lines = (tmp_path / "train.jsonl").read_text(encoding="utf-8").splitlines()
        for row, line in zip(loaded(tmp_path / "train.jsonl"), lines, strict=True):
            written = json.loads(line)
            assert without_nulls(row) == written, format


def without_nulls(value: Any) -> Any:
    """A value as Arrow gives it back, but the keys that other rows have."""
    if isinstance(value, dict):
        return {key: without_nulls(part) for key, part in value.items() if part is not None}
    return [without_nulls(part) for part in value] if isinstance(value, list) else value


# -- LLaMA-Factory ------------------------------------------------------------------------------------------


def converted(folder: Path) -> list[dict[str, Any]]:
    """Rows as its converter gives them, found by its dataset_info.json."""
    parser = pytest.importorskip("llamafactory.data.parser", reason="LLaMA-Factory is not installed")
    converter = pytest.importorskip("llamafactory.data.converter")
    (attributes,) = parser.get_dataset_list(["train"], str(folder))
    assert attributes.dataset_name == "train.jsonl"
    convert = converter.get_dataset_converter(attributes.formatting, attributes, None)
    return [convert(row) for row in loaded(folder / attributes.dataset_name)]


@pytest.mark.parametrize("format", ["llama-factory", "llama-factory-openai"])
def test_llama_factory_keeps_every_conversation_and_its_arguments(
    export: Export, given: SimpleNamespace, tmp_path: Path, format: str
) -> None:
    pytest.importorskip("llamafactory.data.parser", reason="LLaMA-Factory is not installed")
    export(given.conversations, format, reasoning="none")
    found = converted(tmp_path)
    assert all(len(row["_prompt"]) % 2 == 1 and len(row["_response"]) == 1 for row in found)
    assert [turn["role"] for turn in found[2]["_prompt"]] == ["user", "function", "observation"]
    assert found[2]["_prompt"][2]["content"] == "4\n</tool_response>\n<tool_response>\n6"
    calls = formatted(found[3]["_response"][0]["content"])
    assert calls == [("find", {"a": "it"})]
    assert formatted(found[2]["_prompt"][1]["content"]) == [
        ("add", {"a": 2, "b": 2}),
        ("add", {"a": 3, "b": 3}),
    ]
    assert found[1]["_system"].startswith("Be brief.")
    assert json.loads(found[3]["_tools"])


def formatted(content: str) -> list[tuple[str, Any]]:
    """The calls that its formatter reads in a turn; arguments are JSON exactly once."""
    formatter = pytest.importorskip("llamafactory.data.formatter")
    tools = pytest.importorskip("llamafactory.data.tool_utils")
    made = formatter.FunctionFormatter(slots=["{{content}}"], tool_format="qwen")
    text = made.apply(content=content, thought_words=("<think>\n", "\n</think>\n\n"))[0]
    found = tools.get_tool_utils("qwen").tool_extractor(text)
    return [(name, json.loads(arguments)) for name, arguments in found]


def test_llama_factory_reads_thoughts_history_pairs_and_ratings(
    export: Export, given: SimpleNamespace, tmp_path: Path
) -> None:
    pytest.importorskip("llamafactory.data.parser", reason="LLaMA-Factory is not installed")
    export([given.other_tools, given.tools], "llama-factory")
    assert formatted(converted(tmp_path)[0]["_response"][0]["content"]) == [("find", {"a": "it"})]
    export([given.chat, given.plain], "llama-factory-alpaca")
    chat, plain = converted(tmp_path)
    assert [turn["content"] for turn in chat["_prompt"]] == ["Grüße! 你好?", "Hello.", "Bye"]
    assert (chat["_system"], plain["_system"]) == ("Be brief.", "")
    assert plain["_response"][0]["content"] == "<think>\nPeru is in South America.\n</think>\n\nLima"
    for format in ("llama-factory", "llama-factory-alpaca"):
        export(given.pairs, format)
        pair = converted(tmp_path)[0]
        assert [turn["content"] for turn in pair["_response"]] == ["this", "that"]
        assert (pair["_system"], pair["_prompt"][-1]["content"]) == ("Choose.", "Which one?")
    export(given.rated, "llama-factory")
    good, bad = converted(tmp_path)
    assert [turn["content"] for turn in good["_response"]] == ["blue", ""]
    assert [turn["content"] for turn in bad["_response"]] == ["", "green"]


# -- Axolotl ------------------------------------------------------------------------------------------------


def test_axolotl_parses_arguments_and_keeps_reasoning(
    export: Export, given: SimpleNamespace, tmp_path: Path
) -> None:
    strategies = pytest.importorskip(
        "axolotl.prompt_strategies.chat_template", reason="Axolotl is not installed"
    )
    export(given.conversations, "axolotl")
    prompter = strategies.ChatTemplatePrompter(tokenizer(), TEMPLATE)
    strategy = strategies.ChatTemplateStrategy(prompter, tokenizer(), False, 512)
    found = [strategy.get_conversation_thread(row) for row in loaded(tmp_path / "train.jsonl")]
    assert found[2][1]["tool_calls"][0]["function"]["arguments"] == {"a": 2, "b": 2}
    assert found[3][1]["tool_calls"][0]["function"]["arguments"] == {"a": "it"}
    assert found[1][-1]["reasoning_content"] == "They leave."
    assert [turn["role"] for turn in found[1]] == ["system", "user", "assistant", "user", "assistant"]
    tools = [strategy._get_tools(row) for row in loaded(tmp_path / "train.jsonl")]
    assert [tool["function"]["name"] for tool in tools[2]] == ["add", "find"]


def test_axolotl_reads_pairs(export: Export, given: SimpleNamespace, tmp_path: Path) -> None:
    dpo = pytest.importorskip(
        "axolotl.prompt_strategies.dpo.chat_template", reason="Axolotl is not installed"
    )
    export(given.pairs, "axolotl")
    words = tokenizer()
    transform, _ = dpo.default({"datasets": [{"chat_template": "tokenizer_default"}]})
    found = [transform(row, tokenizer=words) for row in loaded(tmp_path / "train.jsonl")]
    assert found[0]["prompt"].endswith("Which one?<|im_end|>\n<|im_start|>assistant\n")
    assert [row["chosen"] for row in found] == ["this<|im_end|>", "here<|im_end|>"]


# -- Unsloth ------------------------------------------------------------------------------------------------


def test_unsloth_standardizes_conversations(export: Export, given: SimpleNamespace, tmp_path: Path) -> None:
    unsloth = pytest.importorskip("unsloth_zoo.dataset_utils", reason="Unsloth is not installed")
    export([given.chat, given.plain], "unsloth")
    found = unsloth.standardize_data_formats(loaded(tmp_path / "train.jsonl"))
    assert found[0]["conversations"][0] == {"content": "Be brief.", "role": "system"}
    assert found[1]["conversations"][1]["content"].startswith("<think>\nPeru is in South America.\n</think>")


def test_a_turn_that_a_tool_only_calls_has_content(
    export: Export, given: SimpleNamespace, tmp_path: Path
) -> None:
    row = Sample(id="r", messages=(Message(role="user", content="x"), *given.other_tools.messages[1:]))
    export([row], "chatml")
    assert loaded(tmp_path / "train.jsonl")[0]["messages"][1]["content"] == ""
