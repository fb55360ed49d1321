"""By which links two records of one cluster hold together: the path whose weakest link is the strongest.

Room: golden_record, the pure half.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from golden_record.matching.clusters import Link


def strongest_path(links: Iterable[Link], start: str, end: str) -> tuple[Link, ...]:
    """Return the links from *start* to *end* along the path whose weakest link weighs most; empty where there is none.

    Of paths alike in that, the one with fewer links; then the one through the smaller keys. Each link comes in the
    direction of travel.
    """
    near: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    for link in links:
        near[link.a].append((link.b, link.weight))
        near[link.b].append((link.a, link.weight))
    reached: set[str] = set()
    waiting: list[tuple[float, int, tuple[str, ...], tuple[float, ...]]] = [(-math.inf, 0, (start,), ())]
    while waiting:
        weakest, length, stops, weights = heapq.heappop(waiting)
        here = stops[-1]
        if here == end:
            return tuple(Link(a, b, weight) for (a, b), weight in zip(pairwise(stops), weights, strict=True))
        if here in reached:
            continue
        reached.add(here)
        for there, weight in near[here]:
            if there not in reached:
                onward = (max(weakest, -weight), length + 1, (*stops, there), (*weights, weight))
                heapq.heappush(waiting, onward)
    return ()
