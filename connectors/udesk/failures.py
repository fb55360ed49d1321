"""What Udesk answers when it refuses, and what the hub does then.

`{"code": 1000, …}` is a success; any other code, with a message, may come under HTTP 200. What the codes mean is not
published in one place: the message is looked at for a few words, and never repeated.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from connectors.failures import Action, Failure, FailureTable
from connectors.one_by_one import TAKEN

if TYPE_CHECKING:
    from connectors.http import Reply

OK = 1000
GONE, NOT_JSON, SIGN = "not-found", "not-json", "sign"
_MISSING = 404
_WORDS = (
    (SIGN, re.compile(r"sign|签名|鉴权|认证|nonce|timestamp|token|unauthor", re.IGNORECASE)),
    (GONE, re.compile(r"not\s*found|not\s*exist|不存在|找不到|未找到", re.IGNORECASE)),
    (TAKEN, re.compile(r"already|taken|duplicat|uniq|已存在|已被|重复", re.IGNORECASE)),
)


def code_of(reply: Reply) -> str:
    """Return the code in an answer, "" for a success; bears any body."""
    if not isinstance(reply.body, dict):
        return (GONE if reply.status == _MISSING else "") if not reply.ok else NOT_JSON
    code = reply.body.get("code")
    if reply.ok and str(code) == str(OK):
        return ""
    said = str(reply.body.get("message") or reply.body.get("exception") or "")
    named = next((name for name, words in _WORDS if words.search(said)), "")
    if named or not reply.ok:
        return named or (GONE if reply.status == _MISSING else "")
    return f"code-{code}" if isinstance(code, int) else "code-none"


FAILURES = FailureTable(
    rows=(
        Failure(Action.RETRY, "the answer is not JSON", "Check that base_url is the account's.", 200, NOT_JSON),
        Failure(
            Action.STOP,
            "the signature was refused",
            "Check email, api_token and this machine's clock; the administrator may have a new token.",
            code=SIGN,
        ),
        Failure(Action.STOP, "the signature was refused", "Check email and api_token.", status=401),
        Failure(Action.SKIP, "no such customer", "Nothing to do: the hub takes it for deleted.", code=GONE),
        Failure(
            Action.SKIP,
            "another customer has this mail or number",
            "Merge the two in Udesk, or let the hub match them after the next pull.",
            code=TAKEN,
        ),
    ),
    code_of=code_of,
)
