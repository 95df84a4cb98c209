"""The reader gains access: PACE where the chip offers it, else basic access control (ICAO 9303-11, 4.2 to 4.4)."""

from __future__ import annotations

import random

from eid.cards.inspection.channel import Channel, chip_refused
from eid.crypto.apdu import (
    CHAINED,
    INS,
    SHORT_MAX,
    Command,
    StatusWord,
    parse_data_objects,
)
from eid.crypto.bac import KEY_OCTETS, NONCE_OCTETS, derive_document_keys, open_session
from eid.crypto.chip_access import MrzPassword, Password
from eid.crypto.pace import CHIP_AUTHENTICATION, PaceProtocol, PaceSide, find_protocol
from eid.crypto.security_infos import PaceInfo, parse_card_access, parse_pace_infos
from eid.crypto.tlv import Tlv, build_oid, build_tlv, parse_tlv
from eid.errors import Malformed, Refused, VerificationFailed

_DYNAMIC_DATA = 0x7C


def choose_protocol(card_access: bytes) -> tuple[PaceProtocol, bool] | None:
    """The first way of PACE that EF.CardAccess offers and that is spoken here, and whether its domain parameters must be
    named; None where PACE is not offered at all.

    Generic mapping is taken before chip authentication mapping, whose proof DG14's key gives too. Raises Malformed
    (`pace_unsupported`) where all that is offered is foreign.
    """
    offered = parse_pace_infos(parse_card_access(card_access))
    found: list[PaceProtocol] = []
    foreign: Malformed | None = None
    for info in offered:
        try:
            found.append(find_protocol(info.protocol, info.parameter))
        except Malformed as error:
            foreign = error
    if not found:
        if foreign is not None:
            raise foreign
        return None
    chosen = min(found, key=lambda protocol: protocol.mapping == CHIP_AUTHENTICATION)
    return chosen, _is_ambiguous(offered, chosen.oid)


def _is_ambiguous(offered: list[PaceInfo], oid: str) -> bool:
    return sum(info.protocol == oid for info in offered) > 1


def open_by_pace(
    channel: Channel, protocol: PaceProtocol, password: Password, rng: random.Random, *, name_parameter: bool = False
) -> tuple[bytes, int] | None:
    """Afterwards the channel is secured by the keys of PACE. With chip authentication mapping, its evidence is returned:
    the chip's mapping key and its data.

    Raises VerificationFailed: `password_wrong` where the chip says so, `pace_failed` where its own proof does not hold
    or it ends the run; Malformed where its answers cannot be read.
    """
    # (1) Protocol and password are named.
    objects = build_tlv(0x80, build_oid(protocol.oid)[2:]) + build_tlv(0x83, bytes([password.reference]))
    if name_parameter:
        objects += build_tlv(0x84, bytes([protocol.parameter]))
    response = channel.send(Command(0x00, INS.MANAGE_SECURITY_ENVIRONMENT, 0xC1, 0xA4, objects))
    if response.status == StatusWord.REFERENCE_NOT_FOUND:
        raise _failed("password_unknown", "The chip does not open by this kind of password.")
    if response.status & 0xFF00 not in (StatusWord.DONE, 0x6300):  # 63Cx warns of tries that are left
        raise _failed("pace_failed", "The chip did not begin PACE.", f"MSE: {response.status:04X}")
    side = PaceSide(protocol, password, rng)
    # (2) The chip's nonce, which only the password opens.
    side.take_nonce(_exchange(channel, b"", 0x80)[0x80].value)
    # (3) The generator that both derive from it.
    own = side.offer_mapping_key()
    side.take_mapping_key(_exchange(channel, build_tlv(0x81, own), 0x82)[0x82].value)
    # (4) Keys over that generator, which are equal only if the password was.
    own = side.offer_key()
    side.take_key(_exchange(channel, build_tlv(0x83, own), 0x84)[0x84].value)
    # (5) Each side proves it.
    answer = _exchange(channel, build_tlv(0x85, side.token), 0x86, last=True)
    side.check_token(answer[0x86].value)
    channel.session = side.open_session()
    if protocol.mapping != CHIP_AUTHENTICATION:
        return None
    if 0x8A not in answer:
        raise _failed("pace_failed", "The chip broke off PACE.", "no chip authentication data")
    return side.other_mapping_key, side.open_chip_data(answer[0x8A].value)


def _exchange(channel: Channel, sent: bytes, expected_tag: int, *, last: bool = False) -> dict[int, Tlv]:
    """One GENERAL AUTHENTICATE: dynamic authentication data there and back."""
    data = build_tlv(_DYNAMIC_DATA, sent)
    response = channel.send(Command(0x00 if last else CHAINED, INS.GENERAL_AUTHENTICATE, 0, 0, data, SHORT_MAX))
    if last and response.status & 0xFF00 == 0x6300:
        raise _failed("password_wrong", "The chip was not opened: the password is not the one of this card.")
    if response.status != StatusWord.DONE:
        raise _failed("pace_failed", "The chip broke off PACE.", f"GENERAL AUTHENTICATE: {response.status:04X}")
    objects = parse_data_objects(parse_tlv(response.data, _DYNAMIC_DATA).value)
    if expected_tag not in objects:
        raise Malformed("apdu_malformed", "A command or response of a chip does not have its form.")
    return objects


def open_by_bac(channel: Channel, password: Password, rng: random.Random) -> None:
    """Afterwards the channel is secured by the keys of basic access control; the application is to be selected before.

    Raises Refused (`password_kind`) where the password is not the zone, VerificationFailed (`password_wrong`,
    `bac_failed`).
    """
    if not isinstance(password, MrzPassword):
        raise Refused("password_kind", "Basic access control needs document number, birth date and expiry.")
    keys = derive_document_keys(password)
    # (1) The chip's challenge.
    chip_nonce = channel.demand(Command(0x00, INS.GET_CHALLENGE, 0, 0, b"", NONCE_OCTETS), "GET CHALLENGE")
    if len(chip_nonce) != NONCE_OCTETS:
        raise _failed("bac_failed", "The chip's challenge has a wrong length.")
    # (2) The reader shows that it read the zone,
    reader_nonce, reader_key = rng.randbytes(NONCE_OCTETS), rng.randbytes(KEY_OCTETS)
    sealed = keys.seal(reader_nonce, chip_nonce, reader_key)
    response = channel.send(Command(0x00, INS.MUTUAL_AUTHENTICATE, 0, 0, sealed, len(sealed)))
    if response.status in (StatusWord.AUTHENTICATION_FAILED, StatusWord.SECURE_MESSAGING_INCORRECT):
        raise _failed("password_wrong", "The chip was not opened: the password is not the one of this card.")
    if response.status != StatusWord.DONE:
        raise chip_refused("MUTUAL AUTHENTICATE", response.status)
    # (3) and so does the chip, with the same nonces.
    _nonce, chip_key = keys.open(response.data, expected_first=chip_nonce, expected_second=reader_nonce)
    channel.session = open_session(
        reader_key=reader_key, chip_key=chip_key, reader_nonce=reader_nonce, chip_nonce=chip_nonce
    )


def _failed(code: str, detail: str, reason: str = "") -> VerificationFailed:
    return VerificationFailed("access_control", code, detail, reason=reason)
