from __future__ import annotations

from golden_record.matching.borrow import borrow
from golden_record.matching.model import Model
from tests.golden_record.matching.made import company, landline, mail, mobile, name, person, shipped_models

PERSON, COMPANY = shipped_models()["person"], shipped_models()["company"]
FIRM = {"key": "华为技术", "core": "华为技术"}


def test_a_contact_is_known_by_the_account_that_it_refers_to() -> None:
    found = borrow(PERSON, person("a", name=name("王", "伟")), [("employer", company("z", name=FIRM))])
    assert found.features["company_name"] == (FIRM,)
    assert found.features["name"] == (name("王", "伟"),)


def test_what_a_record_says_itself_is_never_replaced() -> None:
    own = {"key": "腾讯", "core": "腾讯"}
    assert borrow(PERSON, person("a", company_name=own), [("employer", company("z", name=FIRM))]).features == {
        "company_name": (own,)
    }


def test_other_relations_and_entities_lend_nothing() -> None:
    plain = person("a", name=name("王", "伟"))
    assert borrow(PERSON, plain, [("parent", company("z", name=FIRM)), ("employer", person("y", name=FIRM))]) is plain


def test_a_leads_company_borrows_the_domain_and_the_line_of_its_person_and_no_more() -> None:
    lead = person("a", name=name("王", "伟"), emails=mail("w@huawei.com"), phones=landline("+8675528780808", "12"))
    found = borrow(COMPANY, company("b", name=FIRM), beside=[lead])
    assert found.features["emails"] == ({"domain": "huawei.com"},)
    assert found.features["phones"] == ({"line": "+8675528780808", "type": "fixed"},)
    assert found.blocks == company("b", name=FIRM).blocks


def test_the_order_of_neighbours_does_not_matter_and_equal_values_come_once() -> None:
    lenders = [person(key, emails=mail(f"{key}@huawei.com")) for key in "xy"] + [
        person("z", emails=mail("z@huawei.cn"))
    ]
    forth, back = (borrow(COMPANY, company("b"), beside=found) for found in (lenders, lenders[::-1]))
    assert forth == back
    assert forth.features["emails"] == ({"domain": "huawei.com"}, {"domain": "huawei.cn"})


def test_only_values_of_a_kind_can_be_lent() -> None:
    rule = {"entity": "person", "field": "phones", "into": "phones", "only": {"type": "fixed"}}
    model = Model.model_validate({**COMPANY.model_dump(), "borrows": [rule]})
    lender = person("a", phones=(mobile("+8613812345678"), landline("+8675528780808")))
    assert borrow(model, company("b"), beside=[lender]).features["phones"] == (landline("+8675528780808"),)


def test_a_companys_own_web_site_and_domains_are_mail_domains_too() -> None:
    site, listed = {"key": "huawei.com", "domain": "huawei.com"}, {"key": "huawei.cn"}
    found = borrow(COMPANY, company("a", website=site, domains=listed, emails=mail("info@huawei.de")))
    assert [value["domain"] for value in found.features["emails"]] == ["huawei.de", "huawei.com", "huawei.cn"]
