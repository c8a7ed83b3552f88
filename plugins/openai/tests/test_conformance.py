from __future__ import annotations

from datagen_core.testing import ModelConformance


class TestOpenAI(ModelConformance):
    component = "openai"


class TestOllama(ModelConformance):
    component = "openai"
    options = {"provider": "ollama", "price": {"prompt_per_million": 0, "completion_per_million": 0.5}}


class TestAnEndpointThatCanOnlyChat(ModelConformance):
    component = "openai"
    options = {"base_url": "http://localhost:9/v1", "capabilities": [], "headers": {"X-Title": "mine"}}
