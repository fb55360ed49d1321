"""A simulator of 问卷星: the open API (signed posts, refusals under 200) and its three ways of pushing.

Switches:

    push       data       way A: JSON, signed over survey and number (default)
               jump       way B: an encrypted form
               late_jump  way B as a late repeat: the encrypted text is the raw body
               api        way C: a form, signed over the raw body
               api_encrypted
    answers    keyed      answers stand under their numbers, what was answered beside the rest as q1, q2 (default)
               listed     answers are a list, what was answered in one text, `submitdata`
    sign_in    sign       calls are signed (default) | bearer: an ApiKey in the header
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import orjson
from starlette.applications import Starlette
from starlette.routing import Route

from connectors.sandboxes.answers import Json
from connectors.sandboxes.contract import Change, PostOut, Sandbox, SandboxOptions
from connectors.sandboxes.switches import Known
from connectors.web_forms.ciphers import encrypted, push_key
from connectors.web_forms.sandbox.collected import STREAM, Collected, form_of, made_up_id, number_of
from connectors.web_forms.sandbox.forms import QUESTIONS
from connectors.web_forms.sandbox.typeform import identity_of
from connectors.web_forms.signatures import wenjuanxing_body_signature, wenjuanxing_call, wenjuanxing_sign

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from connectors.sandboxes.book import Stored

SWITCHES: Known = {
    "push": ("data", "jump", "late_jump", "api", "api_encrypted"),
    "answers": ("keyed", "listed"),
    "sign_in": ("sign", "bearer"),
}
LARGEST_PAGE, USUAL_PAGE = 50, 50
SIGN_SECONDS = 30
YES, NO = "1", "2"
BEIJING = ZoneInfo("Asia/Shanghai")


def build(options: SandboxOptions) -> Sandbox:
    """Return one simulated account with two surveys and the population's answers."""
    form_ids = (made_up_id(options.seed, "wjx1", "123456789", 9), made_up_id(options.seed, "wjx2", "123456789", 9))
    account = Collected(options, "wenjuanxing", SWITCHES, form_ids)
    api = Api(account)
    signed = {"api_key": api.app_id, "api_secret": api.app_key}
    settings: dict[str, Any] = {
        "base_url": f"{options.base_url}/openapi/default.aspx",
        "secrets": [api.app_key],
        "names": {question(ref): ref for ref in QUESTIONS},
        **(signed if account.switches["sign_in"] == "sign" else {"token": api.bearer}),
    }
    config = account.config(settings, question("consent"))
    config["config"]["consents"][question("consent")] |= {"yes": [YES], "no": [NO]}
    return Sandbox(
        name="web_forms",
        app=api.app(),
        book=account.book,
        config=config,
        identity_of=identity_of,
        expire_tokens=lambda: None,  # keys have no end
        writes=lambda _method, _path: False,
        post_event=api.post_event,
        save_as_person=account.save_as_person,
        error_body=lambda _status: {"result": False, "errormsg": "系统繁忙"},
        recall=account.recall,
    )


def question(ref: str) -> str:
    """Return the number of a question, such as q1."""
    return f"q{list(QUESTIONS).index(ref) + 1}"


