"""How the simulator refuses a call."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """A call that is answered with an errorCode; *data* goes into the envelope where the API has some."""

    def __init__(self, code: str, message: str, data: Any = None) -> None:  # noqa: ANN401 (JSON)
        self.code, self.message, self.data = code, message, data
        super().__init__(f"{code}: {message}")


def missing(parameter: str) -> Refused:
    """Return the refusal of a missing or illegal parameter, worded as the gateway does."""
    return Refused("10006", f"the parameter {parameter} is missing or illegal")


def illegal(what: str) -> Refused:
    """Return the refusal of a value that is not allowed."""
    return Refused("15002", what)
