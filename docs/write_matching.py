"""Write the generated part of docs/matching.md anew, from the models that read matching.yaml. Run as `make docs`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from docs.write_settings import table
from golden_record.matching.model import BlockingRule, Borrow, Comparison, Condition, Holder, Level, Model, Thresholds

PAGE = Path(__file__).parent / "matching.md"
BEGIN = "<!-- the reference below is generated from the models: make docs -->"

BLOCKS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("An entity", Model),
    ("`thresholds`", Thresholds),
    ("A rule, under `blocking`", BlockingRule),
    ("A comparison, under `comparisons`", Comparison),
    ("A level, under `levels`", Level),
    ("A further test, under `also`", Condition),
    ("A field, under `holders`", Holder),
    ("A loan, under `borrows`", Borrow),
)


def with_reference(page: str) -> str:
    """Return *page* with its generated part made anew; what stands above the mark stays."""
    parts = [page.split(BEGIN, maxsplit=1)[0].rstrip(), BEGIN, "## Reference"]
    return "\n\n".join([*parts, *(f"### {title}\n\n{table(model)}" for title, model in BLOCKS)]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(with_reference(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
