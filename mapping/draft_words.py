"""The words by which people of many companies call their fields, in English and Chinese.

Room: mapping; pure data. Keyed by what a profile calls the field; a profile's own names and labels are added to them.
The longer a word, the surer the guess; words are compared without case, blanks and underscores.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("name", "full name", "contact name", "customer name", "姓名", "名字", "客户姓名", "联系人", "称呼"),
    "phones": (
        "phone", "phones", "telephone", "tel", "mobile", "cell", "mobile phone", "phone number", "fax", "whatsapp",
        "电话", "手机", "手机号", "手机号码", "电话号码", "联系电话", "固话", "座机", "联系方式",
    ),
    "emails": (
        "email", "e-mail", "mail", "email address", "emails", "secondary email",
        "邮箱", "电子邮箱", "邮件", "电邮", "备用邮件",
    ),
    "company_name": (
        "company", "company name", "employer", "organization", "account name",
        "公司", "公司名称", "单位", "企业", "单位名称",
    ),
    "job_title": ("title", "job title", "position", "designation", "职务", "职位", "岗位", "头衔"),
    "department": ("department", "dept", "部门", "所在部门"),
    "address": ("address", "street address", "add", "地址", "详细地址", "联系地址", "住址", "通讯地址"),
    "birthday": ("birthday", "birth date", "date of birth", "dob", "生日", "出生日期"),
    "tier": ("tier", "rating", "level", "grade", "customer level", "等级", "客户等级", "客户级别", "级别", "评级"),
    "tags": ("tags", "tag", "labels", "标签"),
    "website": ("website", "url", "web", "homepage", "网站", "网址", "官网"),
    "language": ("language", "locale", "preferred language", "语言"),
    "source": ("source", "lead source", "channel", "来源", "客户来源", "渠道", "线索来源"),
    "wechat": ("wechat", "weixin", "wechat id", "微信", "微信号"),
    "marketing_consent": ("marketing consent", "consent", "opt in", "newsletter", "同意营销", "营销授权", "订阅"),
    "uscc": ("uscc", "unified social credit code", "tax id", "credit code", "统一社会信用代码", "信用代码", "税号"),
    "industry": ("industry", "sector", "行业", "所属行业"),
    "domains": ("domain", "domains", "domain names", "域名"),
}  # fmt: skip

PARTS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "person_name": {
        "family": ("last name", "family name", "surname", "姓", "姓氏"),
        "given": ("first name", "given name", "forename", "名"),
    },
    "address": {
        "street": ("street", "street name", "mailing street", "billing street", "address line", "街道"),
        "city": ("city", "mailing city", "billing city", "城市", "市"),
        "state": ("state", "province", "mailing state", "billing state", "省", "省份"),
        "postcode": ("zip", "zip code", "postcode", "postal code", "mailing zip", "billing code", "邮编", "邮政编码"),
        "country": ("mailing country", "billing country", "国家"),
    },
}
"""Field type -> part -> words: values that many systems spread over several fields."""

MOBILE: Final = ("mobile", "cell", "手机")
COMPANY_STREAMS: Final = ("account", "company", "companies", "organi", "customer", "客户", "公司", "企业", "单位")
"""What a stream of companies is called; all else is taken for persons. (`customers` is as often one as the other.)"""
PERSON_STREAMS: Final = ("contact", "lead", "user", "people", "person", "member", "customers", "联系人", "会员", "线索")
MODIFIED: Final = (
    "modified time",
    "last modified time",
    "updated at",
    "last modified",
    "modified",
    "修改时间",
    "更新时间",
    "最后修改时间",
)
