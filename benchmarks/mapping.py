"""Measure what mapping costs: see benchmarks/mapping_speed.py.

python benchmarks/mapping.py [--customers 3000] [--seed 1] [--json FILE] [--profile]
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).parents[1])  # this script's own folder would hide the room that it measures

if __name__ == "mapping":  # another script of this folder looked for the room and found this file
    sys.modules.pop(__name__)
    importlib.import_module("mapping")

if __name__ == "__main__":
    importlib.import_module("benchmarks.mapping_speed").main()
