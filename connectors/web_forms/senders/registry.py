"""The senders by name."""

from __future__ import annotations

from connectors.web_forms.senders import (
    contact_form_7,
    generic_json,
    google_forms,
    gravity_forms,
    html_form,
    jinshuju,
    standard_webhooks,
    typeform,
    wenjuanxing,
)
from connectors.web_forms.senders.contract import Sender

SENDERS: dict[str, Sender] = {
    one.SENDER.name: one.SENDER
    for one in (
        contact_form_7,
        generic_json,
        google_forms,
        gravity_forms,
        html_form,
        jinshuju,
        standard_webhooks,
        typeform,
        wenjuanxing,
    )
}


def sender(product: str) -> Sender:
    """Return the sender of a product; the settings allow no other name."""
    return SENDERS[product]
