"""Registrations from the first draft to the client, and back: submitted, reviewed, returned, refused, changed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from eid.accounts.levels import AuthenticationLevel
from eid.accounts.lifecycle import LockReason
from eid.accounts.locking import lock_account
from eid.accounts.models import OfficerRole
from eid.accounts.organisation_rules import OrganisationForm
from eid.accounts.organisations import record_prepared_organisation
from eid.accounts.service import record_officer
from eid.audit import AuditEntry
from eid.clock import wall_now, world_now
from eid.db import db
from eid.errors import Conflict, Malformed, NotFound, Refusal, Refused
from eid.oauth.client_registrations import (
    begin_change,
    begin_registration,
    discard_registration,
    find_own_registration,
    save_registration,
    submit_registration,
    withdraw_registration,
)
from eid.oauth.client_suspension import resume_client, suspend_client
from eid.oauth.clients import find_client
from eid.oauth.consents import record_consent
from eid.oauth.grant_types import CIBA, DEVICE_CODE, TOKEN_EXCHANGE
from eid.oauth.owned_secrets import change_contacts, end_previous_secret, issue_client_secret
from eid.oauth.registration_form import EMPTY_FORM, keep_form, read_form, write_form
from eid.oauth.registration_lifecycle import (
    OFFICERS_TURN,
    OWNERS_TURN,
    REGISTRATION_TRANSITIONS,
    RegistrationEvent,
    RegistrationState,
    state_after_registration,
)
from eid.oauth.registration_reviews import (
    approve_registration,
    decide_registration,
    find_registration_queue,
    find_registration_review,
    take_over_registration,
)
from eid.oauth.registration_warnings import WarningKind, find_warnings
from eid.outbox import find_messages
from eid.population.service import find_person
from eid.web.session import COOKIE
from tests.engines import one_engine
from tests.oauth.conftest import Citizen, RegisteredClient, answer_at, redeem, request_of
from tests.oauth.registering import GOOD_FORM, approve, record_reviewer, submit
from tests.representation import FORM

PINGED = {
    "extra_grant_types": [CIBA, DEVICE_CODE],
    "backchannel_token_delivery_mode": "ping",
    "backchannel_client_notification_endpoint": "https://library.example/answered",
}


def _acts() -> list[str]:
    return [entry.act for entry in db.session.scalars(db.select(AuditEntry).order_by(AuditEntry.id))]


# The table


@given(st.lists(st.sampled_from(RegistrationEvent), max_size=12))
def test_whatever_happens_nothing_is_approved_that_no_officer_took_over(events: list[RegistrationEvent]) -> None:
    state, done = RegistrationState.DRAFT, []
    for event in events:
        try:
            state = state_after_registration(state, event)
        except Conflict as refused:
            assert refused.code in ("registration_decided", "registration_state")
        else:
            done.append(event)
    if state is RegistrationState.APPROVED:
        assert done[-2:] == [RegistrationEvent.TAKE_OVER, RegistrationEvent.APPROVE]
        assert RegistrationEvent.SUBMIT in done


def test_an_officer_moves_only_what_was_submitted_and_an_owner_only_what_is_theirs() -> None:
    officers = {
        RegistrationEvent.TAKE_OVER,
        RegistrationEvent.RETURN,
        RegistrationEvent.REFUSE,
        RegistrationEvent.APPROVE,
    }
    for state, event in REGISTRATION_TRANSITIONS:
        assert state in (OFFICERS_TURN if event in officers | {RegistrationEvent.WITHDRAW} else OWNERS_TURN)


# The form and what a machine finds in it


def test_a_form_is_kept_however_wrong_and_without_what_it_has_no_field_for() -> None:
    form = keep_form({"name": [" Thư viện "], "scopes": ["phone", "everything"], "owner": ["1"]}, scopes=["phone"])
    assert (form["name"], form["scopes"], "owner" in form) == ("Thư viện", ["phone"], False)
    assert set(form) == set(EMPTY_FORM)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"purpose": ""}, "client_purpose_missing"),
        ({"scope_purposes": {"profile": "In họ tên"}}, "client_purpose_missing"),
        ({"legal_basis": ""}, "client_legal_basis"),
        ({"profile": "easy"}, "client_choice"),
        ({"jwks": "{"}, "jwks_malformed"),
    ],
)
def test_a_form_that_does_not_say_enough_is_refused(changes: dict[str, object], code: str) -> None:
    with pytest.raises(Malformed) as refused:
        read_form(GOOD_FORM | changes)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("changes", "kind", "about"),
    [
        (
            {"scope_purposes": {"profile": "cần", "phone": "Nhắn tin khi sách đến hạn trả"}},
            "purpose_thin",
            ("profile",),
        ),
        (
            {"redirect_uris": "https://a.example/b\nhttps://b.example/b"},
            "sector_spans_hosts",
            ("a.example", "b.example"),
        ),
        ({"redirect_uris": "http://localhost:9000/back"}, "plain_http", ("http://localhost:9000/back",)),
        ({"auth_method": "none"}, "no_secret", ()),
        ({"highest_level": "LoA4"}, "higher_level", ("LoA4",)),
        ({"extra_grant_types": [CIBA]}, "other_device", (CIBA,)),
        (
            {"extra_grant_types": [TOKEN_EXCHANGE], "resources": "https://archive.example/"},
            "passing_on",
            ("https://archive.example/",),
        ),
    ],
)
def test_a_machine_points_at_what_deserves_a_look(
    changes: dict[str, object], kind: str, about: tuple[str, ...]
) -> None:
    assert find_warnings(read_form(GOOD_FORM)) == []
    [found] = find_warnings(read_form(GOOD_FORM | changes))
    assert (found.kind, found.about) == (kind, about)


def test_a_form_asks_for_the_grants_of_other_devices() -> None:
    columns = read_form(GOOD_FORM | PINGED)
    assert columns["extra_grant_types"] == [CIBA, DEVICE_CODE]
    assert columns["backchannel_token_delivery_mode"] == "ping"
    assert columns["backchannel_client_notification_endpoint"] == "https://library.example/answered"
    assert read_form(GOOD_FORM | {"extra_grant_types": [CIBA]})["backchannel_token_delivery_mode"] == "poll"
    assert read_form(GOOD_FORM | {"backchannel_token_delivery_mode": "ping"})["backchannel_token_delivery_mode"] is None
    kept = keep_form({"extra_grant_types": [CIBA, "password"]}, scopes=[])
    assert kept["extra_grant_types"] == [CIBA], "what does not exist has no field"


def test_a_form_names_the_certificate_of_a_client_by_one_name() -> None:
    columns = read_form(GOOD_FORM | {"auth_method": "tls_client_auth", "tls_subject": "CN=library"})
    assert (columns["tls_subject_kind"], columns["tls_subject"]) == ("tls_client_auth_subject_dn", "CN=library")
    assert read_form(GOOD_FORM | {"tls_subject_kind": "tls_client_auth_san_dns"})["tls_subject_kind"] is None


def test_a_form_of_before_there_were_grants_takes_none_away() -> None:
    old = {name: value for name, value in GOOD_FORM.items() if name not in PINGED and name != "tls_subject"}
    columns = read_form(old, now={"extra_grant_types": [CIBA], "backchannel_token_delivery_mode": "poll"})
    assert (columns["extra_grant_types"], columns["backchannel_token_delivery_mode"]) == ([CIBA], "poll")


@one_engine
def test_papers_beyond_the_purpose_and_with_the_basic_profile_are_pointed_at(app: Flask) -> None:
    purposes = {"health_insurance": "Cần để cấp thẻ đọc cho người mượn", "driving_licence": "Kiểm tra hạng xe được lái"}
    form = GOOD_FORM | {"scopes": list(purposes), "scope_purposes": purposes, "required_scopes": []}
    found = {warning.kind: warning.about for warning in find_warnings(read_form(form))}
    assert found[WarningKind.BEYOND_PURPOSE] == ("health_insurance",)
    assert found[WarningKind.WEAK_PROFILE] == ("health_insurance", "driving_licence")


# From draft to client


def test_a_service_is_written_submitted_reviewed_and_works(app: Flask, client: FlaskClient, citizen: Citizen) -> None:
    session, officer = citizen.new_session.session, record_reviewer()
    registration = submit(session)
    assert registration.due_at is not None and timedelta(days=5) < registration.due_at - world_now() < timedelta(
        days=15
    )
    [waiting] = find_registration_queue(officer=officer.id)
    assert (waiting.registration.id, waiting.is_mine, waiting.is_overdue) == (registration.id, False, False)
    take_over_registration(registration.id, officer=officer.id)
    review = find_registration_review(registration.id, officer=officer.id)
    assert (review.is_mine, review.warnings, review.columns["name"]) == (True, [], "Thư viện Thử")
    made = approve_registration(registration.id, officer=officer.id)
    assert (made.owner_person_id, made.secret_digest, made.highest_level) == (citizen.person_id, None, "LoA2")
    assert made.scope_purposes == GOOD_FORM["scope_purposes"]
    assert "da duoc duyet" in find_messages(recipient=citizen.account.phone)[0].body
    secret = issue_client_secret(session, made.client_id)
    assert secret not in "".join(message.body for message in find_messages())
    client.set_cookie(COOKIE, citizen.new_session.token)
    service = RegisteredClient(made, made.client_id, secret)
    page = client.get(
        "/oauth/authorize",
        query_string=request_of(service, scope="openid profile", redirect_uri="https://library.example/back"),
    )
    assert page.status_code == 303 and "/oauth/authorize/" in page.headers["Location"]
    assert "approve" not in _acts() and _acts()[-2:] == ["decide_registration", "issue_client_secret"]


def test_a_returned_registration_is_written_on_and_a_refused_one_begun_anew_with_its_reason(
    app: Flask, citizen: Citizen
) -> None:
    session, officer = citizen.new_session.session, record_reviewer()
    registration = submit(session)
    for event, state in ((RegistrationEvent.RETURN, "returned"), (RegistrationEvent.REFUSE, "refused")):
        take_over_registration(registration.id, officer=officer.id)
        with pytest.raises(Malformed) as refused:
            decide_registration(registration.id, officer=officer.id, event=event, reason=" ")
        assert refused.value.code == "reason_missing"
        decide_registration(registration.id, officer=officer.id, event=event, reason="Mục đích chưa rõ")
        found = find_own_registration(session, registration.id)
        assert (found.state, found.reason) == (state, "Mục đích chưa rõ")
        assert "Mục đích chưa rõ" in find_messages(recipient=citizen.account.phone)[0].body
        save_registration(session, registration.id, GOOD_FORM | {"purpose": "Cấp thẻ đọc và nhắc trả sách"})
        submit_registration(session, registration.id)
    assert find_own_registration(session, registration.id).state == "submitted"


@one_engine
def test_what_cannot_be_a_client_is_not_submitted(app: Flask, citizen: Citizen) -> None:
    session = citizen.new_session.session
    draft = begin_registration(session, organisation_id=None)
    for changes, code in (
        ({"redirect_uris": "http://library.example/"}, "redirect_uri_not_allowed"),
        ({"redirect_uris": "https://a.example/\nhttps://b.example/"}, "sector_ambiguous"),
        ({"profile": "fapi2"}, "client_auth_weak"),
        ({"default_level": "LoA3"}, "client_level"),
        ({"contacts": "nobody"}, "client_contacts"),
        ({"frontchannel_logout_uri": "https://other.example/"}, "frontchannel_logout_uri"),
        ({"extra_grant_types": [CIBA], "backchannel_token_delivery_mode": "ping"}, "backchannel_endpoint"),
        ({"extra_grant_types": [CIBA], "auth_method": "none"}, "client_public"),
        ({"extra_grant_types": [TOKEN_EXCHANGE], "resources": "archive"}, "resource_not_allowed"),
        ({"auth_method": "tls_client_auth", "tls_subject": "CN=library"}, "client_auth_unsupported"),
    ):
        save_registration(session, draft.id, GOOD_FORM | changes)
        with pytest.raises(Malformed) as refused:
            submit_registration(session, draft.id)
        assert refused.value.code == code
        assert find_own_registration(session, draft.id).form == GOOD_FORM | changes, "what was written is kept"


@one_engine
def test_a_draft_is_withdrawn_and_discarded_and_nobody_elses(app: Flask, make_citizen: Callable[..., Citizen]) -> None:
    owner, stranger = make_citizen(), make_citizen(103, given_name="Nam")
    registration = submit(owner.new_session.session)
    with pytest.raises(NotFound) as unknown:
        withdraw_registration(stranger.new_session.session, registration.id)
    assert unknown.value.code == "registration_unknown"
    withdraw_registration(owner.new_session.session, registration.id)
    discard_registration(owner.new_session.session, registration.id)
    with pytest.raises(NotFound):
        find_own_registration(owner.new_session.session, registration.id)


# Who may review


def test_nobody_reviews_their_own_or_their_organisations_service(
    app: Flask, make_citizen: Callable[..., Citizen]
) -> None:
    head = make_citizen()
    organisation = record_prepared_organisation(OrganisationForm(**vars(FORM)), find_person("979085000102"))
    db.session.commit()
    registration = submit(head.new_session.session, organisation_id=organisation.id)
    record_officer(head.account, place="Phường Bến Thử", role=OfficerRole.APPROVER)
    db.session.commit()
    for act in (take_over_registration, find_registration_review, approve_registration):
        with pytest.raises(Refused) as refused:
            act(registration.id, officer=head.account.id)
        assert refused.value.code == "own_service"
    officer = record_reviewer()
    take_over_registration(registration.id, officer=officer.id)
    made = approve_registration(registration.id, officer=officer.id)
    with pytest.raises(Refused) as refused:
        suspend_client(made.client_id, officer=head.account.id, reason="không rõ")
    assert refused.value.code == "own_service"


@one_engine
def test_a_service_of_an_owner_whose_account_is_locked_is_not_approved(app: Flask, citizen: Citizen) -> None:
    registration, officer = submit(citizen.new_session.session), record_reviewer()
    take_over_registration(registration.id, officer=officer.id)
    lock_account(citizen.account.id, LockReason.HOLDER)
    with pytest.raises(Refused) as refused:
        approve_registration(registration.id, officer=officer.id)
    assert refused.value.code == "service_owner_level"


def test_a_desk_officer_without_the_duty_reviews_nothing(app: Flask, citizen: Citizen) -> None:
    registration, clerk = submit(citizen.new_session.session), record_reviewer(role=OfficerRole.DESK)
    for act in (
        lambda: find_registration_queue(officer=clerk.id),
        lambda: take_over_registration(registration.id, officer=clerk.id),
        lambda: suspend_client("x", officer=clerk.id, reason="không rõ"),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "officer_role"


def test_who_has_not_taken_it_over_decides_nothing(app: Flask, citizen: Citizen) -> None:
    first, second = record_reviewer(), record_reviewer(141)
    registration = submit(citizen.new_session.session)
    with pytest.raises(Conflict) as refused:
        approve_registration(registration.id, officer=first.id)
    assert refused.value.code == "registration_state"
    take_over_registration(registration.id, officer=first.id)
    with pytest.raises(Conflict) as refused:
        approve_registration(registration.id, officer=second.id)
    assert refused.value.code == "registration_taken"


def test_of_two_approvals_at_once_one_makes_a_client(app: Flask, citizen: Citizen) -> None:
    registration, officer = submit(citizen.new_session.session), record_reviewer()
    take_over_registration(registration.id, officer=officer.id)
    registration_id, officer_id = registration.id, officer.id
    db.session.remove()

    def approve_once(_number: int) -> str:
        with app.app_context():
            try:
                return approve_registration(registration_id, officer=officer_id).client_id
            except Refusal as refusal:
                return refusal.code
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(approve_once, range(4)))
    assert answers.count("registration_decided") == 3
    made = db.session.scalar(db.text("SELECT count(*) FROM clients"))
    assert made == 1


# A client that was approved


@one_engine
def test_grants_are_reviewed_approved_and_taken_away_again(app: Flask, citizen: Citizen) -> None:
    session, officer = citizen.new_session.session, record_reviewer()
    made = approve(session, officer, **PINGED)
    assert (made.extra_grant_types, made.backchannel_token_delivery_mode) == ([CIBA, DEVICE_CODE], "ping")
    change = begin_change(session, made.client_id)
    assert {name: change.form[name] for name in PINGED} == PINGED
    save_registration(session, change.id, change.form | {name: EMPTY_FORM[name] for name in PINGED})
    submit_registration(session, change.id)
    take_over_registration(change.id, officer=officer.id)
    approve_registration(change.id, officer=officer.id)
    assert (made.extra_grant_types, made.backchannel_client_notification_endpoint) == ([], None)


def test_what_was_approved_is_all_that_it_may_ask_for(app: Flask, client: FlaskClient, citizen: Citizen) -> None:
    made = approve(citizen.new_session.session, record_reviewer())
    service = RegisteredClient(made, made.client_id, None)
    back = "https://library.example/back"
    client.set_cookie(COOKIE, citizen.new_session.token)

    def refusal(**changes: str) -> str:
        asked = request_of(service, redirect_uri=back, scope="openid") | changes
        return answer_at(client.get("/oauth/authorize", query_string=asked), back)["error"]

    assert refusal(scope="openid email") == "invalid_scope"
    essential = '{"id_token": {"acr": {"essential": true, "values": ["LoA3"]}}}'
    assert refusal(claims=essential) == "unmet_authentication_requirements"


def test_a_change_is_reviewed_before_it_counts_and_contacts_are_not(app: Flask, citizen: Citizen) -> None:
    session, officer = citizen.new_session.session, record_reviewer()
    made = approve(session, officer)
    change = begin_change(session, made.client_id)
    assert (change.form, begin_change(session, made.client_id).id) == (write_form(made), change.id)
    wider = change.form | {
        "scopes": ["profile", "phone", "address"],
        "scope_purposes": {**change.form["scope_purposes"], "address": "Gửi thẻ đọc đến nhà người mượn"},
        "redirect_uris": "https://library.example/new",
    }
    save_registration(session, change.id, wider)
    submit_registration(session, change.id)
    assert find_client(made.client_id).redirect_uris == ["https://library.example/back"]
    change_contacts(session, made.client_id, ["desk@library.example"])
    assert find_client(made.client_id).contacts == ["desk@library.example"]
    take_over_registration(change.id, officer=officer.id)
    warnings = find_registration_review(change.id, officer=officer.id).warnings
    assert [(one.kind, one.about) for one in warnings] == [("wider", ("address", "https://library.example/new"))]
    approve_registration(change.id, officer=officer.id)
    found = find_client(made.client_id)
    assert (found.redirect_uris, "address" in found.scopes) == (["https://library.example/new"], True)


def test_a_narrower_change_ends_what_was_given(app: Flask, client: FlaskClient, citizen: Citizen) -> None:
    session, officer = citizen.new_session.session, record_reviewer()
    made = approve(session, officer)
    token = _sign_in(
        client, citizen, RegisteredClient(made, made.client_id, issue_client_secret(session, made.client_id))
    )
    assert _read(client, token) == 200
    change = begin_change(session, made.client_id)
    save_registration(session, change.id, change.form | {"scopes": ["profile"]})
    submit_registration(session, change.id)
    take_over_registration(change.id, officer=officer.id)
    approve_registration(change.id, officer=officer.id)
    assert _read(client, token) == 401


def test_a_suspended_client_is_nobodys_and_its_tokens_die(app: Flask, client: FlaskClient, citizen: Citizen) -> None:
    session, officer = citizen.new_session.session, record_reviewer()
    made = approve(session, officer)
    service = RegisteredClient(made, made.client_id, issue_client_secret(session, made.client_id))
    token = _sign_in(client, citizen, service)
    suspend_client(made.client_id, officer=officer.id, reason="Lộ dữ liệu")
    assert _read(client, token) == 401
    asked = request_of(service, scope="openid profile", redirect_uri="https://library.example/back")
    page = client.get("/oauth/authorize", query_string=asked)
    assert (page.status_code, "client_suspended" in page.text, "Location" in page.headers) == (403, True, False)
    refused = redeem(client, service, "any")
    assert (refused.status_code, refused.get_json()["error"]) == (400, "unauthorized_client")
    assert "Lộ dữ liệu" in find_messages(recipient="library@library.example")[0].body
    with pytest.raises(Conflict) as twice:
        suspend_client(made.client_id, officer=officer.id, reason="Lộ dữ liệu")
    assert twice.value.code == "client_suspended"
    resume_client(made.client_id, officer=officer.id)
    assert _read(client, token) == 401, "what ended stays ended"
    assert _read(client, _sign_in(client, citizen, service)) == 200


def test_a_new_secret_overlaps_with_the_one_before_until_its_owner_ends_it(
    app: Flask, client: FlaskClient, citizen: Citizen
) -> None:
    session = citizen.new_session.session
    made = approve(session, record_reviewer())
    first = issue_client_secret(session, made.client_id)
    second = issue_client_secret(session, made.client_id)

    def is_known(secret: str) -> bool:
        service = RegisteredClient(made, made.client_id, secret)
        return redeem(client, service, "none").get_json()["error"] == "invalid_grant"

    assert [is_known(secret) for secret in (first, second, first + "x")] == [True, True, False]
    third = issue_client_secret(session, made.client_id)
    assert [is_known(secret) for secret in (first, second, third)] == [False, True, True]
    end_previous_secret(session, made.client_id)
    assert [is_known(secret) for secret in (second, third)] == [False, True]
    assert AuthenticationLevel(made.default_level) is AuthenticationLevel.LOA2


def _sign_in(client: FlaskClient, citizen: Citizen, service: RegisteredClient) -> str:
    """An access token of the citizen for this service."""
    back = "https://library.example/back"
    scopes = ["openid", "profile"]
    record_consent(citizen.person_id, service.client, asked=scopes, granted=scopes, now=wall_now())
    db.session.commit()
    client.set_cookie(COOKIE, citizen.new_session.token)
    asked = request_of(service, scope="openid profile", redirect_uri=back)
    code = answer_at(client.get("/oauth/authorize", query_string=asked), back)["code"]
    answer = redeem(client, service, code, redirect_uri=back)
    token: str = answer.get_json()["access_token"]
    return token


def _read(client: FlaskClient, token: str) -> int:
    return client.get("/oauth/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code
