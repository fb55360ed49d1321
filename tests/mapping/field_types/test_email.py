"""Every row of the reference's mail table (2.2), the rows where email-validator alone is wrong included."""

from __future__ import annotations

import pytest

from mapping.field_types.contract import FieldContext
from mapping.field_types.email import Email
from mapping.values import FieldValue

EMAIL = Email()
CONTEXT = FieldContext()


def one(raw: str) -> FieldValue:
    (value,) = EMAIL.normalise(raw, CONTEXT)
    return value


ROWS = [
    ("John.Smith+news@Gmail.com", "john.smith+news@gmail.com", "johnsmith@gmail.com"),
    ("johnsmith@googlemail.com", "johnsmith@googlemail.com", "johnsmith@gmail.com"),
    ("12345678@QQ.com", "12345678@qq.com", "12345678@qq.com"),
    ("ｕｓｅｒ＠１６３.com", "user@163.com", "user@163.com"),
    ("zs@acme.cn.", "zs@acme.cn", "zs@acme.cn"),
    ("zs@acme.cn\u200b", "zs@acme.cn", "zs@acme.cn"),
    (" x@y.cn ", "x@y.cn", "x@y.cn"),
    ("mailto:zs@acme.cn", "zs@acme.cn", "zs@acme.cn"),
    ("user@163。com", "user@163.com", "user@163.com"),
    ("user@163.con", "user@163.con", "user@163.con"),
    ("user@gmial.com", "user@gmial.com", "user@gmial.com"),
    ("Zhang San <zs@acme.cn>", "zs@acme.cn", "zs@acme.cn"),
    ("user@例子.公司", "user@xn--fsqu00a.xn--55qx5d", "user@xn--fsqu00a.xn--55qx5d"),
    ("user@xn--fsqu00a.xn--55qx5d", "user@xn--fsqu00a.xn--55qx5d", "user@xn--fsqu00a.xn--55qx5d"),
    ("张三@qq.com", "张三@qq.com", "张三@qq.com"),
    ("o'brien@acme.ie", "o'brien@acme.ie", "o'brien@acme.ie"),
    ("13800138000@139.com", "13800138000@139.com", "13800138000@139.com"),
    ("first.last+tag@outlook.com", "first.last+tag@outlook.com", "first.last@outlook.com"),
    ("first.last+tag@acme.cn", "first.last+tag@acme.cn", "first.last+tag@acme.cn"),
]


@pytest.mark.parametrize(("raw", "value", "key"), ROWS, ids=[row[0] for row in ROWS])
def test_an_address_has_one_form_to_show_and_one_key_per_mailbox(raw: str, value: str, key: str) -> None:
    found = one(raw)
    assert (found.value, found.valid, EMAIL.features(found)["key"]) == (value, True, key)
    assert EMAIL.blocking_keys(found) == (key,)


INVALID = [
    ("zhang san@163.com", "not_an_address"),
    ("a" * 65 + "@acme.cn", "not_an_address"),
    ("user@163，com", "domain_typo"),
    ("user@host.test", "reserved_domain"),
    ("user@host.invalid", "reserved_domain"),
    ("无", "placeholder"),
    ("13800138000", "not_an_address"),
    ("@", "placeholder"),
    ("zs@", "not_an_address"),
]


@pytest.mark.parametrize(("raw", "issue"), INVALID, ids=[row[0] for row in INVALID])
def test_what_is_no_address_is_kept_with_the_reason(raw: str, issue: str) -> None:
    found = one(raw)
    assert (found.valid, found.evidence, found.value, found.issues) == (False, False, raw, (issue,))


PLACEHOLDERS = [
    "test@test.com",
    "a@a.com",
    "123@qq.com",
    "123456@qq.com",
    "no@no.com",
    "noemail@acme.cn",
    "none@acme.cn",
    "noreply@acme.cn",
    "test@example.com",
    "li@example.org",
    "li@test.cn",
]


@pytest.mark.parametrize("raw", PLACEHOLDERS)
def test_a_placeholder_is_a_valid_address_and_no_evidence(raw: str) -> None:
    found = one(raw)
    assert (found.valid, found.evidence, "placeholder" in found.issues) == (True, False, True)
    assert not EMAIL.features(found)


@pytest.mark.parametrize(
    "local",
    ["info", "sales", "support", "admin", "hr", "kefu", "caigou", "xiaoshou", "postmaster", "info2", "sales_01"],
)
def test_a_role_mailbox_is_no_persons_key(local: str) -> None:
    features = EMAIL.features(one(f"{local}@acme.cn"))
    assert "key" not in features
    assert features["role_key"] == f"{local}@acme.cn"
    assert features["domain"] == "acme.cn"


@pytest.mark.parametrize(
    "raw", ["a@x.cn;b@x.cn", "a@x.cn, b@x.cn", "a@x.cn、b@x.cn", "a@x.cn|b@x.cn", "A <a@x.cn>; B <b@x.cn>"]
)
def test_several_addresses_are_several_values(raw: str) -> None:
    assert [value.value for value in EMAIL.normalise(raw, CONTEXT)] == ["a@x.cn", "b@x.cn"]


@pytest.mark.parametrize(
    ("raw", "suggestion"),
    [("user@163，com", "user@163.com"), ("user@163.con", "user@163.com"), ("user@gmial.com", "user@gmail.com")],
)
def test_a_mistyped_domain_is_suggested_and_never_rewritten(raw: str, suggestion: str) -> None:
    found = one(raw)
    assert found.parts["suggestion"] == suggestion
    assert "domain_typo" in found.issues


@pytest.mark.parametrize("raw", ["012345@qq.com", "1234@qq.com", "123456789012@qq.com", "张三@qq.com"])
def test_an_address_that_the_provider_never_gave_out_is_doubtful(raw: str) -> None:
    assert one(raw).issues == ("doubtful",)


def test_a_numeric_qq_address_is_a_qq_number_and_a_phone_named_one_a_hint() -> None:
    assert EMAIL.features(one("12345678@qq.com"))["qq"] == "12345678"
    assert EMAIL.features(one("13800138000@139.com"))["phone_hint"] == "+8613800138000"


def test_a_free_mail_domain_says_nothing_about_an_employer() -> None:
    assert "domain" not in EMAIL.features(one("li@163.com"))
    assert EMAIL.features(one("li@acme.cn"))["domain"] == "acme.cn"


def test_a_name_beside_the_address_is_kept_as_a_hint() -> None:
    assert one("Zhang San <zs@acme.cn>").parts["display_name"] == "Zhang San"


def test_a_domain_is_shown_in_its_own_script_and_the_local_part_hidden_in_a_mask() -> None:
    assert EMAIL.show(one("user@xn--fsqu00a.xn--55qx5d")) == "user@例子.公司"
    assert EMAIL.mask(one("zs@acme.cn")) == "z***@acme.cn"


@pytest.mark.parametrize("raw", ["wei.wang@acme.cn", "wei.wang2@acme.cn", "wei2_wang@acme.cn", "weiwang@acme.cn"])
def test_mailboxes_that_an_employer_tells_apart_by_numbers_and_dots_are_alike_without_them(raw: str) -> None:
    assert EMAIL.features(one(raw))["unnumbered"] == "weiwang@acme.cn"


@pytest.mark.parametrize("raw", ["wei.wang2@qq.com", "info@acme.cn"])
def test_neither_free_mail_nor_a_role_is_numbered_by_an_employer(raw: str) -> None:
    assert "unnumbered" not in EMAIL.features(one(raw))
