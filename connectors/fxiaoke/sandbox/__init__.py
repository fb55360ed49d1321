"""A simulator of Fxiaoke's OpenAPI over real HTTP; what is uncertain about the API is a switch (`switches.py`)."""

from connectors.fxiaoke.sandbox.build import build

__all__ = ["build"]
