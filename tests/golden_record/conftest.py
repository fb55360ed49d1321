"""Settings for the property tests of this room."""

from __future__ import annotations

import os

from hypothesis import settings

# A busy machine is no fault of the code; more examples for whoever looks for trouble.
settings.register_profile("golden-record", deadline=None, max_examples=int(os.environ.get("CRMHUB_EXAMPLES", "100")))
settings.load_profile("golden-record")
