"""Whose record it is, where the population has no record of that kind."""

from __future__ import annotations

import pytest

from connectors.sandboxes.run import start_sandboxes
from connectors.sandboxes.truth import truth
from tests.connectors.sandboxes.conftest import AT
from tests.system.world import typed

COMPANIES = {"zoho_crm": "Accounts", "fxiaoke": "AccountObj", "zendesk": "organizations"}
PERSONS = {"zoho_crm": "contact", "fxiaoke": "contact", "zendesk": "user"}


@pytest.mark.parametrize("system", sorted(COMPANIES))
def test_a_company_that_the_hub_made_first_is_a_company(system: str) -> None:
    phone = "+8655188220995"
    person = typed(system, PERSONS[system], "ann", {"family": "Lee", "full_name": "Ann Lee", "phone": phone}, at=AT)
    with start_sandboxes([system], 0, 1, population=[person]) as running:
        sandbox = running.sandboxes[system]
        made = sandbox.book.create(COMPANIES[system], {"name": "Acme", "Phone": phone, "tel": phone}, by="hub")
        (entry,) = [one for one in truth([sandbox]) if one["id"] == made.record_id]
    assert (entry["entity"], entry["customer"]) == ("company", None)
