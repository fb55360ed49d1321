"""Requests made up from the API's own description, by every role: nothing breaks, nothing opens, errors have one shape.

The short form is the same every time; the soak takes many more examples, and others at each run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.core import NOT_SET
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from console.access.user import Role
from console.web.app import make_app
from console.web.frame.route_table import Declared, declared
from tests.console.web.desk import Hand, add_users
from tests.console.web.served import Served, serving
from tests.system.world import typed, world

PERSON = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "email": "xiaowen.ouyang@huaxin-cable.cn"}
SHORT, LONG = 1, int(os.environ.get("CRMHUB_SOAK_STEPS", "60"))
QUIET: Final = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
OPEN: Final = ("/webhooks", "/update", "/healthz", "/readyz")
"""Open to all, with answers of their own."""
Names = dict[str, list[str]]


class Hub:
    """A small hub that serves, a hand for each role with its form token, and ids that lead somewhere."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.hands = {role: Hand(served.base_url) for role in Role}
        for role, hand in self.hands.items():
            assert hand.sign_in(role.value).status_code == 303
            hand.headers["X-Form-Token"] = hand.form_token("/account")
        profile = served.get("/api/profiles").json()["items"][0]["profile_id"]
        run = served.get("/api/runs").json()["items"][0]["run_id"]
        self.names: Names = {
            "system": ["zoho_crm", "fxiaoke"],
            "stream": ["Contacts", "ContactObj"],
            "profile_id": [profile],
            "run_id": [run],
            "name": [run],
        }
        self.acts = {(one.method, one.path): one for one in declared(make_app(None))}  # type: ignore[arg-type]
        raw = served.get("/api/openapi.json").json()
        read = list(schemathesis.openapi.from_dict(raw).get_all_operations())
        found = [one.ok() for one in read if isinstance(one, Ok)]
        assert len(found) == len(read), "a part of the description cannot be read"
        self.operations: list[APIOperation[Any, Any, Any]] = sorted(found, key=lambda one: (one.path, one.method))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    people = [typed("zoho_crm", "contact", "c1", PERSON), typed("fxiaoke", "contact", "c1", PERSON)]
    folder: Path = tmp_path_factory.mktemp("fuzz") / "project"
    with world(folder, people) as made:
        made.sync()
        with serving(folder, work=False) as served:
            add_users(served)
            yield Hub(served)


def examples(one: APIOperation[Any, Any, Any], names: Names) -> st.SearchStrategy[tuple[Any, dict[str, Any]]]:
    """Return requests of an operation; what its path names is now and then something that is there."""

    @st.composite
    def drawn(draw: st.DrawFn) -> tuple[Any, dict[str, Any]]:
        case = draw(one.as_strategy())
        path = dict(case.path_parameters or {})
        for name in path:
            if name in names and draw(st.booleans()):
                path[name] = draw(st.sampled_from(names[name]))
        return case, path

    return drawn()


def try_out(hub: Hub, one: APIOperation[Any, Any, Any], config: settings) -> None:
    """Send what is drawn for an operation as every role."""

    @config
    @given(drawn=examples(one, hub.names))
    def run(drawn: tuple[Any, dict[str, Any]]) -> None:
        case, path = drawn
        for role, hand in hub.hands.items():
            case.path_parameters = path
            body: dict[str, Any] = {} if case.body is NOT_SET else {"json": case.body}
            headers = {name: str(text) for name, text in (case.headers or {}).items() if str(text).isascii()}
            answer = hand.request(
                one.method.upper(),
                hub.served.base_url + case.formatted_path,
                params=case.query,
                headers={**headers, "X-Form-Token": hand.headers["X-Form-Token"], "Authorization": None},
                allow_redirects=False,
                timeout=90,
                **body,
            )
            told = f"{role} {one.method.upper()} {case.formatted_path} {case.query} {body}: {answer.status_code}"
            assert answer.status_code < 500 or answer.status_code == 503, told
            _right_shape(answer, told)
            _nothing_beyond(hub.acts[one.method.upper(), one.path], role, answer.status_code, told)

    run()


def _right_shape(answer: Any, told: str) -> None:
    if answer.status_code >= 400:
        said = answer.json()
        assert set(said) - {"fields"} == {"error", "message", "cure"}, told
        assert "Traceback" not in answer.text, told
    elif answer.content and answer.status_code < 300:
        assert answer.headers["content-type"].startswith(("application/json", "text/plain")), told


def _nothing_beyond(act: Declared, role: Role, status: int, told: str) -> None:
    if act.act is not None and role not in act.act.roles:
        assert status in {401, 403, 404, 405, 413, 415, 422}, told
        assert status in {401, 403} or status == 404, told  # 404: an address that leads to no route at all


def every(hub: Hub, config: Callable[[], settings]) -> None:
    wrong = []
    for one in hub.operations:
        if one.path.startswith(OPEN):
            continue
        try:
            try_out(hub, one, config())
        except AssertionError as failed:
            wrong.append(str(failed)[:600])
    assert wrong == []


def test_made_up_requests_break_and_open_nothing(hub: Hub) -> None:
    every(
        hub,
        lambda: settings(
            max_examples=SHORT,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=QUIET,
        ),
    )


@pytest.mark.soak
def test_many_made_up_requests_break_and_open_nothing(hub: Hub) -> None:
    every(
        hub,
        lambda: settings(
            max_examples=LONG, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=QUIET
        ),
    )
