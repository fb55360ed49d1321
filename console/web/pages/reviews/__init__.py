"""`/reviews`: the steward's queue, one question at a time, and many by a rule. Room: console."""

from __future__ import annotations

from console.access import acts
from console.web.frame.area import Area, NavEntry
from console.web.frame.texts import N_
from console.web.pages.reviews import answer, api, bulk, question, queue, undoing

AREA = Area(
    (queue.router, bulk.router, question.router, answer.router, undoing.router, api.router),
    (NavEntry("/reviews", N_("Reviews"), acts.SEE_REVIEWS, order=20, key="r", icon="reviews"),),
)
