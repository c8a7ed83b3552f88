"""The formats of those who train on the data: TRL, Axolotl, LLaMA-Factory, Unsloth, OpenAI, and the generic ones."""

from __future__ import annotations

from collections.abc import Sequence

from datagen_core import Component, Preset, hookimpl


@hookimpl
def datagen_exporters() -> Sequence[Component]:
    """One exporter for each consumer and generic format; their forms are presets."""
    return [
        Component(
            name="trl",
            summary="TRL: messages, prompt-completion, prompt-only, preference, unpaired, stepwise, text",
            config="datagen_plugin_formats.config:TrlConfig",
            impl="datagen_plugin_formats.trl:Trl",
            presets=tuple(
                Preset(name=form, summary=f"TRL's type for {use}", options={"form": form})
                for form, use in (
                    ("prompt-completion", "SFT on the answer alone"),
                    ("prompt-only", "GRPO and online DPO; the answer goes along as reference_answer"),
                    ("preference", "DPO and reward models"),
                    ("unpaired", "KTO"),
                    ("stepwise", "process reward models"),
                    ("text", "language modelling on plain text"),
                )
            ),
        ),
        Component(
            name="axolotl",
            summary="Axolotl: chat_template, alpaca, dpo; with the lines for its YAML beside the file",
            config="datagen_plugin_formats.config:AxolotlConfig",
            impl="datagen_plugin_formats.axolotl:Axolotl",
            presets=(
                Preset(name="alpaca", summary="Axolotl's type alpaca", options={"form": "alpaca"}),
                Preset(name="dpo", summary="Axolotl's type chat_template.default", options={"form": "dpo"}),
            ),
        ),
        Component(
            name="llama-factory",
            summary="LLaMA-Factory: sharegpt, alpaca, openai, also ranked; with its dataset_info.json",
            config="datagen_plugin_formats.config:LlamaFactoryConfig",
            impl="datagen_plugin_formats.llama_factory:LlamaFactory",
            presets=(
                Preset(name="alpaca", summary="with formatting: alpaca", options={"formatting": "alpaca"}),
                Preset(name="openai", summary="with formatting: openai", options={"formatting": "openai"}),
            ),
        ),
        Component(
            name="unsloth",
            summary="Unsloth: conversations of from and value, for standardize_sharegpt",
            config="datagen_plugin_formats.config:FormatConfig",
            impl="datagen_plugin_formats.unsloth:Unsloth",
        ),
        Component(
            name="openai",
            summary="OpenAI fine-tuning: sft, dpo, rft",
            config="datagen_plugin_formats.config:OpenAIConfig",
            impl="datagen_plugin_formats.openai:OpenAI",
            presets=(
                Preset(name="dpo", summary="OpenAI's preference fine-tuning", options={"form": "dpo"}),
                Preset(name="rft", summary="OpenAI's reinforcement fine-tuning", options={"form": "rft"}),
            ),
        ),
        Component(
            name="chatml",
            summary="messages of role and content: what most tools mean by ChatML",
            config="datagen_plugin_formats.config:ChatmlConfig",
            impl="datagen_plugin_formats.generic:Chatml",
            presets=(
                Preset(
                    name="text",
                    summary="one text with ChatML's marks <|im_start|> and <|im_end|>",
                    options={"form": "text"},
                ),
            ),
        ),
        Component(
            name="alpaca",
            summary="instruction, input and output, as Stanford Alpaca has them",
            config="datagen_plugin_formats.config:FormatConfig",
            impl="datagen_plugin_formats.generic:Alpaca",
        ),
        Component(
            name="sharegpt",
            summary="conversations of from and value, tools included",
            config="datagen_plugin_formats.config:FormatConfig",
            impl="datagen_plugin_formats.generic:ShareGpt",
        ),
        Component(
            name="prompt-completion",
            summary="prompt and completion as plain texts",
            config="datagen_plugin_formats.config:FormatConfig",
            impl="datagen_plugin_formats.generic:PromptCompletion",
        ),
        Component(
            name="preference",
            summary="prompt, chosen and rejected as lists of messages",
            config="datagen_plugin_formats.config:FormatConfig",
            impl="datagen_plugin_formats.generic:Preference",
        ),
    ]
