"""Keep a source's configuration out of what it says. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

SHORTEST = 5
"""Characters; shorter values (`true`, `us`) are no secrets and stand in every other word."""
_REPLY = r"(?:Request|Response) (?:\(body\)|\(headers\)|body)"
_FOR_DEVELOPERS = re.compile(rf"[\s:.,;({{]*(?:Traceback \(most recent|AirbyteTracedException\(|{_REPLY})")
"""Where texts for developers begin: stack traces, and what a system answered, which may be customers."""
LONGEST = 300
"""Characters of a message that are kept: a whole reply in a log line would be customers' data."""


class Mask:
    """Hides every value of a configuration: which of them is secret, only the source knows for certain."""

    def __init__(self, config: Mapping[str, object]) -> None:
        found = {text for text in _leaves(config) if len(text) >= SHORTEST}
        self._secrets = sorted(found, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return *text* on one line, shortened, with `***` for each value and without what is for developers."""
        text = _FOR_DEVELOPERS.split(text, maxsplit=1)[0]
        for secret in self._secrets:
            text = text.replace(secret, "***")
        text = " ".join(text.split())
        return text if len(text) <= LONGEST else text[:LONGEST] + " …"


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _leaves(one)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)
