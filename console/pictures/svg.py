"""The few shapes that our pictures are made of, as SVG text. Room: console."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

INK, FAINT, GOOD, BAD, TOTAL = "#222222", "#bbbbbb", "#2e7d32", "#c62828", "#1565c0"
"""Colours that also differ in lightness, so that a print in grey can be read."""
_FONT = "system-ui, 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"


def text(  # noqa: PLR0913 (where, what, and how it looks)
    x: float, y: float, words: str, *, anchor: str = "start", colour: str = INK, size: int = 13
) -> str:
    """Return words at a place; anything that people wrote may stand in them."""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="{size}"'
    return f"<text {place}>{escape(words)}</text>"


def box(x: float, y: float, width: float, height: float, colour: str) -> str:
    """Return a filled rectangle."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def line(  # noqa: PLR0913 (two places, and how it looks)
    x1: float, y1: float, x2: float, y2: float, *, colour: str = FAINT, dashed: bool = False
) -> str:
    """Return a straight line."""
    dash = ' stroke-dasharray="4 3"' if dashed else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{dash}/>'


def curve(points: list[tuple[float, float]], colour: str) -> str:
    """Return a line through *points*."""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'


def picture(width: float, height: float, title: str, shapes: list[str]) -> str:
    """Return a whole SVG file."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
    head += f" height={quoteattr(f'{height:.0f}')} font-family={quoteattr(_FONT)} role={quoteattr('img')}>"
    ground = box(0, 0, width, height, "#ffffff")
    return "\n".join([head, f"<title>{escape(title)}</title>", ground, *shapes, "</svg>"]) + "\n"
