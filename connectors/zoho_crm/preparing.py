"""Make the binding field where it is missing, so that a create can be repeated without making a second record.

Room: connectors/zoho_crm; calls through the client.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from connectors.errors import ConnectorError, OutcomeUnknown, SkipRecord, StopSystem
from connectors.zoho_crm.client import Client
from connectors.zoho_crm.metadata import Field, fields_of

log = logging.getLogger(__name__)

LENGTH = 64
"""Characters of the binding field; a ULID has 26."""
FIELD_NOT_MADE = "BINDING_FIELD_NOT_MADE"


def prepare(client: Client) -> Iterator[str]:
    """Make the binding field in every configured module that lacks it; yield a line for each one made.

    An external field of the organisation where the edition has those (nobody sees or edits it), else a unique one.

    Raises:
        StopSystem: it is there and not unique, or Zoho refuses it; says what to do by hand.
    """
    for module in client.settings.modules:
        found = _binding_field(client, module)
        if found is None:
            yield _made(client, module)
        elif not found.unique:
            raise _not_made(client, module, f"the field {found.api_name} is there and not unique")


def _made(client: Client, module: str) -> str:
    label = client.settings.binding_field.replace("_", " ")
    refused = ""
    for external in (True, False):
        try:
            client.create_text_field(module, label, LENGTH, external=external)
        except OutcomeUnknown as silent:
            refused = silent.code
        except SkipRecord as error:
            log.debug("%s/%s: no binding field (%s)", client.system, module, error.code)
            refused = error.code
            continue
        found = _binding_field(client, module)
        if found is not None and found.unique:
            return f"{module}: made the {'external' if external else 'unique'} text field {found.api_name}"
        if found is not None:
            break
    raise _not_made(
        client, module, f"Zoho made no unique field {client.settings.binding_field} [{refused or 'no reason'}]"
    )


def _binding_field(client: Client, module: str) -> Field | None:
    fields = fields_of(client.fields(module))
    return next((one for one in fields if one.api_name == client.settings.binding_field), None)


def _not_made(client: Client, module: str, what: str) -> ConnectorError:
    return StopSystem(
        what,
        system=client.system,
        stream=module,
        code=FIELD_NOT_MADE,
        cure=f"Make it in Zoho: a text field ({LENGTH}), 'do not allow duplicate values'; a module bears two such.",
    )
