"""Every row of the reference's name table (2.3), those where nameparser, pypinyin or OpenCC is wrong included."""

from __future__ import annotations

import pytest

from mapping.field_types.contract import FieldContext
from mapping.field_types.han import simplified
from mapping.field_types.person_name import PersonName
from mapping.field_types.unicode_form import fold
from mapping.values import FieldValue, Json

NAME = PersonName()
CHINA = FieldContext(region="CN")


def one(raw: Json, context: FieldContext = CHINA) -> FieldValue:
    (value,) = NAME.normalise(raw, context)
    return value


def features(raw: Json) -> dict[str, str]:
    return dict(NAME.features(one(raw)))


SPLIT = [
    ("张伟", "张伟", "张", "伟"),
    ("欧阳娜娜", "欧阳娜娜", "欧阳", "娜娜"),
    ("诸葛亮", "诸葛亮", "诸葛", "亮"),
    ("尉迟琳嘉", "尉迟琳嘉", "尉迟", "琳嘉"),
    ("万俟卨", "万俟卨", "万俟", "卨"),
    ("張偉", "張偉", "張", "偉"),
    ("鍾鎮濤", "鍾鎮濤", "鍾", "鎮濤"),
    ("王　小明", "王小明", "王", "小明"),
    ("王 小 明", "王小明", "王", "小明"),
    ("林郑月娥", "林郑月娥", "林", "郑月娥"),
    ("范徐丽泰", "范徐丽泰", "范", "徐丽泰"),
    ("张王丽华", "张王丽华", "张", "王丽华"),
    ("纳兰性德", "纳兰性德", "纳兰", "性德"),
    ("李和平", "李和平", "李", "和平"),
    ("李建工", "李建工", "李", "建工"),
    ("王小明先生", "王小明", "王", "小明"),
    ("ZHANG Wei", "Zhang Wei", "Zhang", "Wei"),
    ("Wei ZHANG", "Zhang Wei", "Zhang", "Wei"),
    ("Xiaoming Wang", "Wang Xiaoming", "Wang", "Xiaoming"),
    ("Ouyang Wen", "Ouyang Wen", "Ouyang", "Wen"),
    ("Smith, John", "John Smith", "Smith", "John"),
    ("van der Berg, Anna", "Anna van der Berg", "van der Berg", "Anna"),
    ("Dr. Juan Q. Xavier de la Vega III", "Juan Q. Xavier de la Vega III", "de la Vega", "Juan Q. Xavier"),
    ("Jack Ma (马云)", "马云", "马", "云"),
    ("Jack Ma 马云", "马云", "马", "云"),
    ("张伟(已离职)", "张伟", "张", "伟"),
    ("Anna Li", "Anna Li", "Li", "Anna"),
]


@pytest.mark.parametrize(("raw", "display", "family", "given"), SPLIT, ids=[row[0] for row in SPLIT])
def test_a_name_is_split_into_family_and_given(raw: str, display: str, family: str, given: str) -> None:
    found = one(raw)
    assert (found.value, found.parts["family"], found.parts["given"]) == (display, family, given)
    assert (found.valid, found.evidence) == (True, True)


ADDRESSED = [
    ("王先生", "王", "先生"),
    ("欧阳先生", "欧阳", "先生"),
    ("李博士", "李", "博士"),
    ("王小姐", "王", "小姐"),
    ("李总", "李", "总"),
    ("陈经理", "陈", "经理"),
    ("刘老师", "刘", "老师"),
    ("孙工", "孙", "工"),
    ("欧阳总经理", "欧阳", "总经理"),
    ("Mr. Smith", "Smith", "Mr."),
]


@pytest.mark.parametrize(("raw", "family", "honorific"), ADDRESSED, ids=[row[0] for row in ADDRESSED])
def test_a_family_name_with_an_honorific_is_incomplete(raw: str, family: str, honorific: str) -> None:
    found = one(raw)
    assert (found.value, found.parts["family"], found.parts["honorific"]) == (raw, family, honorific)
    assert (found.valid, found.evidence, found.issues) == (True, False, ("incomplete",))
    assert NAME.features(found) == {"family": fold(simplified(family))}, "it supports a number, and finds nobody"
    assert not NAME.blocking_keys(found)


@pytest.mark.parametrize("raw", ["老王", "小李", "阿强"])
def test_an_alias_is_no_name_and_no_evidence(raw: str) -> None:
    found = one(raw)
    assert (found.parts, found.evidence, found.issues) == ({"alias": raw}, False, ("incomplete",))


