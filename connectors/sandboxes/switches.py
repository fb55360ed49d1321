"""The switches of a simulator: the behaviours that an API's pages leave open, each with the values that it knows.

Room: connectors/sandboxes; pure. A switch that is misspelt, or set to a value that nothing reads, would leave the usual
behaviour in force, and whatever was tried then would prove nothing: both are errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Known = Mapping[str, Sequence[str]]
"""Name -> values, the default first."""
ANY_NUMBER = "any number"
"""Stands among a switch's values where whole numbers are taken."""


def settled(known: Known, given: Mapping[str, str]) -> dict[str, str]:
    """Return the value of every switch.

    >>> settled({"order": ("newest", "oldest"), "lag": ("0", ANY_NUMBER)}, {"lag": "120"})
    {'order': 'newest', 'lag': '120'}

    Raises:
        ValueError: there is no such switch, or no such value.
    """
    for name, value in given.items():
        if name not in known:
            raise ValueError(f"unknown switches {sorted(set(given) - set(known))}; known: {sorted(known)}")
        values = known[name]
        if value not in values and not (ANY_NUMBER in values and value.isascii() and value.isdigit()):
            raise ValueError(f"{name} may be {' or '.join(values)}")
    return {name: given.get(name, values[0]) for name, values in known.items()}
