"""What each department keeps: which systems hold a customer, as what, and what they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.population.contract import Kind


@dataclass(frozen=True, slots=True)
class Desk:
    """One kind of record in one system: how likely it holds a person, how often more than once, and what it knows.

    *phone_missing*, *mail_missing* multiply the rates of `Noise`; *work* is the share of mailboxes at work.
    """

    system: str
    kind: Kind
    holds: float
    again: float
    phone_missing: float
    mail_missing: float
    work: float


DESKS = (
    Desk("zoho_crm", "contact", 0.66, 0.0, 1.0, 1.0, 0.85),
    Desk("zoho_crm", "lead", 0.24, 0.0, 1.4, 1.2, 0.7),
    Desk("fxiaoke", "contact", 0.60, 0.0, 0.7, 1.8, 0.85),
    Desk("fxiaoke", "lead", 0.22, 0.0, 0.9, 2.2, 0.7),
    Desk("zendesk", "user", 0.66, 0.0, 3.0, 0.25, 0.6),
    Desk("web_forms", "entry", 0.55, 0.3, 1.2, 1.4, 0.5),
)
"""Where persons are kept."""

FURTHER_DESKS = (
    Desk("freshdesk", "user", 0.6, 0.0, 2.0, 0.3, 0.6),
    Desk("zoho_desk", "user", 0.6, 0.0, 1.2, 0.5, 0.6),
    Desk("udesk", "user", 0.6, 0.0, 0.5, 1.8, 0.5),
)
"""Further systems that keep persons: typed in on their own, so that they change nothing in the records above."""

FURTHER_COMPANY_DESKS: Mapping[str, tuple[Kind, float]] = {
    "freshdesk": ("organization", 0.65),
    "zoho_desk": ("organization", 0.65),
}

DEFAULT_SYSTEMS = ("fxiaoke", "web_forms", "zendesk", "zoho_crm")
"""The systems that a demo and a sandbox serve where none are named."""

SHARED = frozenset({"home_phone", "household_mail", "switchboard", "home", "born", "employer"})
"""What tells who somebody is only together with the name."""

COMPANY_DESKS: Mapping[str, tuple[Kind, float]] = {
    "zoho_crm": ("account", 0.8),
    "fxiaoke": ("account", 0.75),
    "zendesk": ("organization", 0.65),
}
"""System -> what a company is kept as, and how likely."""

SOURCES = ("website", "exhibition", "referral", "advertising", "cold_call", "wechat")
OWNERS = ("林晓", "赵敏", "Tom Baker", "陈浩", "Julia Weber")
TIERS = ("vip", "regular", "prospect")
TAGS = ("renewal", "priority", "newsletter", "beta", "partner", "complaint")
MESSAGES = {
    "zh": ("请发一份报价单", "想预约产品演示", "咨询售后服务", "申请试用", "索取产品手册"),
    "en": (
        "Please send a quote",
        "I would like a demo",
        "Question about support",
        "Request a trial",
        "Send a brochure",
    ),
}
