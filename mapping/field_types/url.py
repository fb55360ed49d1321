"""Web addresses: lower-case scheme and host, `https://` where none is given.

Room: mapping. Pure; touches nothing. The host (without www) is what companies are compared by, unless it is a
platform's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urlsplit

from mapping.field_types.contract import FieldContext
from mapping.field_types.mailbox import is_free_mail
from mapping.field_types.placeholders import extra, is_filler
from mapping.field_types.raw_values import invalid
from mapping.field_types.simple_type import SimpleType
from mapping.field_types.unicode_form import one_line
from mapping.values import FieldValue

_SCHEME: Final = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*):(?!\d)(//)?")
_HOST: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})|(?:\d{1,3}\.){3}\d{1,3}"
)
_PLATFORMS: Final = re.compile(
    r"(?:.*\.)?(?:taobao|tmall|1688|jd|alibaba|weibo|weixin\.qq|facebook|linkedin|twitter|x|instagram|youtube|github|wixsite|"
    r"wordpress|blogspot|made-in-china|amazon|ebay|google|baidu|qichacha|tianyancha|example)\.(?:com|cn|org|net|com\.cn)"
)
_SAFE: Final = "/%:@!$&'()*+,;=~?-._"


def _read(text: str, context: FieldContext) -> tuple[FieldValue, ...]:
    return _url(text, extra(context))


@lru_cache(maxsize=8_192)
def _url(text: str, more: frozenset[str]) -> tuple[FieldValue, ...]:
    line = one_line(text).rstrip("。,;、")
    if is_filler(line) or line in ("http://", "https://"):
        return (invalid(text, "placeholder"),)
    scheme = _SCHEME.match(line)
    if " " in line or (scheme and scheme[1].lower() not in ("http", "https")):
        return (invalid(text, "not_a_web_address"),)
    canonical = _canonical(f"https:{line}" if line.startswith("//") else line if scheme else f"https://{line}")
    if not canonical:
        return (invalid(text, "not_a_web_address"),)
    host = host_of(canonical)
    placeholder = host.removeprefix("www.") in more
    parts = {"host": host}
    issues = ("placeholder",) if placeholder else ()
    return (FieldValue(value=canonical, raw=text, parts=parts, issues=issues, evidence=not placeholder),)


def _canonical(address: str) -> str:
    """Return *address* in its canonical form, "" if it is none."""
    try:
        split = urlsplit(address)
        host, port = _ascii_host(split.hostname or ""), split.port
    except ValueError:
        return ""
    if not _HOST.fullmatch(host) or split.username:
        return ""
    path = quote(split.path.rstrip("/"), safe=_SAFE)
    query = f"?{quote(split.query, safe=_SAFE)}" if split.query else ""
    fragment = f"#{quote(split.fragment, safe=_SAFE)}" if split.fragment else ""
    shown_port = "" if port in (None, 80, 443) else f":{port}"
    return f"{split.scheme.lower()}://{host}{shown_port}{path}{query}{fragment}"


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host.lower().rstrip(".")
    return host.encode("idna").decode("ascii").lower()  # its UnicodeError is a ValueError


def host_of(address: str) -> str:
    """Return the host of a canonical address.

    >>> host_of("https://www.acme.cn/about")
    'www.acme.cn'
    """
    return address.partition("://")[2].partition("/")[0].partition("?")[0].partition("#")[0].partition(":")[0]


def _key(address: str) -> str:
    return address.partition("://")[2].removeprefix("www.").rstrip("/")


def _more(address: str) -> Mapping[str, str]:
    domain = host_of(address).removeprefix("www.")
    return {} if _PLATFORMS.fullmatch(domain) or is_free_mail(domain) else {"domain": domain}


def _covered(address: str) -> str:
    return f"{address.partition('://')[0]}://{host_of(address)}/***"


URL: Final = SimpleType("url", _read, key=_key, covered=_covered, more=_more)
"""Web addresses. Features: `key` (host without www, and path), `domain` where it is the customer's own."""
