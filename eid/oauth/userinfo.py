"""Userinfo: what a client may read of a person with an access token (OpenID Connect Core, section 5.3)."""

from __future__ import annotations

from typing import Any

from eid.accounts.service import find_account
from eid.clock import world_today
from eid.keystore import SecretUse, current_keystore
from eid.oauth.claims import PersonFacts, build_claims, select_scopes
from eid.oauth.subjects import build_technical_identifier
from eid.oauth.tokens import AccessGrant
from eid.population import places
from eid.population.models import Person
from eid.population.service import find_person_by_id


def read_userinfo(grant: AccessGrant) -> dict[str, Any]:
    """`sub` and the claims of the granted scopes, each only where there is something to say."""
    scopes = select_scopes(grant.scopes)
    person = find_person_by_id(grant.person_id)  # held until the end: whoever asks for it again finds it in the session
    claims = build_claims(_find_facts(grant, person), scopes)
    for scope in scopes:
        if scope.find_claims is not None:
            found = scope.find_claims(grant.person_id)
            claims |= {} if found is None else {scope.name: dict(found)}
    return claims


def _find_facts(grant: AccessGrant, person: Person) -> PersonFacts:
    today = world_today()
    account = find_account(grant.person_id)
    secret = current_keystore().find_secret(SecretUse.SUBJECTS)
    return PersonFacts(
        subject=grant.subject,
        technical_id=build_technical_identifier(secret, sector=grant.sector, person_id=person.id),
        pin=person.pin,
        surname=person.surname,
        middle_name=person.middle_name,
        given_name=person.given_name,
        birth_date=person.birth_date,
        sex=person.sex,
        address=places.write_address(person, on=today),
        region=places.find_province(person.residence_province, on=today).name,
        account_level=int(account.level),
        phone=account.phone,
    )
