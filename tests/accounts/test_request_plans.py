"""Stages and working days of each kind of request (Decree 69/2024, articles 10 to 12, 29 and 30)."""

from __future__ import annotations

from typing import Any

import pytest

from eid.accounts.request_plans import BY_AUTHORITY, RequestForm, RequestKind, form_of, plan_of

K = RequestKind


@pytest.mark.parametrize(
    ("kind", "details", "days"),
    [
        (K.ACCOUNT_LEVEL_1, {}, [1]),
        (K.ACCOUNT_LEVEL_2, {}, [3]),
        (K.ACCOUNT_LEVEL_2, {"card": "none"}, [7]),
        (K.ACCOUNT_CHILD, {"level": "1"}, [1]),
        (K.ACCOUNT_CHILD, {"level": "2"}, [3]),
        (K.ACCOUNT_FOREIGNER, {"level": "1", "on_record": False}, [1]),
        (K.ACCOUNT_FOREIGNER, {"level": "2", "on_record": True}, [3]),
        (K.ACCOUNT_FOREIGNER, {"level": "2", "on_record": False}, [7]),
        (K.ORGANISATION, {}, [3]),
        (K.ORGANISATION, {"on_record": False}, [15]),
        (K.LOCK_BY_AUTHORITY, {}, [1, 2]),
        (K.UNLOCK_BY_AUTHORITY, {}, [1, 2]),
        (K.CLOSE_ACCOUNT, {}, [3]),
        (K.CHANGE_RESIDENCE, {}, [3]),
        (K.APPEAL, {}, [7]),
    ],
)
def test_each_kind_has_its_working_days(kind: RequestKind, details: dict[str, Any], days: list[int]) -> None:
    assert [stage.days for stage in plan_of(kind, details)] == days


@pytest.mark.parametrize("kind", RequestKind)
def test_two_officers_are_needed_where_a_lawful_body_asks_and_nowhere_else(kind: RequestKind) -> None:
    """Decree 69/2024, articles 29 and 30."""
    assert (len(plan_of(kind, {})) == 2) == (kind in BY_AUTHORITY)


def test_each_kind_has_its_form() -> None:
    """Decree 69/2024, annex."""
    assert {kind for kind in K if form_of(kind) == RequestForm.TK03} == BY_AUTHORITY | {
        K.LOCK_BY_HOLDER,
        K.UNLOCK_BY_HOLDER,
        K.CLOSE_ACCOUNT,
    }
    assert [kind for kind in K if form_of(kind) == RequestForm.TK02] == [K.ORGANISATION]