@pytest.mark.parametrize(
    ("raw", "display"),
    [
        ("艾力·买买提江", "艾力·买买提江"),
        ("艾力•买买提江", "艾力·买买提江"),
        ("艾力・买买提江", "艾力·买买提江"),
        ("爱新觉罗·溥仪", "爱新觉罗·溥仪"),
    ],
)
def test_a_transcribed_name_keeps_one_kind_of_dot_and_is_not_split(raw: str, display: str) -> None:
    found = one(raw)
    assert (found.value, dict(found.parts), found.evidence) == (display, {}, True)


@pytest.mark.parametrize("raw", ["Zhang Wei", "Wei Zhang"])
def test_a_romanised_name_of_two_surnames_has_no_known_order(raw: str) -> None:
    found = one(raw)
    assert (found.value, found.issues) == (raw, ("order_unknown",))
    assert features(raw)["key"] == features(raw)["sorted"] == "wei zhang"


@pytest.mark.parametrize(
    "raw", ["张伟/李娜", "张伟、李娜", "张伟和李娜", "Mr. and Mrs. John Smith", "John & Mary Smith"]
)
def test_two_people_are_never_one_person(raw: str) -> None:
    assert (one(raw).valid, one(raw).issues) == (False, ("several_people",))


@pytest.mark.parametrize(
    ("raw", "issue"),
    [
        ("阿里巴巴", "not_a_name"),
        ("采购部", "not_a_name"),
        ("北京某某有限公司", "not_a_name"),
        ("前台", "placeholder"),
        ("联系人", "placeholder"),
        ("测试", "placeholder"),
        ("无", "placeholder"),
        ("匿名", "placeholder"),
        ("先生", "placeholder"),
        ("微信用户", "placeholder"),
        ("admin", "placeholder"),
        ("user1234", "placeholder"),
        ("13800138000", "not_a_name"),
    ],
)
def test_what_names_nobody_is_invalid(raw: str, issue: str) -> None:
    assert (one(raw).valid, one(raw).issues) == (False, (issue,))


@pytest.mark.parametrize("raw", ["张三", "李四", "王五"])
def test_names_that_people_type_first_are_names_but_no_evidence(raw: str) -> None:
    assert (one(raw).valid, one(raw).evidence, one(raw).issues) == (True, False, ("placeholder",))


def test_names_in_two_scripts_are_both_kept() -> None:
    assert one("Jack Ma 马云").parts["alias"] == one("Jack Ma (马云)").parts["alias"] == "Jack Ma"
    assert features("Jack Ma 马云")["alias"] == "jack ma"


def test_a_note_in_brackets_is_no_part_of_the_name() -> None:
    assert one("张伟(已离职)").parts["note"] == "已离职"


KEYS = [
    ("張偉", "张伟"),
    ("鍾鎮濤", "钟镇涛"),
    ("王 小 明", "王小明"),
    ("於右任", "于右任"),
    ("範冰冰", "范冰冰"),
    ("李昇", "李昇"),
]


@pytest.mark.parametrize(("raw", "key"), KEYS)
def test_traditional_and_simplified_names_meet_in_one_key(raw: str, key: str) -> None:
    assert features(raw)["key"] == key


@pytest.mark.parametrize(("traditional", "simple"), [("徐乾學", "徐乾学"), ("王汎森", "王泛森")])
def test_where_simplifying_is_wrong_it_is_wrong_for_both_spellings(traditional: str, simple: str) -> None:
    assert features(traditional)["key"] == features(simple)["key"]
    assert one(traditional).value == traditional


SOUNDS = [
    ("单雄信", "shan xiongxin"),
    ("仇英", "qiu ying"),
    ("曾国藩", "guofan zeng"),
    ("解缙", "jin xie"),
    ("查良镛", "liangyong zha"),
    ("区大为", "dawei ou"),
    ("盖叫天", "ge jiaotian"),
    ("翟志刚", "zhai zhigang"),
    ("缪贤", "miao xian"),
    ("覃勤", "qin qin"),
    ("薄一", "bo yi"),
    ("朴树", "piao shu"),
    ("乐毅", "yi yue"),
    ("尉迟恭", "gong yuchi"),
    ("万俟卨", "moqi xie"),
    ("澹台明", "ming tantai"),
    ("长孙无忌", "wuji zhangsun"),
    ("单于明", "chanyu ming"),
    ("吕布", "bu lv"),
    ("吕布", "bu lyu"),
    ("徐乾學", "qianxue xu"),
]


