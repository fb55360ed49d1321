"""What `crmhub connect` makes of answers."""

from __future__ import annotations

from typing import Any

import pytest

from connectors import registry
from flows.connecting import Question, answered, questions


def question(connector: str, name: str) -> Question:
    return next(one for one in questions(registry.connector(connector)) if one.name == name)


@pytest.mark.parametrize(
    ("connector", "name", "text", "wanted"),
    [
        ("zoho_desk", "org_id", "20230000012", "20230000012"),
        ("fxiaoke", "ea", "0071", "0071"),
        ("fxiaoke", "objects", "[AccountObj, 0071]", ["AccountObj", "0071"]),
        ("freshdesk", "page_size", "50", 50),
        ("zendesk", "identities", "false", False),
        ("zendesk", "webhook_secrets", "[s3, 4e2]", ["s3", "4e2"]),
        ("freshdesk", "api_key", "1e5", "1e5"),
        ("sql", "streams", "{people: {table: customers, key: id}}", {"people": {"table": "customers", "key": "id"}}),
        ("freshdesk", "page_size", "[50", "[50"),
    ],
)
def test_texts_stay_as_written_and_the_rest_is_read_as_yaml(connector: str, name: str, text: str, wanted: Any) -> None:
    assert answered(question(connector, name), text) == wanted
