"""Reading a whole chip: access, every file that may be read, and both proofs that it is no copy (ICAO 9303-11, 4.2 and
9303-10, 3.11).

Nothing here is verified: files and evidence go to eid.crypto.passive_auth, which decides.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa

from eid.cards.inspection.access import choose_protocol, open_by_bac, open_by_pace
from eid.cards.inspection.channel import Channel, OnProgress
from eid.cards.inspection.proofs import ask_chip, authenticate_chip, choose_key
from eid.crypto.active_auth import CHALLENGE_BYTES
from eid.crypto.apdu import Transmit
from eid.crypto.chip_access import AccessProtocol, Password
from eid.crypto.chip_auth import ChipAuthenticationEvidence, ChipEvidence, ChipMappingEvidence
from eid.crypto.chip_files import CARD_SECURITY
from eid.crypto.lds import CARD_ACCESS, COM, SOD, data_group_file, parse_com, parse_dg15, parse_security_object
from eid.crypto.passive_auth import ChipAnswer
from eid.crypto.public_keys import parse_public_key
from eid.crypto.sod import parse_sod
from eid.errors import Malformed, Refused
from eid.late_dataclasses import frozen

_BIOMETRIC = {data_group_file(3), data_group_file(4)}
"""Open to terminal authentication alone, which is not spoken here: not asked for unless the caller names them."""


@frozen
class ReadChip:
    """What a chip gave, none of it verified."""

    files: Mapping[str, bytes]
    """By name: EF.SOD, EF.DG1, …"""
    unread: Mapping[str, int]
    """Files that were asked for and not given, with the chip's status word."""
    access: AccessProtocol
    pace: str | None
    """Which PACE, by its object identifier; None where it was not used."""
    chip_authentication: ChipEvidence | None
    """None where DG14 publishes no key that can be read."""
    active_authentication: ChipAnswer | None
    """None where there is no DG15 that can be read; an empty answer where the chip refused one."""


def read_chip(
    transmit: Transmit,
    password: Password | None,
    *,
    rng: random.Random,
    access: AccessProtocol | None = None,
    files: Iterable[str] | None = None,
    challenge: bytes | None = None,
    extended: bool = False,
    on_progress: OnProgress | None = None,
) -> ReadChip:
    """Everything that this chip gives to who knows the password.

    1. EF.CardAccess is read in plain; it says whether the chip speaks PACE.
    2. The chip is opened: by `access` where that is given, else by PACE where it is offered, else by BAC. PACE that
       fails is never followed by BAC: that would let anybody in between choose the weaker one.
    3. EF.COM and EF.SOD are read, and DG14.
    4. The chip is authenticated with the key of DG14, unless PACE did so already by its mapping; what follows travels
       under keys that no copy has. A copy ends the session with it: then the chip is opened again and read on, and the
       evidence says what happened.
    5. The data groups that EF.SOD or EF.COM list, or `files`, are read; 3 and 4 only where named.
    6. The chip answers active authentication: to `challenge`, else to one drawn here, whose freshness nobody else
       knows.

    `extended` asks in extended length, for lines that carry it. Raises VerificationFailed (`password_wrong`,
    `pace_failed`, `bac_failed`, `sm_…`), Refused (`chip_refused`, `password_kind`, `access_not_offered`), Malformed.
    """
    channel = Channel(transmit, extended=extended)
    found: dict[str, bytes] = {}
    unread: dict[str, int] = {}

    def read(name: str) -> None:
        content = channel.read_file(name, on_progress)
        if isinstance(content, int):
            unread[name] = content
        else:
            found[name] = content

    # (1)
    read(CARD_ACCESS)
    # (2)
    door = _Door(channel, found.get(CARD_ACCESS), _choose_access(found.get(CARD_ACCESS), access), password, rng)
    evidence: ChipEvidence | None = door.open()
    # (3)
    for name in (COM, SOD):
        read(name)
    wanted = list(files) if files is not None else _list_files(found)
    if data_group_file(14) in wanted:
        read(data_group_file(14))
    # (4)
    if evidence is None:
        evidence = asked = _authenticate(channel, found.get(data_group_file(14)), rng)
        if asked is not None and not asked.answered:
            channel.session = None
            door.open()
    # (5)
    for name in wanted:
        if name not in found and name not in unread:
            read(name)
    # (6)
    drawn = challenge if challenge is not None else rng.randbytes(CHALLENGE_BYTES)
    answer = _ask(channel, found.get(data_group_file(15)), drawn)
    return ReadChip(found, unread, door.access, door.pace, evidence, answer)


