"""Purchases and cases follow from the population and the seed, and change nothing else."""

from __future__ import annotations

from collections import Counter

from connectors.population.dealings import dealings
from connectors.population.make import make_population
from connectors.sandboxes.run import start_sandboxes

SYSTEMS = ("zoho_crm", "fxiaoke", "zendesk")


def test_the_same_seed_makes_the_same_dealings_and_another_seed_others() -> None:
    people = make_population(200, 3, SYSTEMS)
    assert dealings(people, 3) == dealings(people, 3)
    assert dealings(people, 3) != dealings(people, 4)


def test_a_buyers_dealings_do_not_depend_on_the_others() -> None:
    people = make_population(200, 3, SYSTEMS)
    some = people[: len(people) // 2]
    latest = max(people, key=lambda one: one.modified_at)
    alone = {one.key for one in dealings([*some, latest], 3)}
    assert alone <= {one.key for one in dealings(people, 3)}


def test_sales_keep_purchases_service_cases_and_each_refers_to_its_contact() -> None:
    people = make_population(400, 5, SYSTEMS)
    contacts = {one.key for one in people if one.kind == "contact"}
    made = dealings(people, 5)
    counts = Counter((one.system, one.kind) for one in made)
    assert set(counts) == {("zoho_crm", "purchase"), ("fxiaoke", "purchase"), ("fxiaoke", "case")}
    assert {one.refers_to for one in made} <= contacts
    assert len({one.key for one in made}) == len(made)
    assert all(set(one.customers) == {"interaction"} for one in made)


def test_the_customers_records_are_the_same_with_and_without_dealings() -> None:
    people = [one for one in make_population(30, 2, ("zoho_crm", "fxiaoke")) if one.system != "zendesk"]
    shown = []
    for population in (people, None):
        with start_sandboxes(("zoho_crm", "fxiaoke"), 30, 2, population=population) as running:
            shown.append(
                {
                    (name, stream, one.record_id): one.values
                    for name, sandbox in running.sandboxes.items()
                    for stream in sandbox.book.streams()
                    for one in sandbox.book.all(stream)
                    if stream not in {"Deals", "SalesOrderObj", "CasesObj"}
                }
            )
    assert shown[0] == shown[1]
