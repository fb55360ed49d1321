"""The table of API coverage in each README is true: what a connector really calls stands there as called."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests

from connectors.contract import Lookup, WriteRequest
from tests.connectors.contract_suite.rigs import CUSTOMERS, HTTP, Rig, over_http
from tests.connectors.contract_suite.test_clauses import LOG, pull

ROOT = Path(__file__).parents[2] / "connectors"
SYSTEMS = sorted(HTTP.keys() - {"bazaar"})
WORDS = {
    "zoho_crm": {
        "token": "oauth/v2/token",
        "fields": "/settings/fields",
        "coql": "/coql",
        "upsert": "/upsert",
        "deleted": "/deleted",
        "count": "/actions/count",
        "": "/{module}",
    },
    "fxiaoke": {
        "V2": "corpAccessToken",
        "list": "object/list",
        "describe": "object/describe",
        "query": "query",
        "create": "create",
        "update": "update",
    },
    "zendesk": {
        "tokens": "oauth refresh",
        "cursor": "exports",
        "me": "users/me",
        "show_many": "show_many",
        "create_many": "create_many",
        "update_many": "update_many",
        "search": "users/search",
        "identities": "identities",
        "organizations": "exports",
        "": "single create, update",
    },
    "freshdesk": {"contacts": "/contacts", "companies": "/companies", "tickets": "/tickets", "": "/contacts/{id}"},
    "zoho_desk": {
        "token": "token refresh",
        "search": "/search",
        "contacts": "/contacts",
        "": "of contacts and accounts",
    },
    "udesk": {"customers": "/customers", "get_customer": "get_customer", "update_customer": "update_customer"},
    "web_forms": {"responses": "typeform `get /forms/{id}/responses`", "": "typeform `get /forms`"},
}
"""System -> the last word of a path -> what the README calls it; "" where the path ends in an id or a module."""
CALLED = re.compile(r"^\| (?P<call>.+?) \| (?P<called>.+?) \|", re.MULTILINE)


def whole_session(rig: Rig) -> set[str]:
    """Let a connector do all that it does; return the calls that its simulator counted."""
    source = rig.source()
    source.check(LOG, rig.config)
    source.discover(LOG, rig.config)
    known = list(pull(rig).records(rig))[:2]
    reader = rig.reader()
    records = list(reader.fetch([*known, "999999999"]))
    if rig.create:
        fields = {key: one.format(1) if isinstance(one, str) else one for key, one in rig.create.items()}
        writer, ulid = rig.writer(), "01ARZ3NDEKTSV4RRFFQ69G0001"
        list(writer.find([Lookup("w0", rig.stream, ulid, fields)]))
        list(writer.write([WriteRequest("w1", rig.stream, "create", fields, binding_id=ulid)]))
        change, held = {rig.edited: "Anders"}, {rig.edited: records[0].get(rig.edited)}
        list(writer.write([WriteRequest("w2", rig.stream, "update", change, known[0], held)]))
    assert rig.running is not None
    with requests.Session() as session:
        session.trust_env = False
        stats = session.get(f"{rig.running.control_url}/_stats", timeout=10).json()
    return set(stats[rig.name]["calls"])


def last_word(call: str) -> str:
    """Return the last part of a call's path that is a word of the API.

    >>> last_word("GET /api/v2/users/{id}.json"), last_word("POST /crm/v8/coql")
    ('', 'coql')
    """
    word = call.rsplit("/", 1)[-1].removesuffix(".json")
    return "" if word.startswith("{") or (word[:1].isupper() and word != "V2") else word


@pytest.mark.parametrize("name", SYSTEMS)
def test_what_a_connector_calls_stands_in_its_table_as_called(name: str, tmp_path: Path) -> None:
    text = (ROOT / name / "README.md").read_text(encoding="utf-8").lower()
    rows = [(one["call"], one["called"]) for one in CALLED.finditer(text)]
    with over_http(name, tmp_path, CUSTOMERS) as rig:
        calls = whole_session(rig)
    assert len(calls) >= 2
    for call in calls:
        words = WORDS[name].get(last_word(call), WORDS[name].get("", "")).lower()
        assert words, f"{call} has no words in this test"
        found = [called for said, called in rows if words in said or words in called]
        assert found, f"{call} ({words}) is missing in the table of {name}"
        assert any(called != "no" and not called.startswith("no ") for called in found), call
