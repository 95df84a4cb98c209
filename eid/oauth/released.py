"""What a person's grant tells: its claims, found where they are kept. Nothing is looked up that is not told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from eid.accounts.proof_models import CardProof
from eid.accounts.proofs import find_card_proof, find_desk_visit
from eid.accounts.service import Holder, find_holder
from eid.clock import VIETNAM, world_now
from eid.keystore import SecretUse, current_keystore
from eid.oauth.claims import PersonFacts, build_values, select_scopes
from eid.oauth.claims_request import VERIFIED_CLAIMS
from eid.oauth.grants import Grant
from eid.oauth.models import Client
from eid.oauth.release import Release
from eid.oauth.subjects import build_technical_identifier
from eid.oauth.verified_claims import VERIFIABLE_CLAIMS, CardCheck, DeskCheck, build_verification
from eid.population import places

VERIFIER = "eid"
"""Who verified a chip, as evidence names it."""


def find_id_token_claims(client: Client, code: Grant) -> dict[str, Any]:
    """What the claims parameter asked into the ID token, as granted; nothing is looked up where it asked for nothing."""
    if code.release is None or not code.release["claims"].get("id_token"):
        return {}
    release = Release.from_json(code.scopes, code.release)
    return find_released_claims(release, "id_token", find_holder(code.person_id), sector=client.sector)


def find_released_claims(release: Release, member: str, holder: Holder, *, sector: str) -> dict[str, Any]:
    """The granted claims of a member, each only where there is something to say."""
    names, is_verified, now = release.list_names(member), release.asks_verified(member), world_now()
    sought = {*names, *VERIFIABLE_CLAIMS} if is_verified else names
    values = build_values(_find_facts(holder, sector, sought, now), sought)
    claims = release.select_values(member, names, values, now=now)
    for paper, attributes in release.list_papers(member, names).items():
        found = _find_paper(paper, holder.person_id, attributes)
        claims |= {} if found is None else {paper: found}
    if is_verified:
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


def _find_facts(holder: Holder, sector: str, sought: Collection[str], now: datetime) -> PersonFacts:
    """What the holder's row says, and of what is more than that, only what these claims need."""
    needs_address = "address" in sought
    today = now.astimezone(VIETNAM).date()
    return PersonFacts(
        pin=holder.pin,
        surname=holder.surname,
        middle_name=holder.middle_name,
        given_name=holder.given_name,
        birth_date=holder.birth_date,
        sex=holder.sex,
        account_level=int(holder.level),
        street=holder.residence_address,
        commune=holder.residence_commune,
        phone=holder.phone,
        email=holder.email,
        technical_id=_find_technical_id(holder, sector) if "TechID" in sought else None,
        address=places.write_address(holder, on=today) if needs_address else None,
        region=places.find_province(holder.residence_province, on=today).name if needs_address else None,
    )


def _find_technical_id(holder: Holder, sector: str) -> str:
    secret = current_keystore().find_secret(SecretUse.SUBJECTS)
    return build_technical_identifier(secret, sector=sector, person_id=holder.person_id)


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
