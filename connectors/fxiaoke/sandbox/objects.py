"""The objects of the simulated tenant and their fields, as `object/describe` tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object. *options* are value -> label; *target* is the object that a look-up points to."""

    label: str
    type: str = "text"
    required: bool = False
    read_only: bool = False
    options: Mapping[str, str] | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectType:
    """One object: its label and fields; *pool* is the field that names the pool of rows without an owner."""

    label: str
    fields: Mapping[str, Field]
    pool: str | None = None


def _texts(**labels: str) -> dict[str, Field]:
    return {name: Field(label) for name, label in labels.items()}


def _phones(**labels: str) -> dict[str, Field]:
    return {name: Field(label, "phone_number") for name, label in labels.items()}


LIFE = {"ineffective": "未生效", "under_review": "审核中", "normal": "正常", "in_change": "变更中", "invalid": "作废"}

SYSTEM: Mapping[str, Field] = {
    "_id": Field("ID", read_only=True),
    "owner": Field("负责人", "employee"),
    "created_by": Field("创建人", "employee", read_only=True),
    "last_modified_by": Field("最后修改人", "employee", read_only=True),
    "create_time": Field("创建时间", "date_time", read_only=True),
    "last_modified_time": Field("最后修改时间", "date_time", read_only=True),
    "life_status": Field("生命状态", "select_one", read_only=True, options=LIFE),
    "life_status_before_invalid": Field("作废前生命状态", read_only=True),
    "lock_status": Field("锁定状态", "select_one", read_only=True, options={"0": "未锁定", "1": "锁定"}),
    "is_deleted": Field("是否删除", "true_or_false", read_only=True),
    "version": Field("版本", "number", read_only=True),
    "record_type": Field("业务类型", "record_type", options={"default__c": "预设业务类型"}),
    "relevant_team": Field("相关团队", "embedded_object_list"),
    "data_own_department": Field("归属部门", "department"),
    "hub_id__c": Field("客户中台编号"),
}

SOURCES = {"1": "官网", "2": "电话", "3": "展会", "4": "转介绍", "5": "广告", "other": "其他"}
TIERS = {"1": "VIP", "2": "普通", "3": "基础", "4": "潜在", "5": "流失", "6": "黑名单"}

ACCOUNT = ObjectType(
    "客户",
    {
        **SYSTEM,
        "name": Field("客户名称", required=True),
        **_phones(tel="电话", fax="传真"),
        **_texts(account_no="客户编号", url="网址", address="详细地址", remark="备注"),
        "email": Field("邮件", "email"),
        "uniform_social_credit_code": Field("统一社会信用代码"),
        "account_level": Field("客户级别", "select_one", options=TIERS),
        "account_source": Field("来源", "select_one", options=SOURCES),
        "account_source__o": Field("其他来源"),
        "account_type": Field("客户类型", "select_one", options={"1": "客户", "2": "合作伙伴"}),
        "deal_status": Field("成交状态", "select_one", options={"1": "未成交", "2": "已成交"}),
        "country": Field("国家", "country"),
        "parent_account_id": Field("上级客户", "object_reference", target="AccountObj"),
        "leads_id": Field("来源线索", "object_reference", target="LeadsObj"),
        "high_seas_id": Field("所属公海"),
        "annual_revenue__c": Field("年收入", "currency"),
    },
    pool="high_seas_id",
)
CONTACT = ObjectType(
    "联系人",
    {
        **SYSTEM,
        "name": Field("姓名", required=True),
        "account_id": Field("客户名称", "object_reference", target="AccountObj"),
        **_texts(company="公司", department="部门", job_title="职务", add="地址", remark="备注"),
        **_phones(**{f"mobile{n}": f"手机{n}" for n in range(1, 6)}),
        **_phones(**{f"tel{n}": f"电话{n}" for n in range(1, 6)}),
        "email": Field("邮件", "email"),
        "date_of_birth": Field("出生日期", "date"),
        "wechat__c": Field("微信"),
        "email2__c": Field("备用邮件", "email"),
        "tier__c": Field("等级"),
        "marketing_consent__c": Field("同意营销", "true_or_false"),
        "tags__c": Field("标签"),
        "open_cases__c": Field("未结工单", "number"),
        "last_contact__c": Field("最近联系", "date"),
        "last_feedback__c": Field("最近评价"),
    },
)
LEADS = ObjectType(
    "销售线索",
    {
        **SYSTEM,
        "name": Field("姓名", required=True),
        **_texts(company="公司", department="部门", job_title="职务", address="地址", url="网址", remark="备注"),
        **_phones(tel="电话", mobile="手机"),
        "email": Field("邮件", "email"),
        "source": Field("来源", "select_one", options=SOURCES),
        "source__o": Field("其他来源"),
        "biz_status": Field(
            "状态",
            "select_one",
            options={
                "un_assigned": "未分配",
                "un_processed": "待处理",
                "processed": "跟进中",
                "transformed": "已转换",
                "closed": "无效",
            },
        ),
        "leads_pool_id": Field("线索池"),
        "wechat__c": Field("微信"),
    },
    pool="leads_pool_id",
)
MEMBER = ObjectType(
    "会员",
    {
        **SYSTEM,
        "name": Field("会员名称", required=True),
        "mobile__c": Field("手机", "phone_number"),
        "email__c": Field("邮件", "email"),
        "contact__c": Field("联系人", "object_reference", target="ContactObj"),
        "points__c": Field("积分", "number"),
    },
)

