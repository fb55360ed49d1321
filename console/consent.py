"""Walk an owner through a vendor's consent at the terminal. Room: console."""

from __future__ import annotations

import webbrowser
from collections.abc import Mapping
from typing import Any

import typer

from connectors.consent import Asked, Consent, token_for
from connectors.errors import ConnectorError
from connectors.registry import Connector
from console.say import note
from flows.consent_redirect import ConsentMissed, redirect_at

PORT = 8765
"""Where the browser is sent back to; the vendor wants to know the address beforehand."""
MINUTES = 5
NOT_YET = "not made yet"


def consented(connector: Connector, consent: Consent, system: str, config: Mapping[str, Any], port: int) -> str | None:
    """Ask for the token that the vendor's consent gives, or get one; None where that came to nothing."""
    shown = f"{consent.setting} (empty: get one now, by the vendor's consent)"
    given = str(typer.prompt(shown, default="", show_default=False, hide_input=True, err=True)).strip()
    if given:
        return given
    settings = connector.settings.model_validate({**config, consent.setting: NOT_YET})
    code, asked = "", None
    if consent.console:
        note(f"In {consent.console}.")
        what = "the code from there (empty: by the browser instead)"
        code = str(typer.prompt(what, default="", show_default=False, hide_input=True, err=True)).strip()
    try:
        if not code:
            code, asked = _by_browser(consent, settings, port)
        return token_for(consent, system, settings, code, asked)
    except (ConnectorError, ConsentMissed) as missed:
        note(str(missed))
    except OSError:
        note(f"port {port} of this machine is taken: name another with --port, and tell the vendor of it")
    return None


def _by_browser(consent: Consent, settings: Any, port: int) -> tuple[str, Asked]:  # noqa: ANN401 (the connector's own settings)
    with redirect_at(port) as redirect:
        asked = Asked.anew(redirect.address)
        page = consent.page(settings, asked)
        note(f"The client must know this address to come back to: {redirect.address}")
        note(f"Open this page, as an owner of the account, and agree:\n{page}")
        webbrowser.open(page)
        return redirect.code(asked.state, MINUTES * 60.0), asked
