"""What one record says about who it is: the only thing that matching ever sees of it.

Room: golden_record, the pure half.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Values = tuple[Mapping[str, str], ...]
"""The features of each value of one field, as its field type makes them: `key`, `pinyin`, `domain`, …"""

NO_VALUES: Values = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One normalised record as matching sees it; only what people contributed to it, never what the hub pushed there.

    *key* is `system/stream/id#emit`: stable, and what orders ties. *features* holds, by profile field, the features
    of each value that is evidence; *blocks* the texts under which a field's values are found.
    """

    key: str
    entity: str
    features: Mapping[str, Values] = field(default_factory=dict)
    blocks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
