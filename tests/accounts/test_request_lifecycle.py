"""The life of a request, walked at random."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from eid.accounts.request_lifecycle import (
    APPEAL_PERIOD,
    OPEN_STATES,
    REQUEST_TRANSITIONS,
    RequestEvent,
    RequestState,
    check_may_appeal,
    state_after_event,
)
from eid.errors import Conflict

DECIDED = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)


class RequestLife(RuleBasedStateMachine):
    """Every event in any order; what is not in the table is refused and changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.state = RequestState.REQUESTED
        self.past: list[RequestEvent] = []

    @rule(event=st.sampled_from(RequestEvent))
    def happen(self, event: RequestEvent) -> None:
        if (self.state, event) in REQUEST_TRANSITIONS:
            self.state = state_after_event(self.state, event)
            self.past.append(event)
            return
        with pytest.raises(Conflict) as caught:
            state_after_event(self.state, event)
        assert caught.value.code == ("request_state" if self.state in OPEN_STATES else "request_decided")

    @invariant()
    def nothing_is_decided_that_nobody_took_over(self) -> None:
        decisions = {RequestEvent.APPROVE, RequestEvent.REFUSE, RequestEvent.PASS_ON}
        assert not decisions & set(self.past) or RequestEvent.TAKE_OVER in self.past

    @invariant()
    def it_is_decided_once_but_for_an_appeal(self) -> None:
        ends = [event for event in self.past if event not in (RequestEvent.TAKE_OVER, RequestEvent.PASS_ON)]
        assert len(ends) <= 1 or ends == [RequestEvent.REFUSE, RequestEvent.OVERTURN]
        assert (self.state in OPEN_STATES) == (not ends)


test_a_request_lives_by_its_table = RequestLife.TestCase


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=200)))
def test_a_refusal_can_be_appealed_against_for_ninety_days(passed: timedelta) -> None:
    """Law on Complaints 02/2011, article 9."""
    if passed <= APPEAL_PERIOD == timedelta(days=90):
        check_may_appeal(RequestState.REFUSED, decided_at=DECIDED, is_appeal=False, now=DECIDED + passed)
        return
    with pytest.raises(Conflict) as caught:
        check_may_appeal(RequestState.REFUSED, decided_at=DECIDED, is_appeal=False, now=DECIDED + passed)
    assert caught.value.code == "appeal_late"


@pytest.mark.parametrize("state", [state for state in RequestState if state != RequestState.REFUSED])
def test_nothing_but_a_refusal_is_appealed_against(state: RequestState) -> None:
    with pytest.raises(Conflict) as caught:
        check_may_appeal(state, decided_at=DECIDED, is_appeal=False, now=DECIDED)
    assert caught.value.code == "request_not_refused"


def test_an_appeal_that_was_refused_is_the_end() -> None:
    with pytest.raises(Conflict) as caught:
        check_may_appeal(RequestState.REFUSED, decided_at=DECIDED, is_appeal=True, now=DECIDED)
    assert caught.value.code == "appeal_final"
