"""The cast as `eid demo` prepares it."""

from __future__ import annotations

from flask import Flask

from eid.accounts.levels import Factor
from eid.accounts.proofs import find_card_proof
from eid.accounts.service import find_account
from eid.accounts.sessions import UsedFactor, record_session
from eid.cards.service import find_current_card
from eid.cast import read_cast
from eid.clock import wall_now
from eid.config import Settings
from eid.credentials.additions import AdditionState, list_additions
from eid.demo.people import prepare_cast
from eid.demo.relying_services import give_to_cast, prepare_clinic
from eid.oauth.ownership import list_own_clients
from eid.population.service import find_person
from tests.engines import one_engine


@one_engine
def test_an_active_account_of_the_cast_rests_on_its_holders_card(app: Flask, settings: Settings) -> None:
    """Else a service that asks how they were verified would be told nothing."""
    prepare_cast(settings.cards_dir, advance=lambda: None)
    active = [member for member in read_cast() if member.account == "active" and member.card]
    assert len(active) > 5
    for member in active:
        person = find_person(member.pin)
        account = find_account(person.id)
        proof = find_card_proof(account.id)
        assert proof is not None and proof.verified_at == account.activated_at
        assert proof.sod_sha256 == find_current_card(person.id).sod_sha256


@one_engine
def test_the_demos_services_belong_to_the_casts_company_whose_head_sees_them(app: Flask, settings: Settings) -> None:
    prepare_cast(settings.cards_dir, advance=lambda: None)
    prepare_clinic(settings.state_dir, issuer=settings.public_url, clinic_url="http://localhost:8001")
    for _ in range(2):
        give_to_cast()
    head = find_person("979078000109")
    session = record_session(find_account(head.id), [UsedFactor(Factor.PASSWORD, wall_now())], now=wall_now()).session
    assert [client.redirect_uris for client in list_own_clients(session)] == [
        ["http://localhost:8001/callback", "http://localhost:8001/wallet/callback"]
    ]


@one_engine
def test_who_has_had_an_account_has_added_insurance_and_licence_and_whoever_activates_one_has_not(
    app: Flask, settings: Settings
) -> None:
    for _ in range(2):
        prepare_cast(settings.cards_dir, advance=lambda: None)
    had, told = 0, {"health_insurance": 0, "driving_licence": 0}
    for member in read_cast():
        is_used = member.account in ("active", "locked")
        had += is_used
        states = {each.paper.name: each.state for each in list_additions(find_person(member.pin).id)}
        for paper, is_held in {
            "health_insurance": member.health_insurance,
            "driving_licence": member.driving_licence,
        }.items():
            expected = AdditionState.DONE if is_used and is_held else AdditionState.NOT_ASKED
            assert states[paper] is expected, (member.name, paper)
            told[paper] += expected is AdditionState.DONE
    assert had > min(told.values()) > 2
