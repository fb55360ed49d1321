"""Precision, recall and F1 by automatic threshold, as curves. Room: console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.pictures.svg import BAD, FAINT, GOOD, INK, TOTAL, curve, line, picture, text

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 60, 110, 50, 50
CURVES = (("precision", TOTAL), ("recall", BAD), ("f1", GOOD))


def threshold_chart(evaluated: Mapping[str, Any]) -> str:
    """Return the picture of `by_threshold` in what `match evaluate --json` prints, as an SVG file."""
    tried = evaluated["by_threshold"]
    low, high = tried[0]["bits"], tried[-1]["bits"]
    across = (WIDTH - LEFT - RIGHT) / ((high - low) or 1.0)
    least = min(one["pairs"][name] for one in tried for name, _ in CURVES)
    floor = max(0.0, int(least * 10) / 10 - 0.05)

    def x(bits: float) -> float:
        return float(LEFT + (bits - low) * across)

    def y(share: float) -> float:
        return float(TOP + (1 - share) / (1 - floor) * (HEIGHT - TOP - BOTTOM))

    shapes = [text(LEFT, 26, f"{evaluated['entity']}: pairs by automatic threshold (bits)", size=15)]
    for step in range(11):
        share = step / 10
        if share >= floor:
            shapes += [
                line(LEFT, y(share), WIDTH - RIGHT, y(share)),
                text(LEFT - 8, y(share) + 4, f"{share:.1f}", anchor="end"),
            ]
    for one in tried:
        if one["bits"] == int(one["bits"]) and int(one["bits"]) % 5 == 0:
            shapes.append(text(x(one["bits"]), HEIGHT - BOTTOM + 20, f"{one['bits']:g}", anchor="middle"))
    now = evaluated["threshold"]
    shapes += [line(x(now), TOP, x(now), HEIGHT - BOTTOM, colour=INK, dashed=True)]
    shapes += [text(x(now), HEIGHT - 10, f"now {now:g}", anchor="middle", colour=INK, size=11)]
    for place, (name, colour) in enumerate(CURVES):
        shapes.append(curve([(x(one["bits"]), y(one["pairs"][name])) for one in tried], colour))
        shapes.append(text(WIDTH - RIGHT + 12, TOP + 20 * place + 12, name, colour=colour))
    shapes.append(line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, colour=FAINT))
    return picture(WIDTH, HEIGHT, "Precision, recall and F1 by threshold", shapes)
