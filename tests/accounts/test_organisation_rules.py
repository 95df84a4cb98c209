"""What an organisation's code, state and mandates are, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.accounts.organisation_rules import (
    TRANSITIONS,
    OrganisationAct,
    OrganisationEvent,
    OrganisationForm,
    OrganisationKind,
    OrganisationState,
    Term,
    check_allowed,
    check_term,
    parse_acts,
    parse_code,
    parse_organisation,
    state_after,
)
from eid.errors import Conflict, Malformed, Refused

NOW = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
FORM = OrganisationForm("enterprise", "9900000017", "Công ty Mẫu", "", "", date(2020, 1, 2), "Số 1, đường Mẫu")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("enterprise", "9900000017"),
        ("enterprise", "9900000017-001"),
        ("cooperative", "9900000025"),
        ("household_business", "9900000033"),
        ("state_body", "h26.12.3"),
        ("state_body", "G01"),
        ("association", "H" * 35),
    ],
)
def test_a_code_is_that_of_its_kind(kind: str, code: str) -> None:
    """Decree 69/2024, article 6; Decision 20/2020/QĐ-TTg."""
    assert parse_code(code, OrganisationKind(kind)) == code.upper()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("enterprise", "990000001"),
        ("enterprise", "9900000017-01"),
        ("enterprise", "H26.12.3"),
        ("enterprise", "٩٩٠٠٠٠٠٠١٧"),
        ("state_body", ""),
        ("state_body", "H26..3"),
        ("state_body", "H26.12.3."),
        ("state_body", "H26 12"),
        ("state_body", "H" * 36),
        ("state_body", "ĐẠI"),
    ],
)
def test_any_other_code_is_refused(kind: str, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_code(code, OrganisationKind(kind))
    assert refused.value.code == "organisation_code"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "club"}, "organisation_kind"),
        ({"name": ""}, "organisation_name"),
        ({"name": "x" * 201}, "organisation_name"),
        ({"foreign_name": "x" * 201}, "organisation_name"),
        ({"short_name": "x" * 101}, "organisation_name"),
        ({"founded_on": date(2026, 3, 3)}, "founded_in_future"),
        ({"address": ""}, "organisation_address"),
        ({"address": "x" * 301}, "organisation_address"),
    ],
)
def test_a_form_that_is_not_whole_is_refused(changes: dict[str, object], code: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_organisation(OrganisationForm(**{**FORM.__dict__, **changes}), today=NOW.date())  # type: ignore[arg-type]
    assert refused.value.code == code


@pytest.mark.parametrize("state", OrganisationState)
@pytest.mark.parametrize("event", OrganisationEvent)
def test_a_transition_that_is_not_in_the_table_is_refused(state: OrganisationState, event: OrganisationEvent) -> None:
    if (state, event) in TRANSITIONS:
        assert state_after(state, event) == TRANSITIONS[state, event]
        return
    with pytest.raises(Conflict) as refused:
        state_after(state, event)
    assert refused.value.code == f"organisation_{state}"


@given(
    st.timedeltas(min_value=timedelta(days=-9), max_value=timedelta(days=9)),
    st.one_of(st.none(), st.timedeltas(min_value=timedelta(days=-9), max_value=timedelta(days=9))),
    st.one_of(st.none(), st.timedeltas(min_value=timedelta(days=-9), max_value=timedelta(0))),
)
def test_a_mandate_holds_from_its_beginning_to_its_end_and_never_after_it_was_revoked(
    begins: timedelta, ends: timedelta | None, revoked: timedelta | None
) -> None:
    until = None if ends is None else NOW + ends
    term = Term(NOW + begins, until, None if revoked is None else NOW + revoked)
    holds = begins <= timedelta(0) and (ends is None or ends > timedelta(0)) and revoked is None
    assert term.holds_at(NOW) == holds


def test_a_member_may_do_what_a_mandate_that_holds_says_and_read() -> None:
    holds, over = Term(NOW, None, None), Term(NOW - timedelta(days=2), NOW, None)
    asked = {"state": OrganisationState.ACTIVE, "represents": False, "now": NOW}
    mandates = [(holds, ["members"]), (over, ["state"])]
    check_allowed(OrganisationAct.MEMBERS, mandates=mandates, **asked)
    check_allowed(OrganisationAct.READ, mandates=mandates, **asked)
    for act, given_to in ((OrganisationAct.STATE, mandates), (OrganisationAct.READ, [(over, ["read"])])):
        with pytest.raises(Refused) as refused:
            check_allowed(act, mandates=given_to, **asked)
        assert refused.value.code == "mandate_missing"


def test_while_the_account_is_locked_it_is_only_read() -> None:
    locked = {"state": OrganisationState.LOCKED, "represents": True, "mandates": [], "now": NOW}
    check_allowed(OrganisationAct.READ, **locked)
    for act in set(OrganisationAct) - {OrganisationAct.READ}:
        with pytest.raises(Conflict) as refused:
            check_allowed(act, **locked)
        assert refused.value.code == "organisation_locked"


def test_a_mandate_says_what_for_and_holds_at_some_time() -> None:
    assert parse_acts({"lock", "read"}) == ["read", "lock"]
    for acts in ([], ["read", "everything"]):
        with pytest.raises(Malformed) as refused:
            parse_acts(acts)
        assert refused.value.code == "mandate_acts"
    check_term(valid_from=NOW, valid_until=None, now=NOW)
    for begins, ends in ((NOW, NOW), (NOW - timedelta(days=9), NOW)):
        with pytest.raises(Malformed) as refused:
            check_term(valid_from=begins, valid_until=ends, now=NOW)
        assert refused.value.code == "mandate_term"
