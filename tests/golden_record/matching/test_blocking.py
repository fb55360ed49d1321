from __future__ import annotations

from golden_record.matching.blocking import MOST_KEYS, block_keys, pairs
from golden_record.matching.model import Model
from tests.golden_record.matching.made import company, mobile, name, person, shipped_models

MODEL = Model.model_validate(
    {
        "thresholds": {"auto": 6, "review": 0},
        "prior": 0.0001,
        "blocking": [["phones"], {"fields": ["name", "birthday"], "max": 3}, ["name.pinyin", "company.core"]],
        "comparisons": [{"field": "phones", "levels": [{"when": "any_equal", "m": 0.5, "u": 0.1}, {"when": "else"}]}],
    }
)
WANG = name("王", "伟", pinyin="wangwei")
BORN = {"key": "1980-05-05"}


def test_a_rule_needs_all_of_its_fields() -> None:
    assert len(block_keys(MODEL, person("a", name=WANG))) == 0
    assert len(block_keys(MODEL, person("a", name=WANG, birthday=BORN))) == 1
    assert len(block_keys(MODEL, person("a", name=WANG, birthday=BORN, company={"core": "华为技术"}))) == 2


def test_each_of_many_values_finds_its_bucket() -> None:
    both = person("a", phones=(mobile("+8613812345678"), mobile("+8613987654321")))
    found = pairs(
        MODEL, [both, person("b", phones=mobile("+8613812345678")), person("c", phones=mobile("+8613987654321"))]
    )
    assert found.pairs == (("a", "b"), ("a", "c"))


def test_a_person_and_a_company_are_never_compared() -> None:
    phone = mobile("+861088886666")
    assert pairs(MODEL, [person("a", phones=phone), company("b", phones=phone)]).pairs == ()


def test_a_bucket_that_is_too_full_is_skipped_and_reported_without_its_values() -> None:
    found = pairs(MODEL, [person(f"r{i}", name=WANG, birthday=BORN) for i in range(4)])
    assert found.pairs == ()
    assert found.skipped == {"name + birthday": (4,)}


def test_a_record_with_a_thousand_phones_does_not_explode() -> None:
    many = tuple(mobile(f"+86138{i:08d}") for i in range(1000))
    assert len(block_keys(MODEL, person("a", phones=many))) == MOST_KEYS


def test_a_pair_that_shares_many_keys_comes_once() -> None:
    twins = [person(key, phones=mobile("+8613812345678"), name=WANG, birthday=BORN) for key in "ba"]
    assert pairs(MODEL, twins).pairs == (("a", "b"),)


def test_a_brand_alone_is_looked_at_beside_the_full_name_by_the_shipped_rules() -> None:
    full = company("a", name={"key": "锐达建筑工程", "core": "锐达建筑工程", "brand": "锐达"})
    alone = company("b", name={"key": "锐达", "core": "锐达", "brand": "锐达"})
    assert pairs(shipped_models()["company"], [full, alone]).pairs == (("a", "b"),)