def _choose_access(card_access: bytes | None, wanted: AccessProtocol | None) -> AccessProtocol:
    if wanted in (AccessProtocol.BAC, AccessProtocol.NONE):
        return wanted
    if card_access is not None and choose_protocol(card_access) is not None:
        return AccessProtocol.PACE
    if wanted is AccessProtocol.PACE:
        raise Refused("access_not_offered", "The chip does not offer PACE.")
    return AccessProtocol.BAC


@dataclass
class _Door:
    """How the chip is opened, as often as it must be."""

    channel: Channel
    card_access: bytes | None
    access: AccessProtocol
    password: Password | None
    rng: random.Random
    pace: str | None = None
    """Object identifier, once it was spoken."""

    def open(self) -> ChipMappingEvidence | None:
        """Afterwards the application is selected and open; where PACE gave a proof of the chip, that is returned."""
        if self.access is AccessProtocol.NONE:
            self.channel.select_application()
            return None
        if self.password is None:
            raise Refused(
                "password_missing", "The chip opens by its card access number or its machine-readable zone only."
            )
        if self.access is AccessProtocol.PACE:
            return self._open_by_pace(self.password)
        self.channel.select_application()
        open_by_bac(self.channel, self.password, self.rng)
        return None

    def _open_by_pace(self, password: Password) -> ChipMappingEvidence | None:
        chosen = choose_protocol(self.card_access or b"")
        assert chosen is not None, "access was chosen by it"
        protocol, ambiguous = chosen
        proof = open_by_pace(self.channel, protocol, password, self.rng, name_parameter=ambiguous)
        self.pace = protocol.oid
        security = self.channel.read_file(CARD_SECURITY) if proof else None
        self.channel.select_application()
        if proof is None or not isinstance(security, bytes):
            return None
        return ChipMappingEvidence(protocol.parameter, *proof, security)


def _list_files(found: Mapping[str, bytes]) -> list[str]:
    """The data groups that EF.SOD or EF.COM list. Where neither can be read, all are tried: whoever verifies says what
    is wrong with them."""
    groups: set[int] = set()
    for name in (COM, SOD):
        try:
            if name == COM:
                groups.update(parse_com(found[name]).data_groups)
            else:
                groups.update(parse_security_object(parse_sod(found[name]).content).digests)
        except (KeyError, Malformed):
            continue
    names = [data_group_file(number) for number in sorted(groups or set(range(1, 17)))]
    return [name for name in names if name not in _BIOMETRIC]


def _authenticate(channel: Channel, dg14: bytes | None, rng: random.Random) -> ChipAuthenticationEvidence | None:
    """None where there is no key to ask for, or none that can be read: the verification then says that it was not done. A
    chip that publishes a key and does not go along has failed, as a copy would."""
    if dg14 is None or channel.session is None:
        return None
    try:
        key = choose_key(dg14)
    except Malformed:
        key = None
    if key is None:
        return None
    try:
        return authenticate_chip(channel, key, rng)
    except Malformed:
        return None
    except Refused:
        return ChipAuthenticationEvidence(key, answered=False)


def _ask(channel: Channel, dg15: bytes | None, challenge: bytes) -> ChipAnswer | None:
    """None where the chip publishes no key that can be read: the verification then says that it was not asked. A chip that
    publishes one and refuses gave an answer without an octet, which no key signed."""
    if dg15 is None:
        return None
    try:
        key = parse_public_key(parse_dg15(dg15))
        return ask_chip(channel, challenge, long_answer=isinstance(key, rsa.RSAPublicKey))
    except Malformed:
        return None
    except Refused:
        return ChipAnswer(challenge, b"")