# The fields of orders and cases beside the account are from memory: describe a tenant's own before mapping them.
ORDER = ObjectType(
    "销售订单",
    {
        **SYSTEM,
        "name": Field("销售订单编号", "auto_number", read_only=True),
        "account_id": Field("客户名称", "object_reference", required=True, target="AccountObj"),
        "contact_id": Field("联系人", "object_reference", target="ContactObj"),
        "order_time": Field("下单日期", "date"),
        "order_amount": Field("销售订单金额", "currency"),
        "order_status": Field("状态", "select_one", options={"6": "确认中", "7": "已确认", "9": "已作废"}),
        "remark": Field("备注", "long_text"),
    },
)
CASE = ObjectType(
    "工单",
    {
        **SYSTEM,
        "name": Field("工单主题", required=True),
        "account_id": Field("客户名称", "object_reference", target="AccountObj"),
        "contact_id": Field("联系人", "object_reference", target="ContactObj"),
        "field_7Ks2a__c": Field(
            "处理状态", "select_one", options={"cA1b2C3d4": "待处理", "dB2c3D4e5": "等待客户", "eC3d4E5f6": "已解决"}
        ),
    },
)

OBJECTS: Mapping[str, ObjectType] = {
    "AccountObj": ACCOUNT,
    "ContactObj": CONTACT,
    "LeadsObj": LEADS,
    "SalesOrderObj": ORDER,
    "CasesObj": CASE,
    "member__c": MEMBER,
}


def listed(name: str) -> dict[str, Any]:
    """Return an object's entry in `object/list`."""
    kind = "custom" if name.endswith("__c") else "package"
    return {
        "describeApiName": name,
        "describeDisplayName": OBJECTS[name].label,
        "defineType": kind,
        "isActive": True,
        "iconIndex": 0,
    }


def described(name: str) -> dict[str, Any]:
    """Return `data.describe` of an object."""
    return {
        "api_name": name,
        "display_name": OBJECTS[name].label,
        "define_type": "custom" if name.endswith("__c") else "package",
        "fields": {key: _field(key, field) for key, field in OBJECTS[name].fields.items()},
    }


def _field(name: str, field: Field) -> dict[str, Any]:
    kind = "custom" if name.endswith("__c") else "system" if name in SYSTEM else "package"
    shown: dict[str, Any] = {
        "api_name": name,
        "label": field.label,
        "type": field.type,
        "is_required": field.required,
        "is_active": True,
        "define_type": kind,
    }
    if field.options is not None:
        key = "api_name" if field.type == "record_type" else "value"
        shown["options"] = [{key: value, "label": label} for value, label in field.options.items()]
    if field.target is not None:
        shown["target_api_name"] = field.target
    return shown