@pytest.mark.parametrize(("raw", "sound"), SOUNDS)
def test_a_surname_is_read_as_a_surname(raw: str, sound: str) -> None:
    assert sound in features(raw)["pinyin"].split("|")
    assert f"py:{sound}" in NAME.blocking_keys(one(raw))


@pytest.mark.parametrize(
    ("raw", "readings"),
    [("查英", {"zha", "cha"}), ("盖英", {"ge", "gai"}), ("朴英", {"piao", "pu"}), ("覃英", {"qin", "tan"}),
     ("乐英", {"yue", "le"}),
     ("区英", {"ou", "qu"}), ("仇英", {"qiu", "chou"})],
)  # fmt: skip
def test_every_regional_reading_is_indexed(raw: str, readings: set[str]) -> None:
    sounds = features(raw)["pinyin"].split("|")
    assert {word for sound in sounds for word in sound.split()} - {"ying"} == readings


@pytest.mark.parametrize(
    ("han", "latin"),
    [("张伟", "Zhang Wei"), ("张伟", "Wei Zhang"), ("王小明", "Xiaoming Wang"), ("王小明", "Wang Xiao Ming"),
     ("欧阳文", "Ouyang Wen"),
     ("吕布", "Lyu Bu"), ("仇英", "Qiu Ying")],
)  # fmt: skip
def test_a_name_meets_its_romanised_form_in_any_order(han: str, latin: str) -> None:
    assert set(features(han)["pinyin"].split("|")) & set(features(latin)["pinyin"].split("|"))


PARTS: list[tuple[dict[str, Json], str, str, str]] = [
    ({"family": "王", "given": "伟"}, "王伟", "王", "伟"),
    ({"family": "伟", "given": "王"}, "王伟", "王", "伟"),
    ({"family": "王小明", "given": None}, "王小明", "王", "小明"),
    ({"family": "王", "given": "王小明"}, "王小明", "王", "小明"),
    ({"family": "王小明", "given": "小明"}, "王小明", "王", "小明"),
    ({"family": "无", "given": "张伟"}, "张伟", "张", "伟"),
    ({"family": "Zhang", "given": "Wei"}, "Zhang Wei", "Zhang", "Wei"),
    ({"family": "Smith", "given": "John", "middle": "Q."}, "John Q. Smith", "Smith", "John Q."),
    ({"full_name": "李娜"}, "李娜", "李", "娜"),
]


@pytest.mark.parametrize(("raw", "display", "family", "given"), PARTS, ids=[str(row[0]) for row in PARTS])
def test_a_name_in_parts_is_put_together(raw: Json, display: str, family: str, given: str) -> None:
    found = one(raw)
    assert (found.value, found.parts["family"], found.parts["given"]) == (display, family, given)


def test_an_honorific_in_the_given_name_is_no_given_name() -> None:
    assert one({"family": "王", "given": "先生"}).issues == ("incomplete",)


def test_a_salutation_is_kept_apart() -> None:
    assert one({"family": "Smith", "given": "John", "salutation": "Dr."}).parts["honorific"] == "Dr."


def test_a_romanised_name_keeps_western_order_outside_china() -> None:
    assert one({"family": "Zhang", "given": "Wei"}, FieldContext(region="US")).value == "Wei Zhang"


@pytest.mark.parametrize("raw", ["王先生", "艾力·买买提江", "Zhang Wei", "老王"])
def test_a_name_without_known_parts_is_pushed_whole_as_the_family_name(raw: str) -> None:
    assert NAME.render(one(raw), "family", CHINA) == raw
    assert NAME.render(one(raw), "given", CHINA) is None


@pytest.mark.parametrize(
    ("short", "full"), [("Bob", "robert"), ("Bill", "william"), ("Liz", "elizabeth"), ("Tony", "anthony")]
)
def test_a_nickname_meets_its_full_form(short: str, full: str) -> None:
    assert features(f"{short} Smith")["nickname"] == features(f"{full.title()} Smith")["nickname"] == full
    assert set(NAME.blocking_keys(one(f"{short} Smith"))) & set(NAME.blocking_keys(one(f"{full.title()} Smith")))


def test_features_hold_for_a_value_that_came_back_from_the_store_without_its_parts() -> None:
    assert NAME.features(FieldValue(value="欧阳娜娜")) == features("欧阳娜娜")


def test_a_mask_keeps_the_first_character_of_each_word() -> None:
    assert NAME.mask(one("欧阳娜娜")) == "欧***"
    assert NAME.mask(one("John Smith")) == "J*** S***"
