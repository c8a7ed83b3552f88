from __future__ import annotations

from datagen_core.testing import ValidatorConformance


class TestSchemaOfTexts(ValidatorConformance):
    component = "schema"
    options = {"json_schema": {"type": "string", "minLength": 10, "maxLength": 200}}


class TestSchemaOfRecords(ValidatorConformance):
    component = "schema"
    options = {
        "json_schema": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
            "required": ["name"],
        }
    }
