"""A simulator of Zoho CRM's REST API: `build(options)`.

Room: connectors/zoho_crm; serves only, calls nothing. What Zoho's pages leave open is a switch (`switches.py`).
"""

from __future__ import annotations

from connectors.zoho_crm.sandbox.build import build

__all__ = ["build"]
