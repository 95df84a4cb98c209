"""The page of the account for social payments: the passcode, the institution's refusal, and what services learn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from eid.accounts.levels import AccountLevel
from eid.accounts.models import Account
from eid.accounts.service import find_holder
from eid.agencies.social_security import find_linked_account, record_social_security_account
from eid.credentials.service import find_claims, find_published_keys, issue_paper_token
from eid.crypto.jwt import verify_signature
from eid.db import db
from eid.oauth.asking import build_groups, list_items
from eid.oauth.authorization_details import covers, parse_authorization_details
from eid.oauth.release import Release
from eid.oauth.released import find_released_claims
from eid.population.models import Person
from tests.people import PASSCODE
from tests.web.conftest import Browser

AT = "/citizen/social-security"


@pytest.fixture
def signed_in(browser: Browser, account: Account, person: Person) -> Browser:
    browser.sign_in(person.pin, at="/robots.txt")
    return browser


def link(browser: Browser, **changed: str) -> str:
    browser.open(AT)
    given = {"institution": "bank-03", "account_number": "1900123456", "name": "Tran Van Minh", "passcode": PASSCODE}
    return browser.submit(AT, **(given | changed)).text


def test_an_account_is_linked_shown_covered_and_unlinked(signed_in: Browser, person: Person) -> None:
    page = link(signed_in)
    assert "The account is linked" in page
    assert "••••••3456" in page
    assert "1900123456" not in page
    assert 'href="/citizen/papers/wallet"' in signed_in.open("/citizen/papers/").text
    signed_in.open(f"{AT}/unlink")
    assert "The account is unlinked." in signed_in.submit(f"{AT}/unlink", passcode=PASSCODE).text
    assert find_linked_account(person.id) is None
    assert signed_in.open(f"{AT}/unlink").status_code == 404


def test_nothing_is_linked_without_the_passcode_or_another_name(signed_in: Browser, person: Person) -> None:
    assert "The passcode is not the right one." in link(signed_in, passcode="000000")
    refused = link(signed_in, name="Trần Văn Nam")
    assert "The account is not in your name" in refused
    assert 'aria-invalid="true"' in refused
    assert find_linked_account(person.id) is None


def test_an_account_of_level_1_links_nothing(signed_in: Browser, account: Account) -> None:
    account.level = AccountLevel.ONE
    db.session.commit()
    assert signed_in.open(AT).status_code == 409


BY_NAME = '[{"type": "eid_paper", "paper": "wallet", "attributes": ["account_number"]}]'
DETAILS = ({"type": "eid_paper", "paper": "wallet", "attributes": ["account_number"]},)


@dataclass(frozen=True)
class Request:
    """What a service asks for: the whole, and beside it the number by name."""

    scopes: tuple[str, ...] = ("openid", "wallet")
    claims: Mapping[str, Any] = field(default_factory=dict)
    authorization_details: tuple[Mapping[str, Any], ...] = DETAILS
    passed_on: tuple[str, ...] = ()


def test_the_number_is_asked_for_by_name_beside_the_whole(app: object) -> None:
    assert parse_authorization_details(BY_NAME, client_scopes=["wallet"]) == DETAILS
    items = list_items(Request())
    assert items == ("sub", "wallet", "wallet.account_number")
    [group] = [each for each in build_groups(items, scopes=Request().scopes) if each.name == "wallet"]
    assert "Whole account number" in [title for one in group.attributes for title in one.titles]
    [alone] = [each for each in build_groups(("wallet",), scopes=("wallet",)) if each.name == "wallet"]
    assert "Whole account number" not in [title for one in alone.attributes for title in one.titles]
    assert not covers(("wallet",), "wallet.account_number")
    assert covers(("wallet",), "wallet.account_masked")


@pytest.mark.parametrize("by_name", [False, True])
def test_services_learn_the_number_only_by_name(account: Account, person: Person, by_name: bool) -> None:
    record_social_security_account(person.id)
    db.session.commit()
    items = ("sub", "wallet", *(("wallet.account_number",) if by_name else ()))
    release = Release(("openid", "wallet"), items, {}, DETAILS if by_name else ())
    told = find_released_claims(release, "userinfo", find_holder(person.id), sector="c")["wallet"]
    attributes = release.find_paper("wallet")[1]
    issued = issue_paper_token(
        person_id=person.id, paper="wallet", audience="c", subject="s", attributes=attributes
    ).token
    in_token = _read(issued)["wallet"]
    assert in_token == told
    assert told["account_masked"] == "••••••••4567"
    assert ("account_number" in told) == by_name
    assert (find_claims("wallet", person.id) or {})["account_number"] == "190001234567"


def test_a_token_without_the_scope_says_only_what_was_granted_by_name(app: object) -> None:
    """Granted the whole alone, a request narrowed to its details gives no number."""
    assert not Release(("openid",), ("sub", "wallet"), {}, ()).find_paper("wallet")[0]
    assert Release(("openid",), ("sub", "wallet.account_number"), {}, DETAILS).find_paper("wallet") == (
        True,
        ("account_number",),
    )


def _read(token: str) -> dict[str, dict[str, str]]:
    return dict(verify_signature(token, keys=find_published_keys(), expected_typ="eid-wallet+jwt").claims)
