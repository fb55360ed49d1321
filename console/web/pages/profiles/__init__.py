"""`/profiles`: find a customer, see all that is known and where it comes from, mend it. Room: console."""

from __future__ import annotations

from console.access import acts
from console.web.frame.area import Area, NavEntry
from console.web.frame.texts import N_
from console.web.pages.profiles import api, found, mend, profile

AREA = Area(
    (found.router, mend.router, profile.router, api.router),
    (NavEntry("/profiles", N_("Profiles"), acts.SEE_PROFILES, order=30, key="p", icon="profiles"),),
)
