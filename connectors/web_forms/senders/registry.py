"""The senders by name."""

from __future__ import annotations

from connectors.web_forms.senders import generic_json, html_form, jinshuju, standard_webhooks, typeform
from connectors.web_forms.senders.contract import Sender

SENDERS: dict[str, Sender] = {
    one.SENDER.name: one.SENDER for one in (generic_json, html_form, jinshuju, standard_webhooks, typeform)
}


def sender(product: str) -> Sender:
    """Return the sender of a product; the settings allow no other name."""
    return SENDERS[product]
