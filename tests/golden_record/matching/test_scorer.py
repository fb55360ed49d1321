from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from golden_record.matching.compiled import MISSING
from golden_record.matching.evidence import Evidence
from golden_record.matching.frequencies import Frequencies
from golden_record.matching.model import Model
from golden_record.matching.scorer import BELOW_AUTO, PairScore, Scorer, score
from tests.golden_record.matching.made import company, landline, mail, mobile, name, person, role_mail, shipped_models

MODELS = shipped_models()
BASE = Frequencies(3_000)
PHONE, OTHER_PHONE = mobile("+8613812345678"), mobile("+8613987654321")
WANG, LI = name("王", "伟", pinyin="wangwei"), name("李", "娜", pinyin="lina")
SMITH = name("smith", "john", latin=True)
TOWN = Scorer(
    MODELS["person"],
    Frequencies(
        10_000,
        {
            ("name", "胡军祥"): 12,
            ("name", "韩红桂"): 12,
            ("company_name", "鼎信凯化工"): 20,
            ("company_name", "正旭化工"): 20,
        },
    ),
)
"""A base in which two customers of one employer share a name."""


def scored(a: Evidence, b: Evidence) -> PairScore:
    return score(MODELS[a.entity], BASE, a, b)


def test_a_weight_is_the_prior_and_the_comparisons_added_up() -> None:
    found = scored(person("a", name=WANG, phones=PHONE), person("b", name=WANG, phones=PHONE))
    assert found.cap is None
    assert found.weight == pytest.approx(found.prior + math.fsum(step.bits for step in found.comparisons))
    assert found.weight == pytest.approx(found.uncapped)


def test_a_field_that_one_side_lacks_weighs_nothing() -> None:
    steps = scored(person("a", name=WANG, phones=PHONE), person("b", name=WANG)).comparisons
    assert {step.level: step.bits for step in steps if step.field == "phones"} == {MISSING: 0.0}


def test_equal_name_and_mobile_are_one_customer() -> None:
    found = scored(person("a", name=WANG, phones=PHONE), person("b", name=WANG, phones=PHONE))
    assert found.decision == "auto"


def test_an_equal_name_alone_never_merges() -> None:
    assert scored(person("a", name=WANG), person("b", name=WANG)).decision != "auto"


def test_an_equal_phone_alone_never_merges_however_much_it_weighs() -> None:
    """Numbers are reissued, and a shared one joins strangers: one attribute goes to a steward."""
    eager = MODELS["person"].model_copy(update={"prior": 0.4})
    found = Scorer(eager, BASE).score(person("a", phones=PHONE), person("b", phones=PHONE))
    assert found.cap == "one_attribute"
    assert found.weight == pytest.approx(eager.thresholds.auto - BELOW_AUTO)
    assert found.decision == "review"
    assert found.uncapped > eager.thresholds.auto


def test_father_and_son_on_one_mailbox_stay_apart() -> None:
    box = mail("wangjia@163.com")
    son = name("王", "小明", pinyin="wangxiaoming")
    assert scored(person("a", name=WANG, emails=box), person("b", name=son, emails=box)).decision != "auto"


def test_a_role_mailbox_and_a_switchboard_do_not_join_colleagues() -> None:
    desk, box = landline("+861088886666"), role_mail("info@acme.cn")
    base = Frequencies(3_000, {("phones.line", "+861088886666"): 9, ("phones", "+861088886666"): 9})
    a, b = person("a", name=WANG, phones=desk, emails=box), person("b", name=LI, phones=desk, emails=box)
    assert score(MODELS["person"], base, a, b).decision == "apart"


def test_a_nickname_at_the_same_mailbox_is_one_customer() -> None:
    bob = name("smith", "bob", nickname="robert", latin=True)
    robert = name("smith", "robert", nickname="robert", latin=True)
    box = mail("rsmith@gmail.com")
    assert scored(person("a", name=bob, emails=box), person("b", name=robert, emails=box)).decision == "auto"


def test_two_companies_with_one_uscc_are_one_whatever_they_are_called() -> None:
    code = {"key": "91110108551385082Q"}
    a = company("a", uscc=code, name={"key": "字节跳动科技", "core": "字节跳动科技"})
    b = company("b", uscc=code, name={"key": "抖音", "core": "抖音"})
    assert scored(a, b).decision == "auto"


def test_two_valid_usccs_never_merge_by_themselves() -> None:
    same = {"key": "华为技术", "core": "华为技术"}
    desk, web = landline("+8675528780808"), mail("info@huawei.com")
    a = company("a", uscc={"key": "914403001922038216"}, name=same, phones=desk, emails=web)
    b = company("b", uscc={"key": "91310000607206518R"}, name=same, phones=desk, emails=web)
    found = scored(a, b)
    assert found.decision != "auto"


