"""What a person's grant tells: its claims, found where they are kept. Nothing is looked up that is not told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eid.accounts.proof_models import CardProof
from eid.accounts.proofs import find_card_proof, find_desk_visit
from eid.accounts.service import Holder, find_holder
from eid.clock import world_now, world_today
from eid.keystore import SecretUse, current_keystore
from eid.oauth.claims import PersonFacts, build_values, select_scopes
from eid.oauth.claims_request import VERIFIED_CLAIMS
from eid.oauth.grants import Grant
from eid.oauth.models import Client
from eid.oauth.release import Release
from eid.oauth.subjects import build_subject, build_technical_identifier
from eid.oauth.verified_claims import CardCheck, DeskCheck, build_verification
from eid.population import places

VERIFIER = "eid"
"""Who verified a chip, as evidence names it."""


def find_id_token_claims(client: Client, code: Grant) -> dict[str, Any]:
    """What the claims parameter asked into the ID token, as granted; nothing is looked up where it asked for nothing."""
    release = Release.from_json(code.scopes, code.release)
    if not release.claims.get("id_token"):
        return {}
    secret = current_keystore().find_secret(SecretUse.SUBJECTS)
    subject = build_subject(secret, sector=client.sector, person_id=code.person_id)
    return find_released_claims(release, "id_token", person_id=code.person_id, subject=subject, sector=client.sector)


def find_released_claims(release: Release, member: str, *, person_id: int, subject: str, sector: str) -> dict[str, Any]:
    """The granted claims of a member, each only where there is something to say."""
    holder = find_holder(person_id)
    values, now = build_values(_find_facts(holder, subject, sector)), world_now()
    claims = release.select_values(member, values, now=now)
    for paper, attributes in release.list_papers(member).items():
        found = _find_paper(paper, person_id, attributes)
        claims |= {} if found is None else {paper: found}
    if release.asks_verified(member):
        verification = _find_verification(holder)
        verified = release.select_verified(member, verification=verification, values=values, now=now)
        claims |= {} if verified is None else {VERIFIED_CLAIMS: verified}
    return claims


def _find_paper(paper: str, person_id: int, attributes: tuple[str, ...] | None) -> dict[str, Any] | None:
    [scope] = select_scopes([paper])
    content: Mapping[str, Any] | None = scope.find_claims(person_id) if scope.find_claims else None
    if content is None:
        return None
    if attributes is None:
        return {name: value for name, value in content.items() if f"{paper}.{name}" not in scope.only_by_name}
    return {name: value for name, value in content.items() if name in attributes}


def _find_facts(holder: Holder, subject: str, sector: str) -> PersonFacts:
    today = world_today()
    secret = current_keystore().find_secret(SecretUse.SUBJECTS)
    return PersonFacts(
        subject=subject,
        technical_id=build_technical_identifier(secret, sector=sector, person_id=holder.person_id),
        pin=holder.pin,
        surname=holder.surname,
        middle_name=holder.middle_name,
        given_name=holder.given_name,
        birth_date=holder.birth_date,
        sex=holder.sex,
        address=places.write_address(holder, on=today),
        region=places.find_province(holder.residence_province, on=today).name,
        account_level=int(holder.level),
        street=holder.residence_address,
        commune=holder.residence_commune,
        phone=holder.phone,
        email=holder.email,
    )


def _describe_card(proof: CardProof) -> CardCheck:
    return CardCheck(
        reference=proof.reference,
        at=proof.verified_at,
        document_number=proof.document_number,
        sod_sha256=proof.sod_sha256,
        issued_on=proof.issued_on,
        expires_on=proof.expires_on,
        verifier=VERIFIER,
    )


def _find_verification(holder: Holder) -> dict[str, Any] | None:
    card, desk = find_card_proof(holder.account_id), find_desk_visit(holder.person_id)
    return build_verification(
        assurance_level=f"level_{int(holder.level)}",
        card=_describe_card(card) if card else None,
        desk=DeskCheck(desk.at, desk.place, desk.document_type) if desk else None,
    )
