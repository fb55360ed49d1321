"""`crmhub connect` where the vendor asks for its owner's consent: by the console's code, and by the browser."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from ruamel.yaml import YAML

from connectors.consent import Asked, token_for
from connectors.errors import StopSystem
from connectors.registry import connector
from connectors.sandboxes.run import RunningSandboxes, start_sandboxes
from flows.consent_redirect import ConsentMissed, redirect_at
from flows.new_project import write_project
from flows.project_secrets import FILE
from tests.console.test_connect import at_a_terminal

SYSTEMS = ("zoho_crm", "zendesk", "zoho_desk", "web_forms")
LOG = logging.getLogger("test")


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandboxes]:
    with start_sandboxes(SYSTEMS, 3, 1, switches={"web_forms": {"product": "google_forms"}}) as found:
        yield found


def config(running: RunningSandboxes, system: str) -> dict[str, Any]:
    return dict(running.describe()["systems"][system]["config"]["config"])


def browse(url: str, **facts: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, timeout=30, **facts)


def test_a_code_of_the_self_client_becomes_a_refresh_token_that_nobody_sees(
    running: RunningSandboxes, tmp_path: Path
) -> None:
    write_project(tmp_path / "p")
    made = config(running, "zoho_crm")
    code = str(browse(f"{made['base_url']}/__sim/grant").json()["code"])
    answers = [
        ("department", "sales"),
        ("client_id", made["client_id"]),
        ("client_secret", made["client_secret"]),
        ("a further setting", "accounts_url"),
        ("accounts_url", made["accounts_url"]),
        ("a further setting", "base_url"),
        ("base_url", made["base_url"]),
        ("a further setting", ""),
        ("refresh_token (empty", ""),
        ("the code from there", code),
        ("streams", "Contacts"),
    ]
    ended, shown = at_a_terminal(answers, "connect", "zoho_crm", "--project", str(tmp_path / "p"))
    assert ended == 0, shown
    texts = [shown, *(one.read_text() for one in (tmp_path / "p" / "config").rglob("*") if one.is_file())]
    assert [text for text in texts if code in text or made["refresh_token"] in text] == []
    block = YAML().load(tmp_path / "p" / "config" / "hub.yaml")["systems"]["zoho_crm"]
    assert block["config"]["refresh_token"] == "${ZOHO_CRM_REFRESH_TOKEN}"
    assert (tmp_path / "p" / FILE).exists()


def test_a_code_is_good_once(running: RunningSandboxes) -> None:
    made, zoho = config(running, "zoho_crm"), connector("zoho_crm")
    assert zoho.consent is not None
    settings = zoho.settings.model_validate(made)
    code = str(browse(f"{made['base_url']}/__sim/grant").json()["code"])
    assert token_for(zoho.consent, "zoho_crm", settings, code, None) == made["refresh_token"]
    with pytest.raises(StopSystem) as refused:
        token_for(zoho.consent, "zoho_crm", settings, code, None)
    assert refused.value.code == "invalid_code"
    assert code not in str(refused.value)


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_browser_brings_a_code_back_to_this_machine(running: RunningSandboxes, system: str) -> None:
    made, found = config(running, system), connector(system)
    assert found.consent is not None
    settings = found.settings.model_validate({**made, "refresh_token": "not made yet"})
    with redirect_at(0) as redirect:
        asked = Asked.anew(redirect.address)
        page = found.consent.page(settings, asked)
        visit = threading.Thread(target=browse, args=(page,))
        visit.start()
        code = redirect.code(asked.state, 30.0)
        visit.join(30)
    token = token_for(found.consent, system, settings, code, asked)
    source = found.source()
    answer = source.check(LOG, {**made, "refresh_token": token})
    assert answer.status.value == "SUCCEEDED", answer.message


def test_a_code_that_comes_with_another_state_is_not_taken() -> None:
    with redirect_at(0) as redirect:
        answers: list[int] = []
        stranger = threading.Thread(
            target=lambda: answers.append(browse(f"{redirect.address}?code=evil&state=guessed").status_code)
        )
        stranger.start()
        with pytest.raises(ConsentMissed):
            redirect.code("mine", 2.0)
        stranger.join(10)
    assert answers == [400]


def test_an_owner_who_does_not_agree_is_understood() -> None:
    with redirect_at(0) as redirect:
        no = threading.Thread(target=browse, args=(f"{redirect.address}?error=access_denied&state=mine",))
        no.start()
        with pytest.raises(ConsentMissed, match="not agreed"):
            redirect.code("mine", 30.0)
        no.join(10)
