"""The simulator's forms: what they ask, how a stored entry looks in the API and in a post.

Pure. A stored entry holds its answers by the question's reference: {"name": "王伟", "email": "…", "consent": true}.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

QUESTIONS: Mapping[str, tuple[str, str, str]] = {
    "name": ("short_text", "text", "您的姓名 Your name"),
    "email": ("email", "email", "电子邮箱 E-mail"),
    "mobile": ("phone_number", "phone_number", "手机 Mobile phone"),
    "company": ("short_text", "text", "公司 Company"),
    "job_title": ("short_text", "text", "职位 Job title"),
    "department": ("short_text", "text", "部门 Department"),
    "email_2": ("email", "email", "备用邮箱 Another e-mail"),
    "phone": ("phone_number", "phone_number", "电话 Telephone"),
    "phone_2": ("phone_number", "phone_number", "其他电话 Another phone"),
    "street": ("short_text", "text", "街道 Street"),
    "city": ("short_text", "text", "城市 City"),
    "state": ("short_text", "text", "省份 State or province"),
    "postcode": ("short_text", "text", "邮编 Postcode"),
    "country": ("dropdown", "choice", "国家 Country"),
    "website": ("website", "url", "网站 Website"),
    "wechat": ("short_text", "text", "微信 WeChat"),
    "language": ("dropdown", "choice", "语言 Language"),
    "birthday": ("short_text", "text", "生日 Birthday"),
    "tier": ("dropdown", "choice", "会员等级 Tier"),
    "source": ("dropdown", "choice", "您从哪里得知我们 How did you hear of us"),
    "tags": ("multiple_choice", "choices", "感兴趣的产品 Interests"),
    "uscc": ("short_text", "text", "统一社会信用代码 Registration number"),
    "message": ("long_text", "text", "留言 Message"),
    "description": ("long_text", "text", "备注 Remarks"),
    "consent": ("legal", "boolean", "我同意接收产品资讯 I agree to receive news"),
}
"""Reference -> (type of the question, type of its answer, title), in the order of the form."""

SHORT_FORM = frozenset({"name", "email", "mobile", "phone", "company", "language", "message", "consent"})
"""What the trial form asks; the contact form asks everything."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of the account."""

    form_id: str
    title: str
    refs: tuple[str, ...]

    def definition(self) -> dict[str, Any]:
        """Return what `GET /forms/{id}` answers."""
        fields = [
            {"id": field_id(self.form_id, ref), "ref": ref, "type": QUESTIONS[ref][0], "title": QUESTIONS[ref][2]}
            for ref in self.refs
        ]
        return {"id": self.form_id, "title": self.title, "type": "form", "fields": fields}


def forms_of(seed: int) -> tuple[Form, Form]:
    """Return the account's two forms; the first is the contact form."""
    contact, trial = (short_id(f"{seed}:{name}") for name in ("contact", "trial"))
    return (
        Form(contact, "联系我们 Contact us", tuple(QUESTIONS)),
        Form(trial, "申请试用 Request a trial", tuple(ref for ref in QUESTIONS if ref in SHORT_FORM)),
    )


def answers_typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a visitor left, by the questions' references; empty ones are skipped questions."""
    name = values.get("full_name") or _name(str(values.get("family", "")), str(values.get("given", "")))
    found = {**values, "name": name}
    return {ref: found[ref] for ref in QUESTIONS if found.get(ref) not in (None, "", [])}


def answers_listed(form_id: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the `answers` of a response; a question that nobody answered is absent."""
    return [_answer(form_id, ref, value) for ref, value in values.items() if value is not None and value != ""]


def metadata(token: str) -> dict[str, str]:
    """Return the visitor's browser as the API (not the post) tells it."""
    return {
        "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)",
        "platform": "mobile",
        "referer": "https://www.example.com/contact",
        "network_id": token[:10],
        "browser": "touch",
    }


def started(submitted: datetime, token: str) -> datetime:
    """Return when the visitor opened the form: 20 to 275 seconds before."""
    return submitted - timedelta(seconds=20 + int(token[:2], 16))


def iso(at: datetime) -> str:
    """Return a time as the vendor writes it: UTC, whole seconds."""
    return at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def short_id(text: str) -> str:
    """Return a made-up id of the vendor's kind for a form or a field."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def field_id(form_id: str, ref: str) -> str:
    """Return the id that the vendor gave a question."""
    return short_id(f"{form_id}:{ref}")


@cache
def _asked(form_id: str, ref: str) -> tuple[str, Mapping[str, str]]:
    """Return the type of a question's answer, and the question as it stands in an answer."""
    question, kind, _ = QUESTIONS.get(ref, ("short_text", "text", ref))
    return kind, {"id": field_id(form_id, ref), "type": question, "ref": ref}


def _answer(form_id: str, ref: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 (an answer of any kind)
    kind, field = _asked(form_id, ref)
    if kind == "choice":
        return {"type": kind, kind: {"id": short_id(str(value)), "label": value}, "field": field}
    if kind == "choices":
        labels = value if isinstance(value, list) else [value]
        return {"type": kind, kind: {"ids": [short_id(str(one)) for one in labels], "labels": labels}, "field": field}
    return {"type": kind, kind: value, "field": field}


def _name(family: str, given: str) -> str:
    """Write a name as its owner would: family first and without a space in Chinese."""
    chinese = any("\u4e00" <= letter <= "\u9fff" for letter in family + given)
    return f"{family}{given}" if chinese else f"{given} {family}".strip()
