"""The connected components of many numbered records. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence

Numbered = tuple[int, int, float]


def components(size: int, links: Sequence[Numbered], held: bytearray) -> Iterator[tuple[list[int], list[Numbered]]]:
    """Yield (records, links) of each component, in the order of its first record; those with a *held* one are left out.

    Args:
        size: records are 0 … size - 1; links may name others, which are held.
        links: (one, other, bits).
        held: by number, whether the record keeps its component out.
    """
    root = array("q", range(len(held)))

    def top(number: int) -> int:
        while root[number] != number:
            root[number] = root[root[number]]
            number = root[number]
        return number

    for a, b, _bits in links:
        one, other = top(a), top(b)
        if one != other:
            low, high = (one, other) if one < other else (other, one)
            root[high] = low
            held[low] = held[low] or held[high]
    of_links: dict[int, list[Numbered]] = {}
    for link in links:
        of_links.setdefault(top(link[0]), []).append(link)
    members: dict[int, list[int]] = {}
    for number in range(size):
        first = top(number)
        if first != number or first in of_links:
            members.setdefault(first, []).append(number)
    for number in range(size):
        first = root[number]
        if first == number and not held[number]:
            yield members.pop(number, [number]), of_links.get(number, [])
