"""The points of the API that nobody could tell us for certain, each a switch with the likeliest as default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Switch:
    """One uncertain behaviour: its default, what else it may be (empty: any text), and the question behind it."""

    default: str
    choices: tuple[str, ...]
    question: str


SWITCHES: Mapping[str, Switch] = {
    "SIM_RETURN_INVALID": Switch(
        "on_filter",
        ("on_filter", "always", "never"),
        "Does a query return invalid (作废) rows: where a filter names life_status or is_deleted, always, or never?",
    ),
    "SIM_INVALID_BUMPS": Switch("yes", ("yes", "no"), "Does invalidating bump last_modified_time?"),
    "SIM_RATE_CODE": Switch("30004", ("30004", "14001"), "Which code answers more than 100 calls in 20 s on a path?"),
    "SIM_TOKEN_RATE_CODE": Switch("30004", (), "Which code answers the 11th token call of a minute?"),
    "SIM_DAILY_CALLS": Switch("", (), "Calls left in the daily quota; empty: no end; 0: no pack was bought (30003)."),
    "SIM_LIMIT_OVER": Switch("refuse", ("refuse", "clamp"), "What happens to a limit above 100?"),
    "SIM_MAX_LIMIT": Switch("100", (), "The most rows a query returns (running code has seen 200 and 500)."),
    "SIM_OFFSET_STEP": Switch(
        "refuse", ("refuse", "accept"), "What happens to an offset that is no multiple of limit?"
    ),
    "SIM_TOTAL": Switch("on", ("on", "off"), "Is total counted where no switch in the call says so?"),
    "SIM_ONE_ROW": Switch("list", ("list", "map"), "Is a result of one row a list, or the single map of some pages?"),
    "SIM_CLEAR": Switch("both", ("both", "null", "empty", "refuse_null"), "What clears a field: null, an empty text?"),
    "SIM_UPDATE_OWNER": Switch("ignore", ("ignore", "refuse"), "What does update do with owner?"),
    "SIM_APPROVAL": Switch("none", ("none", "flow"), "Does the tenant define approval flows?"),
    "SIM_FLAGS": Switch("honoured", ("honoured", "ignored"), "Do preset objects honour triggerApprovalFlow: false?"),
    "SIM_UNKNOWN_FIELD": Switch("refuse", ("refuse", "ignore"), "What happens to a field that the object lacks?"),
    "SIM_OPTION_CODE": Switch("15002", (), "Which code refuses a select value that is no option?"),
    "SIM_DUPLICATE_CODE": Switch("15002", (), "Which code refuses a create that the dedup rule catches?"),
    "SIM_PERMISSION_CODE": Switch("201114001", (), "Which code says 无此操作的数据权限? (The number is ours.)"),
    "SIM_BUSINESS_CODE": Switch("201112008", (), "Which code refuses a business rule? (The number is ours.)"),
    "SIM_MISROUTE": Switch("refuse", ("refuse", "accept"), "What does the preset path do with a custom object?"),
    "SIM_TRACE_ID": Switch("optional", ("optional", "required"), "Is thirdTraceId demanded?"),
    "SIM_EXPIRES_IN": Switch("remaining", ("remaining", "full"), "What does expiresIn of a reused token tell?"),
    "SIM_NO_USER_CODE": Switch("10006", (), "Which code answers a call without currentOpenUserId?"),
    "SIM_HEADER_IDS": Switch("number", ("number", "open"), "In which form does the header style show employees?"),
    "SIM_PHONES": Switch(
        "keep", ("keep", "compact"), "Are phone numbers stored as written, or without spaces and dashes?"
    ),
    "SIM_EVENT_TIMESTAMP": Switch("signed", ("signed", "unsigned"), "Is the timestamp part of an event's signature?"),
}


class Switches(Mapping[str, str]):
    """The chosen behaviours; may be changed while the simulator runs (`POST /__sim/config`).

    Raises:
        ValueError: there is no such switch, or no such choice.
    """

    def __init__(self, chosen: Mapping[str, str]) -> None:
        self._chosen = {name: switch.default for name, switch in SWITCHES.items()}
        self.choose(chosen)

    def choose(self, chosen: Mapping[str, str]) -> None:
        """Set some switches; the others stay."""
        for name, value in chosen.items():
            switch = SWITCHES.get(name)
            if switch is None:
                raise ValueError(f"there is no switch {name}; there are {', '.join(SWITCHES)}")
            if switch.choices and value not in switch.choices:
                raise ValueError(f"{name} may be {' or '.join(switch.choices)}")
        self._chosen.update(chosen)

    def __getitem__(self, name: str) -> str:
        return self._chosen[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._chosen)

    def __len__(self) -> int:
        return len(self._chosen)
