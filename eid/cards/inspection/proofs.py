"""The reader asks a chip to prove that it is no copy (ICAO 9303-11, 6.1 and 6.2).

What comes of it is evidence and nothing more: it counts only where a verified EF.SOD binds the keys, which
eid.crypto.passive_auth decides.
"""

from __future__ import annotations

import random

from eid.cards.inspection.channel import Channel, chip_refused
from eid.crypto.apdu import (
    EXTENDED_MAX,
    INS,
    SHORT_MAX,
    Command,
    StatusWord,
)
from eid.crypto.chip_auth import (
    ChipAuthenticationEvidence,
    ChipAuthenticationKey,
    draw_ephemeral_key,
    list_chip_authentication_keys,
)
from eid.crypto.chip_ciphers import Suite
from eid.crypto.chip_files import APPLICATION_FILES
from eid.crypto.lds import SOD
from eid.crypto.passive_auth import ChipAnswer
from eid.crypto.security_infos import parse_dg14
from eid.crypto.tlv import build_oid, build_tlv
from eid.errors import Malformed, VerificationFailed

_DYNAMIC_DATA = 0x7C


def choose_key(dg14: bytes) -> ChipAuthenticationKey | None:
    """The key of DG14 with the longest cipher that goes with it; None where it publishes none. Raises Malformed."""
    keys = list_chip_authentication_keys(parse_dg14(dg14))
    return max(keys, key=lambda key: (key.suite is not Suite.TDES, key.suite.key_octets), default=None)


def authenticate_chip(channel: Channel, key: ChipAuthenticationKey, rng: random.Random) -> ChipAuthenticationEvidence:
    """Afterwards the channel is secured by new keys that only the holder of this key's private half can share, and it was
    tried whether the chip does. Where it does not, the session is over, on both sides.

    Raises Refused (`chip_refused`) where the chip does not go along, Malformed where the key cannot be read.
    """
    own = draw_ephemeral_key(key, rng)
    named = build_tlv(0x84, _key_reference(key)) if key.key_id is not None else b""
    # (1) The reader's key goes over under the old keys,
    if key.suite is Suite.TDES:
        data = build_tlv(0x91, own.encoded) + named
        channel.demand(Command(0x00, INS.MANAGE_SECURITY_ENVIRONMENT, 0x41, 0xA6, data), "MSE:Set KAT")
    else:
        data = build_tlv(0x80, build_oid(key.protocol)[2:]) + named
        channel.demand(Command(0x00, INS.MANAGE_SECURITY_ENVIRONMENT, 0x41, 0xA4, data), "MSE:Set AT")
        data = build_tlv(_DYNAMIC_DATA, build_tlv(0x80, own.encoded))
        channel.demand(Command(0x00, INS.GENERAL_AUTHENTICATE, 0, 0, data, SHORT_MAX), "GENERAL AUTHENTICATE")
    # (2) and from here on the new ones are in use: an answer under them, whatever it says, is the proof (9303-11, 6.2.2).
    channel.session = own.open_session()
    try:
        channel.send(Command(0x00, INS.SELECT, 0x02, 0x0C, APPLICATION_FILES[SOD].to_bytes(2, "big")))
    except (VerificationFailed, Malformed):
        channel.session = None
        return ChipAuthenticationEvidence(key, answered=False)
    return ChipAuthenticationEvidence(key, answered=True)


def _key_reference(key: ChipAuthenticationKey) -> bytes:
    assert key.key_id is not None
    return key.key_id.to_bytes(max(1, (key.key_id.bit_length() + 7) // 8), "big")


def ask_chip(channel: Channel, challenge: bytes, *, long_answer: bool) -> ChipAnswer:
    """The chip's answer to active authentication. Raises Refused where it gives none."""
    expected = EXTENDED_MAX if long_answer else SHORT_MAX
    command = Command(0x00, INS.INTERNAL_AUTHENTICATE, 0, 0, challenge, expected, long_answer)
    response = channel.send(command)
    if response.status != StatusWord.DONE:
        raise chip_refused("INTERNAL AUTHENTICATE", response.status)
    return ChipAnswer(challenge, response.data)