class Api:
    """The open API over one account."""

    def __init__(self, account: Collected) -> None:
        self.account = account
        self.app_id, self.bearer = account.secret("appid")[:8], account.secret("bearer")
        self.app_key = account.secret("appkey")

    def app(self) -> Starlette:
        """Return the API."""
        return Starlette(
            routes=[
                Route("/__sim/config", self._sim_config),
                Route("/openapi/default.aspx", self._asked, methods=["POST"]),
            ]
        )

    def post_event(self, url: str, change: Change) -> PostOut | None:
        """Make the push of a new answer, in the way that the switch says; edits and deletions are never told."""
        held = self.account.book.get(STREAM, change.record_id)
        if held is None or change.kind != "create":
            return None
        entry = self.entry(held)
        way = self.account.switches["push"]
        if way == "data":
            return PostOut(url, {"Content-Type": "application/json"}, orjson.dumps(entry))
        if way in {"jump", "late_jump"}:
            iv = hashlib.md5(change.record_id.encode()).digest()  # noqa: S324 (repeatable, keeps no secret)
            content = encrypted(orjson.dumps(entry), self.app_key.encode(), iv)
            kind = "application/x-www-form-urlencoded"
            body = urlencode({"content": content}) if way == "jump" else content
            return PostOut(url, {"Content-Type": kind}, body.encode())
        return self._api_push(url, held, encrypt=way == "api_encrypted")

    def entry(self, held: Stored) -> dict[str, str]:
        """Return an answer as it is pushed: everything is a text."""
        form_id, number = form_of(held), str(number_of(held))
        return {
            "activity": form_id,
            "name": self.account.forms[form_id].title,
            "index": number,
            "joinid": joined(held),
            "timetaken": "64",
            "submittime": _stamp(held.created_at),
            **{question(ref): _text(value) for ref, value in held.values.items() if ref in QUESTIONS},
            "totalvalue": "0",
            "sojumpparm": "",
            "ipaddress": "203.0.113.5",
            "sign": wenjuanxing_sign(self.app_key, form_id, number),
        }

    def _api_push(self, url: str, held: Stored, *, encrypt: bool) -> PostOut:
        submitdata = _submitdata(held)
        if encrypt:
            submitdata = encrypted(submitdata.encode(), push_key(self.app_key), b"0123456789abcdef")
        form = {
            "vid": form_of(held),
            "jid": joined(held),
            "submitdata": submitdata,
            "submittime": _stamp(held.created_at),
            "source": "",
            "ip": "203.0.113.5",
        }
        body = urlencode(form).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Wjx-Signature": wenjuanxing_body_signature(self.app_key, body),
        }
        return PostOut(url, headers, body)

    async def _sim_config(self, _request: Request) -> Response:
        return Json({"switches": self.account.switches, "limits": self.account.options.limits})

    async def _asked(self, request: Request) -> Response:
        try:
            asked = orjson.loads(await request.body())
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            return _refused("参数错误")
        if not self._knows(request, asked):
            return _refused("签名错误或已过期")
        handlers = {"1000002": self._surveys, "1000001": self._survey, "1001002": self._answers}
        handler = handlers.get(str(asked.get("action")))
        return handler(asked) if handler else _refused("接口不存在")

    def _knows(self, request: Request, asked: Mapping[str, Any]) -> bool:
        if self.account.switches["sign_in"] == "bearer":
            return request.headers.get("authorization") == f"Bearer {self.bearer}"
        ts = str(asked.get("ts", ""))
        fresh = ts.isdigit() and abs(self.account.options.clock.now().timestamp() - int(ts)) <= SIGN_SECONDS
        values = {key: str(value) for key, value in asked.items() if key != "sign"}
        values["traceid"] = request.query_params.get("traceid", "")
        right = wenjuanxing_call(self.app_key, values)
        return fresh and asked.get("appid") == self.app_id and asked.get("sign") == right

    def _surveys(self, _asked: Mapping[str, Any]) -> Response:
        forms = self.account.forms
        surveys = {key: {"vid": int(key), "sid": key, "title": one.title, "status": 1} for key, one in forms.items()}
        data = {"page_index": 1, "page_size": 300, "total_count": len(surveys), "sort": 0, "activitys": surveys}
        return Json({"result": True, "data": data})

    def _survey(self, asked: Mapping[str, Any]) -> Response:
        form = self.account.forms.get(str(asked.get("vid")))
        if form is None:
            return _refused("问卷不存在")
        numbers = [(question(ref), QUESTIONS[ref][2]) for ref in form.refs]
        questions = [{"q_index": int(number[1:]), "q_type": 5, "q_title": title} for number, title in numbers]
        return Json({"result": True, "data": {"vid": form.form_id, "title": form.title, "questions": questions}})

    def _answers(self, asked: Mapping[str, Any]) -> Response:
        form_id = str(asked.get("vid"))
        if form_id not in self.account.forms:
            return _refused("问卷不存在")
        size = min(LARGEST_PAGE, int(asked.get("page_size") or USUAL_PAGE))
        found = self.account.entries(form_id, int(asked.get("min_index") or 0))
        if asked.get("jid"):
            found = [one for one in found if joined(one) == asked["jid"]]
        items = [self._item(one) for one in found[:size]]
        if self.account.switches["answers"] == "keyed":
            shown: Any = {str(item.pop("index")): item for item in items}
        else:
            shown = items
        return Json({"result": True, "data": {"vid": int(form_id), "total_count": len(found), "answers": shown}})

    def _item(self, held: Stored) -> dict[str, Any]:
        entry: dict[str, Any] = {key: value for key, value in self.entry(held).items() if key not in {"name", "sign"}}
        if self.account.switches["answers"] == "keyed":
            return entry
        plain = {key: value for key, value in entry.items() if not key.startswith("q")}
        return {**plain, "jid": plain.pop("joinid"), "submitdata": _submitdata(held)}


def joined(held: Stored) -> str:
    """Return the id of an answer, unlike its number unique over all surveys."""
    return f"{form_of(held)[:3]}{number_of(held):06d}"


def _submitdata(held: Stored) -> str:
    texts = ((question(ref)[1:], _text(value)) for ref, value in held.values.items() if ref in QUESTIONS)
    return "}".join(f"{number}${text}" for number, text in texts)


def _text(value: Any) -> str:  # noqa: ANN401 (an answer of any kind)
    if isinstance(value, bool):
        return YES if value else NO
    return ",".join(value) if isinstance(value, list) else str(value if value is not None else "")


def _stamp(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def _refused(said: str) -> Response:
    return Json({"result": False, "errormsg": said})
