"""Steps 22 to 25: whether the chip is the one that was issued, or may be a copy of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from eid.crypto.active_auth import check_chip_answer
from eid.crypto.card_security import verify_card_security
from eid.crypto.chip_access import AccessProtocol
from eid.crypto.chip_auth import (
    ChipEvidence,
    ChipMappingEvidence,
    list_chip_authentication_keys,
    list_static_keys,
)
from eid.crypto.groups import STANDARDISED, EllipticGroup
from eid.crypto.lds import CARD_ACCESS, parse_dg15
from eid.crypto.pace import is_mapped
from eid.crypto.policy import Tolerance
from eid.crypto.report import Report
from eid.crypto.security_infos import (
    CHIP_AUTHENTICATION_PREFIX,
    PACE_PREFIX,
    SecurityInfo,
    parse_active_authentication_hash,
    parse_card_access,
    parse_dg14,
)
from eid.crypto.trust import TrustStore
from eid.errors import VerificationFailed
from eid.late_dataclasses import frozen


@frozen
class ChipAnswer:
    """A chip's answer to active authentication. Whether the challenge was fresh is for whoever drew it to know."""

    challenge: bytes
    response: bytes


def check_active_authentication(report: Report, groups: Mapping[int, bytes], answer: ChipAnswer | None) -> None:
    """Step 22: only a DG15 that EF.SOD binds counts; an attacker can bring any other."""
    # (22)
    report.begin("active_authentication", malformed="aa_malformed")
    if answer is None:
        report.not_checked("aa_not_done", "The chip was not asked.")
        return
    if 15 not in groups:
        raise report.failure("aa_not_bound", "The chip's key is not bound by EF.SOD, so its answer proves nothing.")
    hash_name = parse_active_authentication_hash(_infos(groups))
    found = check_chip_answer(
        report, parse_dg15(groups[15]), challenge=answer.challenge, response=answer.response, hash_name=hash_name
    )
    told = (("challenge", answer.challenge), ("hash", found))
    report.passed(f"The chip signed the challenge, by {found}, with the key that EF.SOD binds.", told)


def check_chip_authentication(
    report: Report,
    groups: Mapping[int, bytes],
    evidence: ChipEvidence | None,
    *,
    trust_store: TrustStore,
    country: str | None,
    at: datetime | None,
) -> None:
    """Step 23: what a reader found out counts for exactly the key and protocol that a bound DG14 publishes; by PACE with
    chip authentication mapping, for the key of an EF.CardSecurity that holds. `country` is that of the document's CSCA."""
    # (23)
    report.begin("chip_authentication", malformed="ca_malformed")
    if evidence is None:
        report.not_checked("ca_not_done", "Nobody brought evidence of chip authentication, which only a reader gains.")
        return
    if isinstance(evidence, ChipMappingEvidence):
        _check_mapping(report, _infos(groups), evidence, trust_store, country, at)
        return
    if 14 not in groups or evidence.key not in list_chip_authentication_keys(_infos(groups)):
        raise report.failure("ca_not_bound", "The chip was asked with a key that EF.SOD does not bind.")
    told = (("protocol", evidence.key.protocol), ("key_id", evidence.key.key_id))
    if not evidence.answered:
        raise report.failure("ca_failed", "The chip does not hold the key of its DG14: it is a copy.", evidence=told)
    report.passed("The chip went on speaking under keys that only the holder of the key of DG14 can share.", told)


def _check_mapping(
    report: Report,
    bound: Iterable[SecurityInfo],
    evidence: ChipMappingEvidence,
    trust_store: TrustStore,
    country: str | None,
    at: datetime | None,
) -> None:
    """9303-11, 4.4.3.5.2. EF.CardSecurity does not say whose it is: it must be of the document's country, and where DG14
    publishes a key on the same curve too, the same one."""
    try:
        security = verify_card_security(evidence.card_security, trust_store=trust_store, policy=report.policy, at=at)
    except VerificationFailed as refusal:
        about = f"{refusal.step}: {refusal.code}"
        raise report.failure("cam_failed", "EF.CardSecurity does not hold.", about=about) from refusal
    group = STANDARDISED.get(evidence.parameter)
    if not isinstance(group, EllipticGroup) or security.anchor.country != country:
        raise report.failure("ca_not_bound", "EF.CardSecurity is not one of this document.")
    keys, known = list_static_keys(security.infos, group), list_static_keys(bound, group)
    if not keys or (known and not set(keys) <= set(known)):
        raise report.failure("ca_not_bound", "EF.CardSecurity is not one of this document.")
    if not any(is_mapped(group, evidence.chip_data, key, evidence.mapping_key) for key in keys):
        raise report.failure("cam_failed", "The chip does not hold the key of its EF.CardSecurity: it is a copy.")
    report.passed("The chip opened PACE with the key that its EF.CardSecurity publishes.")


def check_access(
    report: Report, files: Mapping[str, bytes], groups: Mapping[int, bytes], access: AccessProtocol | None = None
) -> None:
    """Step 24: EF.CardAccess is read before anything is authentic; afterwards DG14 must say the same (9303-11, 4.2), and
    the chip must have been opened by the best that it offers."""
    # (24)
    report.begin("access_control", malformed="access_malformed")
    infos = _infos(groups)
    paces = {info.raw for info in infos if info.protocol.startswith(PACE_PREFIX)}
    if CARD_ACCESS in files and paces:
        announced = {info.raw for info in parse_card_access(files[CARD_ACCESS])}
        if not announced <= {info.raw for info in infos} or paces - announced:
            raise report.failure("access_downgraded", "EF.CardAccess says other things than DG14.")
    if paces and access is not None and access is not AccessProtocol.PACE:
        report.deviate(
            "access_downgraded",
            Tolerance.WEAKER_ACCESS,
            "The chip offers PACE and was opened by something weaker.",
            about=access.upper(),
        )
    elif CARD_ACCESS not in files:
        report.not_checked("access_not_read", "EF.CardAccess was not read.")
    elif not paces:
        report.not_checked("access_not_bound", "DG14 does not repeat EF.CardAccess, so nobody vouches for it.")
    else:
        report.passed("EF.CardAccess says nothing that DG14 does not repeat.")


def check_clone_detection(report: Report, groups: Mapping[int, bytes], *, proved: bool) -> None:
    """Step 25."""
    # (25)
    report.begin("clone_detection", malformed="clone_detection_absent")
    can = 15 in groups or any(info.protocol.startswith(CHIP_AUTHENTICATION_PREFIX) for info in _infos(groups))
    if proved:
        report.passed("The chip holds a key that no copy has.")
    elif can:
        report.not_checked("clone_detection_not_done", "The chip could prove that it is no copy, and was not asked.")
    else:
        report.not_checked("clone_detection_absent", "Nothing that was read can tell this chip from a copy.")


@lru_cache(maxsize=8)
def _parse(data: bytes) -> tuple[SecurityInfo, ...]:
    """Three steps ask for the same DG14."""
    return parse_dg14(data)


def _infos(groups: Mapping[int, bytes]) -> tuple[SecurityInfo, ...]:
    return _parse(groups[14]) if 14 in groups else ()
