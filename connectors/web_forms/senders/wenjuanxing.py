"""问卷星: three ways of posting, told apart by what arrives; and its answers as the open API lists them.

A  data push: JSON `{"activity", "index", "joinid", "submittime", "q1", "q2", …, "sign"}`, all texts. *sign* covers
   survey and number only, not the answers.
B  jump: the visitor's browser posts a form with `content`, base64 of IV and AES-CBC of variant A; a late repeat has the
   same text as its raw body.
C  push of the open API: a form with `vid`, `jid`, `submitdata` (`1$2}2$1|3}3$text`, perhaps encrypted), signed in the
   header `X-Wjx-Signature` over the raw body.

Answers to choices are option numbers ("1", "2,3"): a mapping's `values:` names them. Times have no zone: `zone` tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.contract import Post, PostRefused
from connectors.web_forms.ciphers import NotDeciphered, decrypted, push_key
from connectors.web_forms.form_body import gathered, read_urlencoded
from connectors.web_forms.json_body import Unreadable, objects, read_json
from connectors.web_forms.senders import keyed
from connectors.web_forms.senders.contract import FORMS, JSON, Reading, Sender
from connectors.web_forms.senders.plain import digest
from connectors.web_forms.settings import Settings
from connectors.web_forms.signatures import verify_wenjuanxing_body, verify_wenjuanxing_sign
from connectors.web_forms.submission import Answer, Submission

_QUESTION = re.compile(r"q[0-9]+(_[0-9]+)*")
_BASE64 = re.compile(rb"[A-Za-z0-9+/\r\n]{40,}={0,2}\s*")
META = {"ipaddress": "ip", "ip": "ip"}
"""Only what every way carries: an entry is to be the same record whichever way it comes."""
HIDDEN = ("sojumpparm", "custom_params", "thirdusername", "realname", "relDept", "relExt")


def verify(post: Post, settings: Settings) -> None:
    """Check the way's own proof with any of the secrets; without a secret the key in the address has to vouch.

    Raises:
        PostRefused: no secret fits, or there is none and nobody vouches.
    """
    if not settings.secrets and post.vouched:
        return
    secrets = keyed.secrets(settings)
    if "x-wjx-signature" in post.headers:
        verify_wenjuanxing_body(secrets, post.headers, post.body)
        return
    try:
        content = _content(post)
        entry = read_json(post.body, numbers="text") if content is None else {}
    except Unreadable:
        raise PostRefused(401, "no signed entry") from None
    if content is not None:
        _opened(content, secrets)
    else:
        verify_wenjuanxing_sign(secrets, entry if isinstance(entry, Mapping) else {})


def read(post: Post, settings: Settings) -> Reading:
    """Read one entry, whichever way it came."""
    secrets = tuple(secret.get_secret_value() for secret in settings.secrets)
    content = None if "x-wjx-signature" in post.headers else _content(post)
    if content is not None:
        entry: Any = read_json(_opened(content, secrets), numbers="text")
    elif _is_form(post):
        entry = _with_plain_answers(gathered(read_urlencoded(post.body)), secrets)
    else:
        entry = read_json(post.body, numbers="text")
    if not isinstance(entry, Mapping):
        raise Unreadable("no_entry")
    found = submission(entry, settings)
    if found is None:
        raise Unreadable("no_id")
    return Reading(f"wenjuanxing:{found.form_id}:{found.submission_id}:{digest(dict(entry))}", (found,))


def submission(entry: Mapping[str, Any], settings: Settings) -> Submission | None:
    """Return an entry, as posted or as the API lists it; None where survey or answer id lack."""
    form_id = _text(entry, "activity", "vid")
    own_id = _text(entry, "joinid", "jid", "join_id")
    if not form_id or not own_id:
        return None
    at = _zoned(_text(entry, "submittime", "submit_time"), settings.zone)
    return Submission(
        source="wenjuanxing",
        form_id=form_id,
        submission_id=own_id,
        submitted_at=at,
        revision=at,
        answers=list(_answers(entry)),
        hidden={key: entry[key] for key in HIDDEN if entry.get(key)},
        meta={name: entry[key] for key, name in META.items() if entry.get(key)},
    )


def _answers(entry: Mapping[str, Any]) -> Iterator[Answer]:
    """Yield what was answered; what was skipped comes as an empty text or as (跳过) and says nothing."""
    given = [(key, value) for key, value in entry.items() if _QUESTION.fullmatch(key)]
    if isinstance(entry.get("submitdata"), str):
        given += _listed(entry["submitdata"])
    for one in objects(entry.get("answer_items")):
        given.append((f"q{one.get('q_index')}", one.get("answer", one.get("answer_text"))))
    for ref, value in given:
        if value not in (None, "", "(跳过)", "-2", "-3"):
            yield Answer(ref, value if isinstance(value, list) else str(value))


def _listed(submitdata: str) -> list[tuple[str, str]]:
    """Split `1$2}2$1|3}3$text`; several options are joined by commas, as in the other ways.

    >>> _listed("1$2}2$1|3}3$自由}文本")
    [('q1', '2'), ('q2', '1,3'), ('q3', '自由}文本')]
    """
    parts = re.split(r"}(?=[0-9]+(?:_[0-9]+)*\$)", submitdata)
    pairs = (part.partition("$") for part in parts)
    return [(f"q{number}", _options(answer)) for number, dollar, answer in pairs if dollar]


def _options(answer: str) -> str:
    return answer.replace("|", ",") if re.fullmatch(r"[0-9]+(\|[0-9]+)+", answer) else answer


def _with_plain_answers(entry: dict[str, Any], secrets: tuple[str, ...]) -> dict[str, Any]:
    """Decrypt `submitdata` where it is encrypted: then it is base64 and has no question in it."""
    held = entry.get("submitdata")
    if not isinstance(held, str) or "$" in held or not held:
        return entry
    for secret in secrets:
        try:
            return {**entry, "submitdata": decrypted(held, push_key(secret)).decode()}
        except (NotDeciphered, UnicodeDecodeError):
            continue
    raise Unreadable("not_deciphered")


def _content(post: Post) -> str | None:
    """Return the encrypted text of the jump (B), from the form's field or as the whole body; None for another way."""
    if _is_form(post):
        found = gathered(read_urlencoded(post.body)).get("content")
        return found if isinstance(found, str) else None
    return post.body.decode("ascii") if _BASE64.fullmatch(post.body) else None


def _opened(content: str, secrets: tuple[str, ...]) -> bytes:
    for secret in secrets:
        try:
            return decrypted(content, secret.encode())
        except NotDeciphered:
            continue
    raise PostRefused(401, "no key opens the content")


def _is_form(post: Post) -> bool:
    kind = post.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == FORMS[0] and not _BASE64.fullmatch(post.body)


def _zoned(text: str, zone: str) -> str:
    """Return a time with its zone; one that cannot be read as it is.

    >>> _zoned("2026-01-02 11:04:05", "Asia/Shanghai")
    '2026-01-02T11:04:05+08:00'
    """
    try:
        at = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return text
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).isoformat()


def _text(entry: Mapping[str, Any], *keys: str) -> str:
    found = (str(entry[key]) for key in keys if isinstance(entry.get(key), str | int) and entry.get(key) != "")
    return next(found, "")


SENDER = Sender("wenjuanxing", (*JSON, FORMS[0], "text/plain", ""), verify, read)
