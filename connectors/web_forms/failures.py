"""The pull APIs' answers and what the hub does about them, product by product.

Their error bodies: Typeform `{"code", "description"}`, Jinshuju `{"error_description"}`, 问卷星 `{"result": false,
"errormsg"}` under 200, Google `{"error": {"status"}}` (its token calls: `{"error": "invalid_grant"}`), WordPress
`{"code"}`. Only codes are taken from them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from connectors.failures import Action, Failure, FailureTable

if TYPE_CHECKING:
    from connectors.http import Reply

NOT_JSON = "not-json"
SIGN, REFUSED = "sign", "refused"
_CODE = re.compile(r"[A-Za-z][A-Za-z_]{1,39}")
_ABOUT_SIGN = re.compile(r"sign|签名|appid|appkey|过期|时间戳", re.IGNORECASE)

_NO_JSON = Failure(
    Action.RETRY,
    "the answer was no JSON, as from a proxy or a maintenance page",
    "Check base_url; the hub tries again.",
    code=NOT_JSON,
)
_TOO_MANY = Failure(Action.RETRY, "too many calls", "Nothing to do: the hub waits.", status=429, wait_seconds=1.0)


def code_of(reply: Reply) -> str:
    """Return the error's code; a success that is no JSON object is one, too."""
    if reply.ok:
        return "" if isinstance(reply.body, dict) else NOT_JSON
    return _named(reply.body) or str(reply.status)


def wenjuanxing_code_of(reply: Reply) -> str:
    """Return the code of an answer that says `result: false` under HTTP 200; its words are read, never repeated."""
    code = code_of(reply)
    if code or reply.body.get("result") is not False:
        return code
    said = reply.body.get("errormsg")
    return SIGN if isinstance(said, str) and _ABOUT_SIGN.search(said) else REFUSED


def _named(body: Any) -> str:  # noqa: ANN401 (any JSON)
    error = body.get("code") if isinstance(body, dict) else None
    if error is None and isinstance(body, dict):
        error = body.get("error")
        error = error.get("status") if isinstance(error, dict) else error
    return error if isinstance(error, str) and _CODE.fullmatch(error) else ""


def _credentials(what: str, scopes: str) -> tuple[Failure, ...]:
    return (
        Failure(Action.STOP, "the credentials were refused", what, status=401),
        Failure(Action.STOP, "the account may not read forms and responses", scopes, status=403),
    )


def _no_form(cure: str) -> Failure:
    return Failure(Action.SKIP, "there is no such form or entry, or the account cannot see it", cure, status=404)


TYPEFORM = FailureTable(
    rows=(
        _NO_JSON,
        Failure(
            Action.STOP,
            "the access token was refused",
            "Make a new personal access token in the account's settings and put it into `token`.",
            status=401,
        ),
        Failure(
            Action.STOP,
            "the token may not read forms and responses",
            "Give the token the scopes forms:read and responses:read.",
            status=403,
        ),
        Failure(
            Action.SKIP,
            "there is no such form, or the token's account cannot see it",
            "Correct the id under `forms`, or use a token of the account that owns the form.",
            status=404,
        ),
        _TOO_MANY,
    ),
    code_of=code_of,
)
JINSHUJU = FailureTable(
    rows=(
        _NO_JSON,
        *_credentials(
            "Check api_key and api_secret; the API belongs to enterprise plans.",
            "Use the enterprise key: a member's key sees only forms that this member made.",
        ),
        Failure(
            Action.STOP,
            "the account's plan has expired",
            "Renew the plan with Jinshuju; entries still arrive by post.",
            status=402,
        ),
        _no_form("Correct the token under `forms`, or use the key of the account that made the form."),
        _TOO_MANY,
    ),
    code_of=code_of,
)
WENJUANXING = FailureTable(
    rows=(
        _NO_JSON,
        Failure(
            Action.STOP,
            "the signature was refused",
            "Check api_key (appid), api_secret (appkey) and this machine's clock: a signature lives for 30 seconds.",
            code=SIGN,
        ),
        Failure(
            Action.SKIP,
            "the survey cannot be read",
            "Correct the number under `forms`; the API belongs to the plan 旗舰版.",
            code=REFUSED,
        ),
        *_credentials("Check `token`, or api_key and api_secret.", "Let the account use the open API (旗舰版)."),
        _TOO_MANY,
    ),
    code_of=wenjuanxing_code_of,
)
GOOGLE_FORMS = FailureTable(
    rows=(
        _NO_JSON,
        Failure(
            Action.STOP,
            "the refresh token was refused",
            "Let the forms' owner consent anew and put the new refresh token into `refresh_token`.",
            code="invalid_grant",
        ),
        Failure(
            Action.STOP,
            "the OAuth client was refused",
            "Check client_id and client_secret in Google's console.",
            code="invalid_client",
        ),
        Failure(
            Action.STOP,
            "the token may not read forms and responses",
            "Consent with the scopes forms.responses.readonly and forms.body.readonly, as a person who sees the form.",
            status=403,
        ),
        _no_form("Correct the id under `forms`: it stands in the address of the form's editor."),
        _TOO_MANY,
    ),
    code_of=code_of,
)
GRAVITY_FORMS = FailureTable(
    rows=(
        _NO_JSON,
        *_credentials(
            "Check api_key and api_secret (Forms > Settings > REST API); WordPress takes them over https only.",
            "Give the key's user the capability gravityforms_view_entries.",
        ),
        _no_form("Correct the id under `forms`, and check that the REST API is switched on in Gravity Forms."),
        _TOO_MANY,
    ),
    code_of=code_of,
)
TABLES: dict[str, FailureTable] = {
    "typeform": TYPEFORM,
    "jinshuju": JINSHUJU,
    "wenjuanxing": WENJUANXING,
    "google_forms": GOOGLE_FORMS,
    "gravity_forms": GRAVITY_FORMS,
}
"""By product."""