def test_an_equal_core_in_another_place_is_related_and_not_equal() -> None:
    web = mail("info@tencent.com")
    a = company("a", name={"key": "腾讯科技", "core": "腾讯科技", "place": "深圳"}, emails=web)
    b = company("b", name={"key": "腾讯科技", "core": "腾讯科技", "place": "北京"}, emails=web)
    assert scored(a, b).decision != "auto"


def test_a_branch_is_not_its_parent_though_number_and_domain_are_the_same() -> None:
    web, desk = mail("info@huawei.com"), landline("+8675528780808")
    parent = company("a", name={"key": "华为技术", "core": "华为技术", "form": "有限公司"}, emails=web, phones=desk)
    name = {"key": "华为技术上海分公司", "core": "华为技术", "branch": "上海分公司", "form": "有限公司"}
    found = scored(parent, company("b", name=name, emails=web, phones=desk))
    assert found.conflict
    assert found.decision != "auto"


def test_a_chinese_and_an_english_spelling_of_one_brand_meet_by_sound() -> None:
    web = mail("info@langheng.net")
    han = company("a", name={"key": "朗恒贸易", "core": "朗恒贸易", "pinyin": "langhengmaoyi"}, emails=web)
    latin = company(
        "b", name={"key": "langhengtrading", "core": "langheng trading", "pinyin": "langhengtrading"}, emails=web
    )
    other = company("c", name={"key": "acmefoods", "core": "acme foods", "pinyin": "acmefoods"}, emails=web)
    assert scored(han, latin).decision == "auto"
    assert scored(han, other).decision != "auto"


def test_a_family_name_alone_supports_a_mobile_but_not_a_family_mailbox() -> None:
    known = {"family": "王"}
    assert scored(person("a", name=WANG, phones=PHONE), person("b", name=known, phones=PHONE)).decision == "auto"
    box = Frequencies(3_000, {("emails", "wangjia@163.com"): 2})
    a, b = (
        person("a", name=WANG, emails=mail("wangjia@163.com")),
        person("b", name=known, emails=mail("wangjia@163.com")),
    )
    assert score(MODELS["person"], box, a, b).decision != "auto"


def test_a_slip_in_the_given_name_is_forgiven_where_mobile_and_mailbox_are_the_same() -> None:
    slip, box = name("王", "玮伟", pinyin="wang weiwei"), mail("ww@163.com")
    a, b = person("a", name=WANG, phones=PHONE, emails=box), person("b", name=slip, phones=PHONE, emails=box)
    assert scored(a, b).decision == "auto"


def test_brothers_called_alike_on_one_mailbox_stay_apart() -> None:
    """Jaro-Winkler over whole names sorted by letter finds Barbieri Chiara and Barbieri Lucia alike."""
    box = mail("barbieri@gmail.com")
    chiara, lucia = name("barbieri", "chiara", latin=True), name("barbieri", "lucia", latin=True)
    assert scored(person("a", name=chiara, emails=box), person("b", name=lucia, emails=box)).decision != "auto"


def test_namesakes_at_one_employer_with_other_mobiles_and_mailboxes_stay_apart() -> None:
    firm = {"key": "华为技术", "core": "华为技术"}
    a = person("a", name=WANG, company_name=firm, phones=PHONE, emails=mail("wei.wang@huawei.com"))
    b = person("b", name=WANG, company_name=firm, phones=OTHER_PHONE, emails=mail("wangwei88@huawei.com"))
    assert scored(a, b).decision != "auto"


@pytest.mark.parametrize("other", ["wei.wang2@acme.cn", "wei.wang@acme.cn", "10024@acme.cn"])
def test_namesakes_whose_mailboxes_their_employer_has_numbered_stay_apart(other: str) -> None:
    """One digit more looks like a slip of the hand, and is what tells the two apart."""
    mine = "10023@acme.cn" if other.startswith("1") else "wei.wang3@acme.cn"
    a = person("a", name=name("王", "伟", pinyin="wang wei"), emails=mail(mine))
    b = person("b", name=name("王", "伟", pinyin="wang wei"), emails=mail(other))
    assert scored(a, b).decision != "auto"


@pytest.mark.parametrize("unnamed", [{}, {"name": name("冯", "秀璐", pinyin="fengxiulu")}])
def test_the_line_of_the_employer_that_both_have_is_no_second_attribute(unnamed: dict[str, dict[str, str]]) -> None:
    """Line and employer say one thing, that two are colleagues; who is nameless or called otherwise is no match."""
    firm = {"key": "广州优启教育", "core": "优启教育"}
    line = landline("+862081600046")
    a = person("a", name=name("李", "浩", pinyin="lihao"), phones=(mobile("+8618584143165"), line), company_name=firm)
    assert scored(a, person("b", phones=line, company_name=firm, **unnamed)).decision != "auto"
    at_mail = person("c", name=name("李", "浩", pinyin="lihao"), phones=line, emails=mail("lihao@youqi.cn"))
    assert scored(at_mail, person("d", phones=line, emails=mail("xiulu@youqi.cn"), **unnamed)).decision != "auto"


