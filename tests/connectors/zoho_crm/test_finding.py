from __future__ import annotations

import pytest

from connectors.contract import Lookup
from tests.connectors.zoho_crm.conftest import ULID, Start, Zoho, contact, create, records

NONE = ULID.format(9999)


def test_a_record_made_a_moment_ago_is_found_though_the_search_index_lags(zoho: Zoho) -> None:
    (made,) = zoho.writer().write([create(1)])
    (found,) = zoho.writer().find([Lookup("w1", "Leads", ULID.format(1), {})])
    assert (found.record_id, found.by) == (made.record_id, "binding_id")
    assert zoho.get("/crm/v8/Leads/search", email="new1@b.example").status_code == 204


@pytest.mark.parametrize(
    ("fields", "by"),
    [
        ({"Email": "ANN1@a.example"}, "mail"),
        ({"Secondary_Email": "ann1@a.example"}, "mail"),
        ({"Mobile": "+86 138-0000 1111"}, "phone"),
    ],
)
def test_mail_and_phone_are_looked_for_in_every_field_of_their_kind(
    start: Start, fields: dict[str, str], by: str
) -> None:
    zoho = start([contact(0), contact(1, phone_2="8613800001111"), contact(2)])
    (found,) = zoho.writer().find([Lookup("w", "Contacts", NONE, fields)])
    assert found.by == by
    assert found.record["First_Name"] == "Ann1"


def test_all_who_share_a_mailbox_are_named(start: Start) -> None:
    zoho = start([contact(n, email="family@a.example") for n in range(3)])
    found = list(zoho.writer().find([Lookup("w", "Contacts", NONE, {"Email": "family@a.example"})]))
    assert len({one.record_id for one in found}) == 3


def test_nobody_is_found_for_unknown_or_empty_values(zoho: Zoho) -> None:
    lookups = [Lookup("a", "Contacts", NONE, {"Email": "x@y.example"}), Lookup("b", "Contacts", NONE, {"Mobile": ""})]
    assert list(zoho.writer().find(lookups)) == []


def test_fifty_lookups_are_one_query(start: Start) -> None:
    zoho = start([contact(n) for n in range(120)])
    people = records(zoho.reader().read(None))
    lookups = [Lookup(one["id"], "Contacts", NONE, {"Email": one["Email"]}) for one in people]
    zoho.calls()
    found = {one.write_id: one.record_id for one in zoho.writer().find(lookups)}
    assert found == {one["id"]: one["id"] for one in people}
    calls = zoho.calls()
    assert calls["POST /crm/v8/coql"] == 3


def test_quotes_and_backslashes_in_a_value_are_no_query(start: Start) -> None:
    zoho = start([contact(1, email="o'brien@a.example")])
    texts = ["o'brien@a.example", "x' or 'a'='a", "\\", "') or id is not null or (Email = '"]
    lookups = [Lookup(text, "Contacts", NONE, {"Email": text}) for text in texts]
    assert [found.write_id for found in zoho.writer().find(lookups)] == ["o'brien@a.example"]
