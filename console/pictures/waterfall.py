"""A pair's weight as a waterfall: from the prior, comparison by comparison, down to the sum. Room: console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.pictures.svg import BAD, FAINT, GOOD, INK, TOTAL, box, line, picture, text

WIDTH, LEFT, RIGHT = 860, 330, 70
ROW, TOP = 26, 74


def waterfall(explained: Mapping[str, Any]) -> str:
    """Return the picture of what `match explain --json` prints, as an SVG file."""
    steps = [step for step in explained["comparisons"] if step["bits"] or step["field"] == "prior"]
    sums = [0.0]
    for step in steps:
        sums.append(sums[-1] + step["bits"])
    limits = explained["thresholds"]
    reached = [*sums, explained["weight"], limits["auto"], limits["review"]]
    low, high = float(min(reached)), float(max(reached))
    scale = (WIDTH - LEFT - RIGHT) / ((high - low) or 1.0)

    def at(bits: float) -> float:
        return LEFT + (bits - low) * float(scale)

    height = TOP + ROW * (len(steps) + 1) + 40
    a, b = explained["records"]["a"], explained["records"]["b"]
    shapes = [text(16, 24, f"{_name(a)}  ↔  {_name(b)}", size=15), text(16, 44, explained["because"], colour="#555555")]
    shapes += _limit(at(limits["auto"]), height, f"auto {limits['auto']:g}", "start")
    shapes += _limit(at(limits["review"]), height, f"review {limits['review']:g}", "end")
    for place, step in enumerate(steps):
        label = f"{step['field']}: {step['level']}" if step["level"] else step["field"]
        shapes += _step(place, label, at(sums[place]), at(sums[place + 1]), step["bits"])
    y = TOP + ROW * len(steps)
    left, right = sorted((at(0.0) if low <= 0 <= high else at(low), at(explained["weight"])))
    shapes.append(box(left, y, max(right - left, 1), ROW - 8, TOTAL))
    shapes.append(text(LEFT - 12, y + 14, f"weight: {explained['decision']}", anchor="end"))
    shapes.append(text(right + 6, y + 14, f"{explained['weight']:+.1f}"))
    return picture(WIDTH, height, "Match weight in bits", shapes)


def _step(place: int, label: str, start: float, end: float, bits: float) -> list[str]:
    y = TOP + ROW * place
    left, right = min(start, end), max(start, end)
    return [
        text(LEFT - 12, y + 14, label if len(label) < 48 else label[:47] + "…", anchor="end"),  # noqa: PLR2004 (fits LEFT)
        box(left, y, max(right - left, 1), ROW - 8, GOOD if bits >= 0 else BAD),
        line(end, y, end, y + ROW),
        text(right + 6, y + 14, f"{bits:+.1f}"),
    ]


def _limit(x: float, height: float, label: str, anchor: str) -> list[str]:
    return [
        line(x, TOP - 12, x, height - 22, colour=FAINT, dashed=True),
        text(x, height - 8, label, anchor=anchor, colour=INK, size=11),
    ]


def _name(record: Mapping[str, Any]) -> str:
    return "/".join(str(record[part]) for part in ("system", "stream", "id") if record[part])
