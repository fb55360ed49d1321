"""May they? The one function that decides, by its table and its laws."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.access import acts
from console.access.may import Refusal, may, refusal
from console.access.user import FieldClass, Role, Scope, User

BUSY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""The machine may be busy with other things."""

ROLES = st.frozensets(st.sampled_from(Role))
DEPARTMENTS = st.none() | st.frozensets(st.sampled_from(["sales", "service", "marketing"]))
ACTS = st.sampled_from([*acts.EVERY.values()])
ABOUT = st.none() | st.frozensets(st.sampled_from(["sales", "service", "marketing", "finance"]))


def user(*roles: Role, departments: frozenset[str] | None = None, sensitive: bool = False) -> User:
    return User("1", "li", frozenset(roles), departments, sensitive)


@pytest.mark.parametrize(
    ("who", "act", "about", "field", "why"),
    [
        (user(Role.STEWARD), acts.DECIDE_REVIEWS, None, None, None),
        (user(Role.VIEWER), acts.DECIDE_REVIEWS, None, None, Refusal.ROLE),
        (user(Role.ADMIN), acts.DECIDE_REVIEWS, None, None, Refusal.ROLE),
        (user(Role.ADMIN, Role.STEWARD), acts.DECIDE_REVIEWS, None, None, None),
        (user(), acts.SEE_TODAY, None, None, Refusal.ROLE),
        (user(Role.STEWARD, departments=frozenset({"sales"})), acts.DECIDE_REVIEWS, {"sales", "service"}, None, None),
        (
            user(Role.STEWARD, departments=frozenset({"sales"})),
            acts.DECIDE_REVIEWS,
            {"service"},
            None,
            Refusal.DEPARTMENT,
        ),
        (user(Role.STEWARD, departments=frozenset({"sales"})), acts.DECIDE_REVIEWS, set(), None, None),
        (user(Role.STEWARD, departments=frozenset()), acts.DECIDE_REVIEWS, {"sales"}, None, Refusal.DEPARTMENT),
        (user(Role.STEWARD), acts.REVEAL_VALUES, None, FieldClass.PERSONAL, None),
        (user(Role.STEWARD), acts.REVEAL_VALUES, None, FieldClass.SENSITIVE, Refusal.FIELD),
        (user(Role.STEWARD, sensitive=True), acts.REVEAL_VALUES, None, FieldClass.SENSITIVE, None),
        (User("t", "bot", scopes=frozenset({Scope.READ})), acts.SEE_RUNS, None, None, None),
        (User("t", "bot", scopes=frozenset({Scope.READ})), acts.SEE_VALUES, None, None, Refusal.SCOPE),
        (User("t", "bot", frozenset(Role), scopes=frozenset()), acts.SEE_RUNS, None, None, Refusal.SCOPE),
        (User("t", "bot", frozenset(Role), scopes=frozenset(Scope)), acts.MANAGE_USERS, None, None, Refusal.SCOPE),
    ],
)
def test_the_table(
    who: User, act: acts.Act, about: set[str] | None, field: FieldClass | None, why: Refusal | None
) -> None:
    assert refusal(who, act, about=about, field=field) is why


@BUSY
@given(ROLES, ROLES, DEPARTMENTS, ACTS, ABOUT)
def test_another_role_never_takes_anything_away(
    roles: frozenset[Role],
    more: frozenset[Role],
    departments: frozenset[str] | None,
    act: acts.Act,
    about: frozenset[str] | None,
) -> None:
    before = may(User("1", "li", roles, departments), act, about=about)
    after = may(User("1", "li", roles | more, departments), act, about=about)
    assert after or not before


@BUSY
@given(ROLES, DEPARTMENTS, ACTS, ABOUT)
def test_whoever_is_bound_to_departments_may_nothing_that_the_unbound_may_not(
    roles: frozenset[Role], departments: frozenset[str] | None, act: acts.Act, about: frozenset[str] | None
) -> None:
    if may(User("1", "li", roles, departments), act, about=about):
        assert may(User("1", "li", roles), act, about=about)


def test_nobody_without_the_stewards_role_decides_or_sees_values() -> None:
    others = User("1", "li", frozenset(Role) - {Role.STEWARD}, sensitive=True)
    for act in (acts.DECIDE_REVIEWS, acts.EDIT_PROFILES, acts.UNDO_ACTS, acts.REVEAL_VALUES, acts.SEE_VALUES):
        assert not may(others, act)
