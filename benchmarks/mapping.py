"""Measure what mapping costs: see benchmarks/mapping_speed.py.

python benchmarks/mapping.py [--customers 3000] [--seed 1] [--json FILE] [--profile]
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])  # this script's own folder would hide the room that it measures

from benchmarks.mapping_speed import main  # noqa: E402 (only now can it be found)

if __name__ == "__main__":
    main()
