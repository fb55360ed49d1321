"""Write docs/commands.md anew."""

from __future__ import annotations

from pathlib import Path

from console.reference import reference

PAGE = Path(__file__).parent / "commands.md"

if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
