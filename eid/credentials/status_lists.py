"""Status lists as verifiers fetch them (draft Token Status List 20, sections 5, 8 and 9): signed as JWT and as CWT by the key of
the papers, with its certificate, and all their addresses in one place.

Lists of the past are not kept. What changes a status is eid.credentials.statuses.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import select

from eid.clock import wall_now
from eid.credentials.models import LIST_BITS, LIST_SIZE, IssuedPaper, PaperStatusList
from eid.credentials.statuses import list_uri
from eid.crypto.jwt import build_jwt
from eid.crypto.sd_jwt_vc_issuing import VcSigner
from eid.crypto.status_list import (
    MEDIA_TYPE,
    TYP,
    StatusList,
    StatusType,
    build_status_list_claims,
    pack_statuses,
)
from eid.crypto.status_list_cwt import MEDIA_TYPE as CWT_MEDIA_TYPE
from eid.crypto.status_list_cwt import build_status_list_cwt
from eid.db import db
from eid.errors import NotFound
from eid.keystore import current_keystore
from eid.late_dataclasses import frozen
from eid.replicas import read_rows, read_scalars

LIFETIME = timedelta(minutes=15)
TIME_TO_LIVE = timedelta(minutes=1)
"""How long a verifier may use its copy without asking: so long an offline verifier can be behind."""
FORMS = (MEDIA_TYPE, CWT_MEDIA_TYPE)
"""The first is what is given to whoever does not say what they accept."""


@frozen
class ServedList:
    token: bytes
    media_type: str
    etag: str
    """The same as long as a copy says the same, and holds for minutes yet."""


def list_status_list_uris() -> list[str]:
    """The address of every list, oldest first (section 9.3)."""
    return [list_uri(number) for number in read_scalars(select(PaperStatusList.id).order_by(PaperStatusList.id))]


def list_live_lists() -> list[int]:
    """The numbers of the lists on which something stands that has not expired."""
    alive = select(IssuedPaper.list_id).where(IssuedPaper.expires_at > wall_now()).distinct()
    return sorted(db.session.scalars(alive))


def find_served_list(list_id: int, media_type: str = MEDIA_TYPE) -> ServedList:
    """The signed list of this number as it is now, in this form. Raises NotFound: status_list_unknown."""
    statuses, signer = _find_statuses(list_id), current_keystore().find_credential_signer()
    return ServedList(_sign(list_id, statuses, media_type, LIFETIME, signer), media_type, _tag(statuses, signer))


def find_status_list_token(list_id: int, *, lifetime: timedelta = LIFETIME) -> str:
    """The list as a JWT, for whoever keeps it for this long. Raises NotFound: status_list_unknown."""
    signer = current_keystore().find_credential_signer()
    return _sign(list_id, _find_statuses(list_id), MEDIA_TYPE, lifetime, signer).decode()


def _find_statuses(list_id: int) -> StatusList:
    known = read_rows(select(PaperStatusList.id).where(PaperStatusList.id == list_id))
    if not known and db.session.get(PaperStatusList, list_id) is None:  # the replica may not know a new one yet
        raise NotFound("status_list_unknown", "There is no status list of this number.")
    query = select(IssuedPaper.list_index, IssuedPaper.status).where(
        IssuedPaper.list_id == list_id, IssuedPaper.status != StatusType.VALID
    )
    statuses = {index: int(status) for index, status in read_rows(query)}
    return pack_statuses(statuses, size=LIST_SIZE, bits=LIST_BITS)


def _sign(list_id: int, statuses: StatusList, media_type: str, lifetime: timedelta, signer: VcSigner) -> bytes:
    uri, now, time_to_live = list_uri(list_id), wall_now(), max(TIME_TO_LIVE, lifetime - LIFETIME)
    if media_type == CWT_MEDIA_TYPE:
        return build_status_list_cwt(
            statuses,
            uri=uri,
            now=now,
            lifetime=lifetime,
            time_to_live=time_to_live,
            key=signer.key,
            certificate=signer.certificate,
        )
    claims = build_status_list_claims(statuses, uri=uri, now=now, lifetime=lifetime, time_to_live=time_to_live)
    return build_jwt(claims, key=signer.key, typ=TYP, x5c=signer.x5c).encode()


def _tag(statuses: StatusList, signer: VcSigner) -> str:
    """Another every five minutes, so that a copy that is confirmed by it holds for ten more at least."""
    said = b"|".join((statuses.packed, signer.key.kid.encode(), b"%d" % (wall_now().timestamp() // 300)))
    return hashlib.sha256(said).hexdigest()[:32]