def test_at_the_employers_line_another_mobile_is_another_persons() -> None:
    firm, line = {"key": "鼎信凯化工", "core": "鼎信凯化工"}, landline("+8657171071992")
    hu = name("胡", "军祥", pinyin="hujunxiang")
    a = person("a", name=hu, phones=(mobile("+8613714607194"), line), company_name=firm)
    b = person("b", name=hu, phones=(mobile("+8615682342941"), line), company_name=firm)
    assert TOWN.score(a, b).decision == "review"
    assert TOWN.score(a, person("c", name=hu, phones=line, company_name=firm)).decision == "auto"


def test_a_line_under_one_name_is_evidence_where_the_employer_says_nothing() -> None:
    line = landline("+8657171071992")
    hu = name("胡", "军祥", pinyin="hujunxiang")
    firm = {"key": "鼎信凯化工", "core": "鼎信凯化工"}
    assert (
        scored(person("a", name=hu, phones=line, company_name=firm), person("b", name=hu, phones=line)).decision
        == "auto"
    )


def test_groups_of_namesakes_at_one_employer_differ_though_no_pair_of_records_does() -> None:
    """One side shows the mobile here and the mailbox there, the other side likewise: pair by pair nothing differs."""
    firm, han = {"key": "正旭化工", "core": "正旭化工"}, name("韩", "红桂", pinyin="hanhonggui")
    shown = [
        person(f"{side}{place}", name=han, company_name=firm, **more)
        for side, number, box in (("a", "+8617632578570", "hhan@zx.cn"), ("b", "+8613584143165", "honggui@zx.cn"))
        for place, more in enumerate(({"phones": mobile(number)}, {"emails": mail(box)}))
    ]
    assert TOWN.score(shown[0], shown[3]).decision == "auto"
    assert TOWN.weight_of_groups(shown[:2], shown[2:]) < MODELS["person"].thresholds.review
    assert TOWN.weight_of_groups(shown[:2], reversed(shown[2:])) == TOWN.weight_of_groups(shown[3:1:-1], shown[:2])


def test_a_group_that_was_typed_in_under_two_employers_is_at_the_one_that_both_name() -> None:
    han = name("韩", "红桂", pinyin="hanhonggui")
    old, new, other = ({"key": text, "core": text} for text in ("正旭化工", "宝智科技", "联汇贸易"))
    mine = [person("a", name=han, company_name=old), person("b", name=han, company_name=new)]
    theirs = [person("c", name=han, company_name=new), person("d", name=han, company_name=other)]
    assert TOWN.weight_of_groups(mine, theirs) == TOWN.score(mine[1], theirs[0]).weight


def test_a_slip_in_the_letters_of_a_mailbox_is_still_forgiven() -> None:
    a = person("a", name=name("王", "伟", pinyin="wang wei"), emails=mail("wei.wang@acme.cn"))
    b = person("b", name=name("王", "伟", pinyin="wang wei"), emails=mail("wei.wnag@acme.cn"))
    assert scored(a, b).decision == "auto"


def test_a_person_and_a_company_are_refused() -> None:
    with pytest.raises(ValueError, match="never one"):
        scored(person("a", phones=PHONE), company("b", phones=PHONE))


def test_a_level_that_conflicts_holds_back_any_weight() -> None:
    model = Model.model_validate(
        {
            "thresholds": {"auto": 5, "review": 0},
            "prior": 0.3,
            "blocking": [["phones"]],
            "comparisons": [
                {"field": "phones", "levels": [{"when": "equal", "m": 0.9, "u": 0.0001}, {"when": "else"}]},
                {"field": "id", "levels": [{"when": "equal", "m": 0.9, "u": 0.1}, {"when": "else", "conflict": True}]},
            ],
        }
    )
    found = Scorer(model, BASE).score(
        person("a", phones=PHONE, id={"key": "1"}), person("b", phones=PHONE, id={"key": "2"})
    )
    assert found.cap == "conflict"
    assert found.decision == "review"


FEATURES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from([WANG, LI, SMITH, name("伟", "王", pinyin="weiwang")]),
        "phones": st.sampled_from([PHONE, OTHER_PHONE, landline("+861088886666", "8001"), landline("+861088886666")]),
        "emails": st.sampled_from([mail("a@acme.cn"), mail("zhangwei@163.com"), role_mail("info@acme.cn")]),
        "address": st.sampled_from(
            [{"key": "440305 1", "district": "440305"}, {"key": "440305 2", "district": "440305"}]
        ),
    },
)


@given(FEATURES, FEATURES)
def test_scores_do_not_depend_on_which_record_is_named_first(
    one: dict[str, dict[str, str]], other: dict[str, dict[str, str]]
) -> None:
    a, b = person("a", **one), person("b", **other)
    assert scored(a, b) == scored(b, a)
