from __future__ import annotations

from datagen_core.testing import ModelConformance


class TestLiteLLM(ModelConformance):
    component = "litellm"


class TestClaude(ModelConformance):
    component = "litellm"
    name = "claude-sonnet-4-5"
    options = {"provider": "anthropic"}


class TestALocalServer(ModelConformance):
    component = "litellm"
    name = "qwen2.5:7b"
    options = {"provider": "ollama_chat", "base_url": "http://localhost:9"}


class TestAnEndpointThatCanOnlyChat(ModelConformance):
    component = "litellm"
    options = {
        "provider": "openai",
        "base_url": "http://localhost:9/v1",
        "capabilities": [],
        "price": {"prompt_per_million": 0, "completion_per_million": 0.5},
    }
