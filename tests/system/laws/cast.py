"""The customers of the stories, and how each system holds a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.population.contract import TypedIn
from connectors.sandboxes.book import Stored
from tests.system.world import typed

Values = Mapping[str, Any]

CUSTOMERS: dict[str, dict[str, Any]] = {
    "c1": {"family": "欧阳", "given": "晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn", "mobile": "13911112222"},
    "c2": {"family": "司徒", "given": "建国", "email": "jianguo.situ@huaxin-cable.cn", "mobile": "13911113333"},
    "c3": {"family": "诸葛", "given": "明远", "email": "mingyuan@zhuge-tea.com", "mobile": "13911114444"},
    # shares a landline with c3: a couple
    "c4": {"family": "上官", "given": "婉清", "email": "wanqing@qq.com", "phone": "0571-88996655"},
}
MAIL = {values["email"]: customer for customer, values in CUSTOMERS.items()}
FORMS = "web_forms"
"""The system that is only read: each entry is a record of its own, and nobody edits one."""


@dataclass(frozen=True, slots=True)
class Desk:
    """How one system holds a person: its stream, the population's word for it, and the names of its fields.

    *words* are followed: what people write there is made unique, so that the last one can be told. *others* are edited
    at random. *one_mail*: the system takes a mail only once.
    """

    stream: str
    kind: Any
    words: Mapping[str, str]
    others: Mapping[str, Sequence[Any]]
    one_mail: bool = False


MOBILES = ["13911115555", "13911116666", None]
LANDLINES = ["0571-88996655", "13911116666", "无", None]
TIERS = ["vip", "regular", None]

DESKS: dict[str, Desk] = {
    "zoho_crm": Desk(
        "Contacts",
        "contact",
        {"job_title": "Title", "department": "Department", "wechat": "WeChat"},
        {
            "Rating": ["vip", "regular", "Acquired", None],
            "Date_of_Birth": ["1988-07-01", "1990-02-03", None],
            "Mobile": MOBILES,
            "Phone": LANDLINES,
            "Home_Phone": ["13911117777", None],
            "Secondary_Email": ["second@qq.com", "third@qq.com", "kein", None],
            "Mailing_City": ["北京", "杭州", None],
            "Email_Opt_Out": [True, False],
            "Last_Name": ["歐陽", "司徒"],
        },
    ),
    "fxiaoke": Desk(
        "ContactObj",
        "contact",
        {"job_title": "job_title", "department": "department", "wechat": "wechat__c"},
        {
            "tier__c": ["vip", "basic", None],
            "date_of_birth": [583689600000, 634060800000, None],
            "mobile1": MOBILES,
            "mobile2": ["13911116666", None],
            "tel1": ["0571-88996655", "010-88886666", None],
            "email2__c": ["second@qq.com", None],
            "tags__c": ["老客户", "会员,老客户", None],
            "add": ["浙江省杭州市西湖区文三路1号", None],
            "name": ["诸葛明远", "欧阳小雯"],
        },
    ),
    "zendesk": Desk(
        "users",
        "user",
        {"job_title": "user_fields.job_title", "wechat": "user_fields.wechat"},
        {
            "user_fields.customer_tier": TIERS,
            "user_fields.birthday": ["1988-07-01", None],
            "phone": ["+8613911115555", "0571-88996655", None],
            "tags": [["老客户"], ["老客户", "会员"], []],
            "user_fields.email_consent": [True, False],
            "name": ["欧阳晓雯", "晓雯"],
        },
        one_mail=True,
    ),
    "freshdesk": Desk(
        "contacts",
        "user",
        {"job_title": "job_title", "wechat": "custom_fields.wechat"},
        {
            "custom_fields.customer_tier": TIERS,
            "custom_fields.birthday": ["1988-07-01", None],
            "phone": ["0571-88996655", None],
            "tags": [["老客户"], ["老客户", "会员"], []],
            "custom_fields.email_consent": [True, False],
            "name": ["欧阳晓雯", "晓雯"],
        },
        one_mail=True,
    ),
    "zoho_desk": Desk(
        "contacts",
        "user",
        {"job_title": "title", "wechat": "cf.cf_wechat"},
        {
            "cf.cf_customer_tier": TIERS,
            "cf.cf_birthday": ["1988-07-01", None],
            "mobile": MOBILES,
            "phone": LANDLINES,
            "secondaryEmail": ["second@qq.com", None],
            "city": ["北京", "杭州", None],
            "lastName": ["歐陽", "司徒"],
        },
    ),
    "udesk": Desk(
        "customers",
        "user",
        {"job_title": "custom_fields.TextField_2", "wechat": "custom_fields.TextField_4"},
        {
            "custom_fields.TextField_5": ["1988-07-01", None],
            "phones": [["13911115555"], ["0571-88996655", "13911116666"], []],
            "tag_list": [["老客户"], ["老客户", "会员"], []],
            "nick_name": ["欧阳晓雯", "晓雯"],
        },
        one_mail=True,
    ),
}
NAMES = frozenset({"name", "Last_Name", "lastName", "nick_name"})
"""Fields that hold a name, or a part of one: nobody empties them."""
MAILS = ("Email", "email")


def people(systems: Sequence[str]) -> list[TypedIn]:
    """Return who is known where at the start: c1 everywhere, c2 in two, c3 in the first, c4 in the last system."""
    homes = {"c1": systems, "c2": systems[:2], "c3": systems[:1], "c4": systems[-1:]}
    return [
        typed(
            system,
            DESKS[system].kind,
            customer,
            {**values, "full_name": values["family"] + values["given"]},
        )
        for customer, values in CUSTOMERS.items()
        for system in homes[customer]
    ]


def as_typed(system: str, customer: str) -> dict[str, Any]:
    """Return a customer as somebody types them into a new record of *system*."""
    values = CUSTOMERS[customer]
    full, phone = values["family"] + values["given"], values.get("mobile") or values.get("phone")
    parts = (values["family"], values["given"])
    mobile = "mobile" in values
    typed_in: dict[str, dict[str, Any]] = {
        "zoho_crm": dict(zip(("Last_Name", "First_Name"), parts, strict=True))
        | {"Email": values["email"], "Mobile" if mobile else "Phone": phone},
        "fxiaoke": {"name": full, "email": values["email"], "mobile1" if mobile else "tel1": phone},
        "zoho_desk": dict(zip(("lastName", "firstName"), parts, strict=True))
        | {"email": values["email"], "mobile" if mobile else "phone": phone},
        "udesk": {"nick_name": full, "email": values["email"], "phones": [phone]},
        "freshdesk": {"name": full, "email": values["email"], "mobile" if mobile else "phone": phone},
        FORMS: {"name": full, "email": values["email"], "mobile": phone},
        "zendesk": {"name": full, "email": values["email"], "phone": phone},
    }
    return typed_in[system]


def customer_of(stored: Stored) -> str:
    """Return the customer whose mail a record shows; "" for none of them (an agent)."""
    shown = (str(stored.values.get(name) or "").lower() for name in MAILS)
    return next((MAIL[mail] for mail in shown if mail in MAIL), "")


def systems_with(word: str, systems: Sequence[str]) -> list[str]:
    """Return those of *systems* that hold a followed field."""
    return [system for system in systems if word in DESKS[system].words]
