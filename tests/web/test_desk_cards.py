"""A card's life at the desk and on its holder's page: each act is shown before it is done, and says why."""

from __future__ import annotations

import pytest

from eid.accounts.models import Account
from eid.accounts.service import find_account
from eid.cards.models import RevocationReason
from eid.cards.reader import DemoCard, read_demo_card
from eid.cards.revocation import list_signers, revoke_signer
from eid.cards.service import find_current_card, list_cards
from eid.clock import world_today
from eid.config import Settings
from eid.population.models import Person
from tests.accounts.conftest import PASSWORD, MakePerson, world_later
from tests.web.conftest import Browser
from tests.web.test_desk import BAO, BAO_PHONE, at_desk, bao, open_record

__all__ = ["at_desk", "bao"]


def states(person: Person) -> list[str]:
    return [str(card.state) for card in list_cards(person.id)]


def test_a_card_is_made_and_handed_over_later(at_desk: Browser, bao: Person, settings: Settings) -> None:
    record = open_record(at_desk)
    at_desk.submit(f"{record}/card")
    first = read_demo_card(settings.cards_dir / BAO).files["EF.SOD"]
    page = at_desk.submit(f"{record}/card/make")
    assert "waits to be handed over" in page.text
    assert states(bao) == ["made", "active"]
    assert read_demo_card(settings.cards_dir / BAO).files["EF.SOD"] == first
    page = at_desk.open(f"{record}/card/hand-over")
    assert "Nothing has changed yet." in page.text and "replaced" in page.text
    assert states(bao) == ["made", "active"]
    page = at_desk.press("hand-over-card")
    assert "The card is handed over." in page.text
    assert states(bao) == ["active", "replaced"]
    assert read_demo_card(settings.cards_dir / BAO).files["EF.SOD"] != first
    assert not (settings.cards_dir / f"{BAO}-waiting").exists()
    assert page.text.count(f"{world_today():%d/%m/%Y}") >= 4  # made and handed over, as people write dates


def test_a_card_that_nobody_collects_is_cancelled_and_the_other_stays(at_desk: Browser, bao: Person) -> None:
    record = open_record(at_desk)
    at_desk.submit(f"{record}/card")
    at_desk.submit(f"{record}/account", phone=BAO_PHONE)
    at_desk.submit(f"{record}/card/make")
    at_desk.open(f"{record}/card/cancel")
    assert "The card is cancelled." in at_desk.press("cancel-card", reason="never collected").text
    assert states(bao) == ["cancelled", "active"]
    assert find_account(bao.id).state == "approved"
    assert find_current_card(bao.id).state == "active"


def test_a_loss_at_the_desk_is_for_good_and_locks_the_account(at_desk: Browser, bao: Person) -> None:
    """Law 26/2023, article 34."""
    record = open_record(at_desk)
    at_desk.submit(f"{record}/card")
    at_desk.submit(f"{record}/account", phone=BAO_PHONE)
    assert "This cannot be undone." in at_desk.open(f"{record}/card/lost").text
    assert "The card is reported lost." in at_desk.press("lost-card").text
    assert (states(bao), find_account(bao.id).lock_reasons) == (["lost"], {"card"})
    at_desk.submit(f"{record}/card/make")
    assert find_account(bao.id).lock_reasons == {"card"}
    at_desk.open(f"{record}/card/hand-over")
    at_desk.press("hand-over-card")
    assert find_account(bao.id).state == "approved"


@pytest.mark.parametrize("act", ["withhold", "revoke"])
def test_an_authority_says_why(at_desk: Browser, bao: Person, act: str) -> None:
    record = open_record(at_desk)
    at_desk.submit(f"{record}/card")
    at_desk.open(f"{record}/card/{act}")
    answer = at_desk.send(f"{record}/card/{act}", reason="  ")
    assert answer.status_code == 400
    assert 'data-code="reason_missing"' in answer.text and 'id="reason-error"' in answer.text
    assert states(bao) == ["active"]


@pytest.mark.parametrize(
    ("act", "code"),
    [("hand-over", "card_not_waiting"), ("cancel", "card_not_waiting"), ("return", "card_state"), ("lost", "")],
)
def test_an_act_that_cannot_be_done_is_refused_before_and_after_a_look(
    at_desk: Browser, bao: Person, act: str, code: str
) -> None:
    record = open_record(at_desk)
    at_desk.submit(f"{record}/card")
    page = at_desk.open(f"{record}/card/{act}")
    assert (f'data-code="{code}"' in page.text) == bool(code)
    if code:
        assert page.status_code in (404, 409)
        at_desk.open(record)
        assert f'data-code="{code}"' in at_desk.send(f"{record}/card/{act}", reason="x").text
    assert states(bao) == ["active"]


def test_there_are_no_other_acts(at_desk: Browser, bao: Person) -> None:
    record = open_record(at_desk)
    assert at_desk.open(f"{record}/card/replace").status_code == 404
    at_desk.open(record)
    assert at_desk.send(f"{record}/card/replace").status_code in (404, 405)


def test_a_foreigner_is_refused_a_card(at_desk: Browser, make_person: MakePerson) -> None:
    """Law on Identification, article 19."""
    make_person(person_id=5, pin="979085000203", nationality="LAO")
    record = open_record(at_desk, "979085000203")
    assert 'data-code="person_not_citizen"' in at_desk.send(f"{record}/card").text


def test_the_record_says_that_a_card_is_due(at_desk: Browser, bao: Person, settings: Settings) -> None:
    """Law on Identification, article 21: Bảo, born on 30/01/2003, must have another card at 25."""
    record = open_record(at_desk)
    at_desk.submit(f"{record}/card")
    assert "must be replaced" not in at_desk.open(record).text
    expires = find_current_card(bao.id).expires_on
    assert expires is not None
    with world_later(settings, days=(expires - world_today()).days - 10):
        assert f"must be replaced by {expires:%d/%m/%Y}" in at_desk.open(record).text


def test_the_record_says_that_a_cards_signer_is_revoked(at_desk: Browser, bao: Person) -> None:
    record = open_record(at_desk)
    at_desk.submit(f"{record}/card")
    for signer in list_signers():
        revoke_signer(signer.serial, reason=RevocationReason.KEY_COMPROMISE)
    assert "Its signer is revoked" in at_desk.open(record).text


def test_holders_report_their_own_card_lost_with_their_password(
    browser: Browser, carded: DemoCard, account: Account, person: Person
) -> None:
    browser.sign_in(person.pin)
    assert "Report my card lost" in browser.open("/citizen/").text
    browser.open("/citizen/card/lost")
    refused = browser.send("/citizen/card/lost", password="Wrong#2000")
    assert (refused.status_code, 'data-code="password_wrong"' in refused.text) == (403, True)
    assert find_current_card(person.id).state == "active"
    page = browser.press("report-lost", password=PASSWORD)
    assert "Your card is reported lost" in page.text
    assert find_current_card(person.id).state == "lost"
    assert find_account(person.id).lock_reasons == {"card"}
    assert browser.open("/citizen/card/lost").request.path == "/citizen/sign-in"


def test_a_stranger_reports_nothing(browser: Browser, carded: DemoCard, account: Account, person: Person) -> None:
    browser.open("/citizen/sign-in")
    assert browser.send("/citizen/card/lost", password=PASSWORD).status_code in (303, 401)
    assert find_current_card(person.id).state == "active"
