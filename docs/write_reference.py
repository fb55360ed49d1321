"""Write the generated part of docs/mapping.md anew."""

from __future__ import annotations

from pathlib import Path

from mapping.reference import with_reference

PAGE = Path(__file__).parent / "mapping.md"

if __name__ == "__main__":
    PAGE.write_text(with_reference(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
