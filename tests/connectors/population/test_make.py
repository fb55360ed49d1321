from __future__ import annotations

import random
from collections import Counter
from itertools import combinations
from pathlib import Path

import phonenumbers
import pytest
from stdnum.cn import uscc

from connectors.population import companies, places
from connectors.population.companies import uscc_of
from connectors.population.contract import TypedIn
from connectors.population.drafts import Draft, groups
from connectors.population.make import make_population, typed_in
from connectors.population.noise import Noise, page_table
from tests.connectors.population import scoring
from tests.connectors.population.careful import clusters
from tests.connectors.population.scoring import closed, cluster_score, joined, mail_keys, pair_score, phone_keys

SYSTEMS = ("zoho_crm", "fxiaoke", "zendesk", "web_forms")
SEEDS = (1, 2, 3, 11, 29)
CITIES = [city.name.removesuffix("市") for city in places._CITIES_CN]
TRADES = sorted(
    companies._TRADES[0::2] + [word.lower() for line in companies._WEST_TRADES.values() for word in line.split()],
    key=len,
    reverse=True,
)


def population(seed: int, customers: int = 1000) -> tuple[TypedIn, ...]:
    return make_population(customers, seed, SYSTEMS)


def test_the_same_seed_makes_the_same_population_and_another_seed_another() -> None:
    assert population(5, 60) == population(5, 60)
    assert population(5, 60) != population(6, 60)


@pytest.mark.parametrize("customers", [0, 1, 2, 10])
def test_small_populations_can_be_made(customers: int) -> None:
    customers_named = {one for record in population(1, customers) for one in record.customers.values()}
    assert len(customers_named) <= customers
    assert bool(customers_named) == bool(customers)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_thousand_customers_give_about_three_thousand_records_of_every_kind(seed: int) -> None:
    records = population(seed)
    assert 2700 < len(records) < 3300
    kinds = Counter((one.system, one.kind) for one in records)
    assert set(kinds) == {
        ("zoho_crm", "contact"),
        ("zoho_crm", "account"),
        ("zoho_crm", "lead"),
        ("fxiaoke", "contact"),
        ("fxiaoke", "account"),
        ("fxiaoke", "lead"),
        ("zendesk", "user"),
        ("zendesk", "organization"),
        ("web_forms", "entry"),
    }
    assert min(kinds.values()) > 100


def test_keys_are_unique_and_references_stay_inside_their_system_and_come_later() -> None:
    seen: dict[str, TypedIn] = {}
    for record in population(1):
        assert record.key not in seen
        seen[record.key] = record
        if record.refers_to is not None:
            account = seen[record.refers_to]
            assert (account.system, account.kind in {"account", "organization"}) == (record.system, True)


def test_a_system_left_out_keeps_its_records_to_itself() -> None:
    records = make_population(100, 1, ["zendesk"])
    assert {one.system for one in records} == {"zendesk"}
    assert len({one.customers.get("person") for one in records} - {None}) == 73


def test_at_least_ten_different_people_are_called_wang_wei() -> None:
    for seed in SEEDS:
        shown = {one.customers["person"] for one in population(seed) if one.values.get("full_name") == "王伟"}
        assert len(shown) >= 8  # others of the ten are known as 王经理, Wang Wei, …


@pytest.mark.parametrize("seed", SEEDS)
def test_joining_on_an_equal_phone_or_mail_stays_below_085(seed: int) -> None:
    records = population(seed)
    truth = scoring.places(records)
    keys = {place: {*phone_keys(records[place[0]]), *mail_keys(records[place[0]])} for place in truth}
    pairs = joined(keys)
    assert pair_score(truth, pairs).f1 < 0.85
    assert cluster_score(truth, closed(truth, pairs)).f1 < 0.85
    # nor does it get there when it knows that what many show is no evidence
    rare = {key for key, count in Counter(key for mine in keys.values() for key in mine).items() if count <= 8}
    careful = joined({place: mine & rare for place, mine in keys.items()})
    assert cluster_score(truth, closed(truth, careful)).f1 < 0.85


@pytest.mark.parametrize("seed", SEEDS)
def test_a_careful_reader_tells_nearly_all_customers_apart_and_together(seed: int) -> None:
    records = population(seed)
    score = cluster_score(scoring.places(records), clusters(records, CITIES, TRADES))
    assert score.precision > 0.975
    assert score.recall > 0.94


@pytest.mark.parametrize("seed", SEEDS)
def test_at_least_97_of_100_true_pairs_hang_together_by_facts_that_their_values_show(seed: int) -> None:
    drafts = typed_in(random.Random(seed), 1000, seed, SYSTEMS, Noise())
    kept: dict[tuple[str, str], list[Draft]] = {}
    for draft in drafts:
        for entity in draft.facts:
            kept.setdefault((entity, draft.customers[entity]), []).append(draft)
    total = together = 0
    for (entity, _), mine in kept.items():
        total += len(mine) * (len(mine) - 1) // 2
        together += sum(len(list(combinations(group, 2))) for group in groups(mine, entity))
    assert together / total > 0.97


def test_every_record_keeps_a_name_and_most_persons_a_way_to_reach_them() -> None:
    records = population(1)
    assert all(one.values.get("full_name") or one.values.get("company") for one in records)
    persons = [one for one in records if "person" in one.customers]
    reachable = [one for one in persons if {"mobile", "phone", "email"} & set(one.values)]
    assert len(reachable) / len(persons) > 0.9


def test_true_numbers_have_the_form_of_real_ones() -> None:
    numbers = [f"+{key}" for one in population(1) for key in phone_keys(one) if "00000" not in key]
    valid = sum(phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in numbers)
    assert valid / len(numbers) > 0.93  # the rest: slips of a digit, placeholders, prefixes not assigned


def test_registration_numbers_check() -> None:
    chance = random.Random(1)
    assert all(uscc.is_valid(uscc_of(chance, "440300")) for _ in range(200))


def test_dates_run_forward_and_end_before_the_sandboxes_begin() -> None:
    for one in population(1):
        assert one.created_at.tzinfo is not None
        assert one.created_at <= one.modified_at
        assert one.modified_at.year <= 2026


def test_without_noise_every_person_shows_name_number_and_mailbox_as_they_are() -> None:
    silent = Noise(**dict.fromkeys(Noise.__dataclass_fields__, 0.0))
    for one in make_population(100, 1, SYSTEMS, silent):
        if one.kind in {"contact", "lead"}:
            assert {"family", "given", "mobile", "email"} <= set(one.values)
            assert "＠" not in str(one.values["email"])


def test_the_published_table_is_the_table() -> None:
    page = Path(__file__).parents[3] / "docs" / "population.md"
    assert page_table(Noise()) in page.read_text(encoding="utf-8")
