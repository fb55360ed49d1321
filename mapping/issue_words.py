"""What an issue's code means to the people who mend it, in English and Chinese.

Room: mapping; pure. Codes come from the field types and from reading; a test holds that each has words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mapping.profile_fields import Label

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "ambiguous": ("several cities have this district: add the city", "多个城市有同名区县，请补充城市"),
    "check_failed": ("a character is wrong: the check character does not fit", "校验位不符，请核对号码"),
    "damaged": ("characters were lost: ask and type it again", "文字已损坏，请重新录入"),
    "digits_lost": ("a spreadsheet cut the digits off: ask for the number", "数字被电子表格截断，请重新确认"),
    "domain_typo": ("the mail domain looks mistyped", "邮箱域名疑似拼写错误"),
    "doubtful": ("well formed, but probably wrong: check it", "格式正确但很可能有误，请核实"),
    "former_division": ("the district was renamed or merged", "行政区划已变更"),
    "incomplete": ("only a part of the name: ask for the rest", "姓名不完整，请补全"),
    "invalid": ("cannot be read", "无法识别"),
    "misread_character": ("a letter stands where a digit belongs (O for 0)", "疑似把数字录成字母（如 O 与 0）"),
    "nested_list": ("a list within a list: see the mapping", "嵌套列表，请检查映射"),
    "no_area_code": ("a landline without its area code", "固定电话缺少区号"),
    "no_date": ("this is no date", "不是日期"),
    "no_such_date": ("there is no such day", "日期不存在"),
    "not_a_handle": ("this is no account name", "不是账号"),
    "not_a_name": ("this names no person or company: a department, a number?", "不是名称，疑似部门或号码"),
    "not_a_number": ("this is no number", "不是号码或数字"),
    "not_a_truth_value": ("neither yes nor no", "既非是也非否"),
    "not_a_web_address": ("this is no web address", "不是网址"),
    "not_an_address": ("this is no mail address", "不是邮箱地址"),
    "not_an_amount": ("this is no amount of money", "不是金额"),
    "not_an_identifier": ("this is no number of an office or a system", "不是编号"),
    "not_text": ("not a text: see the mapping", "类型不符，请检查映射"),
    "not_valid": ("no such telephone number", "电话号码不存在"),
    "old_registration_number": (
        "the old 15-digit registration number: ask for the USCC",
        "旧版注册号，请填写统一社会信用代码",
    ),
    "only_region": ("no more than a province: add city and street", "仅有省份，请补充城市和街道"),
    "order_unknown": ("day and month, or the two names, may be swapped", "日月或姓名顺序不明"),
    "organisation_code": ("an organisation code: ask for the USCC", "组织机构代码，请填写统一社会信用代码"),
    "other_calendar": ("another calendar: write the usual date", "非公历日期，请改为公历"),
    "placeholder": ("typed to get past a form: ask the customer", "占位内容，请向客户核实"),
    "postal_default": ("the postal code of a whole city", "邮编为城市默认值"),
    "relative": ("relative to a day that nobody knows", "相对日期，无法确定"),
    "reserved_domain": ("a domain that nobody can have", "保留域名"),
    "several_people": ("two people in one record: split it", "一条记录含多人，请拆分"),
    "short_code": ("a hotline, not the customer's own number", "服务短号，非客户号码"),
    "swapped": ("family and given name are swapped", "姓与名填反"),
    "too_large": ("too large for a number: an identifier?", "数值过大，疑似编号"),
    "too_long": ("too long for this field", "内容过长"),
    "too_many": ("more values than a customer can have", "值过多"),
    "too_short": ("digits are missing", "位数不足"),
    "two_digit_year": ("the year has two digits only", "年份仅两位"),
    "type_failed": ("the field type failed: report it", "字段类型出错，请报告"),
    "unknown_choice": ("not one of the choices", "不在选项内"),
    "unknown_country": ("no such country", "国家不存在"),
    "unknown_currency": ("no such currency", "币种不存在"),
    "unknown_region": ("a region that the table does not know", "未知行政区"),
    "unknown_zone": ("no such time zone", "时区不存在"),
    "unmapped_value": ("a word that the mapping does not translate", "映射中没有该选项"),
    "wrong_length": ("a wrong number of characters", "位数不对"),
}

CODES: Final = frozenset(_WORDS)
"""Every code that has words."""
STALE: Final = Label(en="nobody has confirmed it for long: verify it with the customer", zh="久未确认，请与客户核实")


def words_of(code: str) -> Label:
    """Return what *code* means; of a plug-in's own code, the code itself.

    >>> words_of("no_area_code").zh
    '固定电话缺少区号'
    """
    en, zh = _WORDS.get(code, (code.replace("_", " "), code))
    return Label(en=en, zh=zh)
