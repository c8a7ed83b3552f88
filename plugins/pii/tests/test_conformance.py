from __future__ import annotations

from collections.abc import Sequence

from datagen_plugin_pii.config import USUAL

from datagen_core.inputs import Inputs
from datagen_core.sample import Message, Sample
from datagen_core.testing import (
    GeneratorConformance,
    ModelValidatorConformance,
    ScriptedModel,
    ValidatorConformance,
    make_inputs,
)
from datagen_core.testing.toy_data import make_samples

HELD = (
    ("write to jane.roe@corp.test by noon", "music"),
    ("call me at (415) 555-2671 tonight", "weather"),
    ("card 4111 1111 1111 1111 please", "music"),
    ("nothing in here at all", "weather"),
)


class TestPii(ValidatorConformance):
    component = "pii"

    def failing(self) -> Sequence[Sample]:
        chat = (Message(role="user", content="hi"), Message(role="assistant", content="ask jane@corp.test"))
        return [*make_samples(HELD[:3]), Sample(id="chat", messages=chat)]


class TestPiiWithEverythingOn(ValidatorConformance):
    component = "pii"
    options = {
        "types": [*USUAL, "URL", "DOMAIN", "PASSPORT"],
        "national_ids": ["BR", "CN", "ES", "FI", "FR", "IN", "IT", "PL", "SE"],
        "phone_leniency": "possible",
        "regions": ["US", "MX"],
        "allow": ["corp.test"],
    }

    def failing(self) -> Sequence[Sample]:
        return make_samples(["see www.corp-intranet.com/jane", "CPF 390.533.447-05"])

    def passing(self) -> Sequence[Sample]:
        return make_samples(["write to jane.roe@corp.test"])


class TestPiiJudge(ModelValidatorConformance):
    """Asks a model that knows one name and can't be read where a row shouts."""

    component = "pii-judge"

    def model(self) -> ScriptedModel:
        def answer(request, call):
            text = "".join(message.content for message in request.messages)
            if "HELLO" in text:
                return "nothing to say"
            found = '{"text": "Jane Roe", "kind": "name"}' if "Jane Roe" in text else ""
            return f'{{"found": [{found}]}}'

        return ScriptedModel(answer, latency_s=0)

    def failing(self) -> Sequence[Sample]:
        return make_samples(["ask Jane Roe", "HELLO THERE"])


class TestRedact(GeneratorConformance):
    component = "redact"

    def inputs(self) -> Inputs:
        return make_inputs(HELD)


class TestRedactPlaceholder(GeneratorConformance):
    component = "redact-placeholder"

    def inputs(self) -> Inputs:
        return make_inputs(HELD)


class TestRedactSurrogate(GeneratorConformance):
    component = "redact-surrogate"
    options = {"salt": "pepper"}

    def inputs(self) -> Inputs:
        return make_inputs(HELD)
