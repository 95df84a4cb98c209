"""The credentials of a paper for the keys of a wallet: what the paper says, in the format that was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eid.cards.portrait import draw_portrait
from eid.clock import world_today
from eid.config import current_settings
from eid.credentials.building import Times, build_mdocs, build_vcs
from eid.credentials.catalogue import DRIVING_LICENCE, Paper
from eid.credentials.configurations import Configuration, CredentialFormat
from eid.credentials.mobile_documents import Bearer, build_elements
from eid.credentials.service import FoundPaper
from eid.crypto.disclosures import encode
from eid.crypto.holders import Holder
from eid.crypto.status_list import StatusReference
from eid.keystore import current_keystore
from eid.population.models import Person
from eid.population.service import find_person_by_id
from eid.randomness import system_rng


def type_of(paper: Paper) -> str:
    """The `vct` of a paper: where its description is."""
    return f"{current_settings().public_url}/api/v1/credential-types/{paper.name}"


def build_credentials(
    configuration: Configuration,
    found: FoundPaper,
    keys: Sequence[Mapping[str, Any]],
    statuses: Sequence[StatusReference],
    times: Times,
    *,
    person_id: int,
) -> list[str]:
    """One credential of the paper for each key, signed by who signs this format today; mdocs in base64url (OpenID4VCI 1.0,
    appendix A.2.4)."""
    keystore, rng = current_keystore(), system_rng()
    holders = [Holder(key, status) for key, status in zip(keys, statuses, strict=True)]
    if configuration.format is CredentialFormat.SD_JWT:
        return build_vcs(
            found.content,
            holders,
            vct=type_of(found.paper),
            issuer=current_settings().public_url,
            times=times,
            signer=keystore.find_credential_signer(),
            rng=rng,
        )
    bearer = _describe_bearer(find_person_by_id(person_id), found.paper)
    elements = build_elements(configuration, found.record, found.content, bearer, today=world_today())
    signer = keystore.find_mdoc_signer()
    mdocs = build_mdocs(elements, holders, doc_type=configuration.doc_type, times=times, signer=signer, rng=rng)
    return [encode(mdoc) for mdoc in mdocs]


def _describe_bearer(person: Person, paper: Paper) -> Bearer:
    return Bearer(
        surname=person.surname,
        given_names=f"{person.middle_name} {person.given_name}".strip(),
        birth_date=person.birth_date,
        sex=str(person.sex),
        nationality=person.nationality,
        portrait=draw_portrait(person.pin, sex=person.sex).jpeg if paper is DRIVING_LICENCE else b"",
    )
