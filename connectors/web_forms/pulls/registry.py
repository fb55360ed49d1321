"""The pull APIs by product."""

from __future__ import annotations

from connectors.web_forms.pulls import google_forms, gravity_forms, jinshuju, typeform, wenjuanxing
from connectors.web_forms.pulls.contract import Pull

PULLS: dict[str, Pull] = {
    "typeform": typeform.PULL,
    "jinshuju": jinshuju.PULL,
    "wenjuanxing": wenjuanxing.PULL,
    "google_forms": google_forms.PULL,
    "gravity_forms": gravity_forms.PULL,
}
