"""`crmhub sandbox --switch`: what is chosen holds, and what cannot be chosen is said before anything is served."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import requests

from tests.console.hands import Shell

WEB = ("sandbox", "--systems", "web_forms,zendesk", "--customers", "0")


@pytest.mark.parametrize(
    ("switch", "said"),
    [
        ("zendesk=off", "not written as SYSTEM.NAME=VALUE"),
        ("zendesk.bulk_creates=off", "unknown switches ['bulk_creates']"),
        ("zendesk.bulk_create=of", "bulk_create may be on or off"),
        ("zendesk.job_working_polls=some", "or any number"),
        ("zoho_crm.page_tokens=keyset", "zoho_crm is not served; served are web_forms, zendesk"),
        ("web_forms.product=typform", "product may be typeform or jinshuju"),
        ("web_forms.plan=expired", "unknown switches ['plan']"),
    ],
)
def test_a_switch_that_would_change_nothing_is_refused(shell: Shell, switch: str, said: str) -> None:
    answer = shell(*WEB, "--switch", switch)
    assert (answer.code, said in answer.err) == (2, True), answer.err


def test_what_is_chosen_holds(tmp_path_factory: pytest.TempPathFactory) -> None:
    switches = ("zendesk.bulk_create=off", "web_forms.product=jinshuju", "web_forms.plan=expired")
    command = [sys.executable, "-m", "console.main", *WEB, *(part for one in switches for part in ("--switch", one))]
    place = tmp_path_factory.mktemp("sandbox")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=place) as child:
        try:
            assert child.stdout is not None
            systems = json.loads(child.stdout.readline())["systems"]
            assert systems["web_forms"]["config"]["config"]["product"] == "jinshuju"
            with requests.Session() as session:
                session.trust_env = False
                told = {
                    name: session.get(f"{one['base_url']}/__sim/config", timeout=10) for name, one in systems.items()
                }
            assert told["zendesk"].json()["switches"]["bulk_create"] == "off"
            assert told["web_forms"].json()["switches"] == {"keys": "api_code", "next": "behind", "plan": "expired"}
        finally:
            child.terminate()
            child.wait(20)
    assert child.returncode == 0
