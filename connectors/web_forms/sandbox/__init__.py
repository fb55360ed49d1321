"""Simulators of the form products that have an API: one is served at a time, chosen by the switch `product`.

Room: connectors/web_forms. `typeform` (default), `jinshuju`, `wenjuanxing`, `google_forms`, `gravity_forms`: each with
the population's entries, its own posts, and switches for what its documentation leaves open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from connectors.sandboxes.contract import Sandbox, SandboxOptions
from connectors.sandboxes.switches import settled
from connectors.web_forms.sandbox import google_forms, gravity_forms, jinshuju, typeform, wenjuanxing

__all__ = ["build"]

PRODUCTS: Mapping[str, Callable[[SandboxOptions], Sandbox]] = {
    "typeform": typeform.build,
    "jinshuju": jinshuju.build,
    "wenjuanxing": wenjuanxing.build,
    "google_forms": google_forms.build,
    "gravity_forms": gravity_forms.build,
}


def build(options: SandboxOptions) -> Sandbox:
    """Return the simulator of the chosen product; an unknown one is a `ValueError`."""
    given = options.switches
    product = settled({"product": tuple(PRODUCTS)}, {"product": given["product"]} if "product" in given else {})
    others = {name: value for name, value in given.items() if name != "product"}
    return PRODUCTS[product["product"]](replace(options, switches=others))
