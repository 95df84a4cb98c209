"""How a chip lets a reader in: basic access control, and PACE step by step (ICAO 9303-11, 4.3 and 4.4).

CAN and zone never block; after each wrong one the chip is slower (BSI-CC-PP-0068, FIA_AFL.1/PACE: the reaction time
grows with every failure), which whoever puts a clock to this chip can have from `delay`.
"""

from __future__ import annotations

import random
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric import ec

from eid.cards.chip.contents import ChipContents
from eid.cards.chip.outcome import Outcome, answer, refuse
from eid.crypto.apdu import SHORT_MAX, Command, StatusWord, parse_data_objects
from eid.crypto.bac import KEY_OCTETS, NONCE_OCTETS, derive_document_keys, open_session
from eid.crypto.chip_access import CAN_REFERENCE, MRZ_REFERENCE, Password
from eid.crypto.groups import EllipticGroup
from eid.crypto.lds import CARD_ACCESS
from eid.crypto.pace import CHIP_AUTHENTICATION, PaceProtocol, PaceSide, find_protocol
from eid.crypto.security_infos import parse_card_access, parse_pace_infos
from eid.crypto.tlv import build_oid, build_tlv, parse_tlv
from eid.errors import Malformed, VerificationFailed

DYNAMIC_DATA = 0x7C
_SEALED_OCTETS = 40
_LONGEST_DELAY = timedelta(seconds=10)


class BasicAccess:
    """Basic access control: a challenge, and an answer to it that only who read the zone can give."""

    def __init__(self, contents: ChipContents, rng: random.Random) -> None:
        self._contents, self._rng = contents, rng
        self._challenge: bytes | None = None

    def get_challenge(self, command: Command) -> Outcome:
        """GET CHALLENGE: eight octets, good for the next command."""
        if command.p1 or command.p2:
            return refuse(StatusWord.WRONG_P1_P2)
        if command.data or command.expected is None:
            return refuse(StatusWord.WRONG_LENGTH)
        if command.expected not in (NONCE_OCTETS, SHORT_MAX, 65536):
            return refuse(StatusWord.WRONG_EXPECTED_LENGTH | NONCE_OCTETS)
        self._challenge = self._rng.randbytes(NONCE_OCTETS)
        return answer(self._challenge)

    def authenticate(self, command: Command) -> Outcome:
        """EXTERNAL AUTHENTICATE that authenticates both sides (9303-11, 4.3.4.2)."""
        challenge, self._challenge = self._challenge, None
        if command.p1 or command.p2:
            return refuse(StatusWord.WRONG_P1_P2)
        if len(command.data) != _SEALED_OCTETS or command.expected is None:
            return refuse(StatusWord.WRONG_LENGTH)
        if command.expected < _SEALED_OCTETS:
            return refuse(StatusWord.WRONG_EXPECTED_LENGTH | _SEALED_OCTETS)
        if challenge is None:
            return refuse(StatusWord.CONDITIONS_NOT_SATISFIED)
        keys = derive_document_keys(self._contents.mrz_password)
        try:
            reader_nonce, reader_key = keys.open(command.data, expected_second=challenge)
        except VerificationFailed:
            return refuse(StatusWord.AUTHENTICATION_FAILED)
        own_key = self._rng.randbytes(KEY_OCTETS)
        session = open_session(reader_key=reader_key, chip_key=own_key, reader_nonce=reader_nonce, chip_nonce=challenge)
        return answer(keys.seal(challenge, reader_nonce, own_key), session)

    def forget(self) -> None:
        """A challenge is good for the command that follows it, and for no later one."""
        self._challenge = None


class PaceAccess:
    """PACE: MSE:Set AT chooses protocol and password, four GENERAL AUTHENTICATE follow."""

    def __init__(self, contents: ChipContents, rng: random.Random) -> None:
        self._contents, self._rng = contents, rng
        self._side: PaceSide | None = None
        self._step = 0

    @property
    def is_open(self) -> bool:
        """A run has begun, so GENERAL AUTHENTICATE belongs to it."""
        return self._side is not None

    def begin(self, command: Command) -> Outcome:
        """MSE:Set AT (9303-11, 4.4.4.1): protocol, password reference, perhaps domain parameters."""
        self.forget()
        try:
            objects = parse_data_objects(command.data)
        except Malformed:
            return refuse(StatusWord.WRONG_DATA)
        if not {0x80, 0x83} <= objects.keys() <= {0x80, 0x83, 0x84}:
            return refuse(StatusWord.WRONG_DATA)
        protocol = self._find_protocol(objects[0x80].value, objects[0x84].value if 0x84 in objects else None)
        if protocol is None:
            return refuse(StatusWord.WRONG_DATA)
        password = self._find_password(objects[0x83].value)
        if password is None:
            return refuse(StatusWord.REFERENCE_NOT_FOUND)
        self._side, self._step = PaceSide(protocol, password, self._rng), 1
        return answer()

    def _find_protocol(self, oid: bytes, parameter: bytes | None) -> PaceProtocol | None:
        """What EF.CardAccess offers under this identifier; domain parameters must be named where it offers several."""
        try:
            offered = parse_pace_infos(parse_card_access(self._contents.files.get(CARD_ACCESS, b"\x31\x00")))
            fitting = [info for info in offered if build_oid(info.protocol)[2:] == oid]
            if parameter is not None:
                fitting = [info for info in fitting if info.parameter == int.from_bytes(parameter, "big")]
            if len(fitting) != 1:
                return None
            protocol = find_protocol(fitting[0].protocol, fitting[0].parameter)
        except Malformed:  # what is on the card may be anything: it is told, not raised
            return None
        return protocol if protocol.mapping != CHIP_AUTHENTICATION or self._static_key(protocol) else None

    def _static_key(self, protocol: PaceProtocol) -> int | None:
        """The key of chip authentication, if it lies on the protocol's curve."""
        key, group = self._contents.chip_authentication, protocol.group
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(group, EllipticGroup):
            return None
        return self._contents.chip_authentication_number if key.curve.name == group.curve.name else None

    def _find_password(self, reference: bytes) -> Password | None:
        """CAN or zone; a card has neither a secret PIN nor a PUK for PACE."""
        known = {
            bytes([MRZ_REFERENCE]): self._contents.mrz_password,
            bytes([CAN_REFERENCE]): self._contents.can_password,
        }
        return known.get(reference)

    def authenticate(self, command: Command) -> Outcome:
        """GENERAL AUTHENTICATE (9303-11, 4.4.4.2): one of the four steps. Whatever goes wrong ends the run."""
        side, step = self._side, self._step
        assert side is not None, "begin came first"
        self._side = None
        if command.p1 or command.p2:
            return refuse(StatusWord.WRONG_P1_P2)
        if command.is_chained != (step < 4):
            return refuse(StatusWord.CONDITIONS_NOT_SATISFIED)
        try:
            outcome = self._take_step(side, step, command.data)
        except Malformed:
            return refuse(StatusWord.WRONG_DATA)
        except VerificationFailed:
            return refuse(StatusWord.AUTHENTICATION_FAILED)
        if step < 4:
            self._side, self._step = side, step + 1
        return outcome

    def _take_step(self, side: PaceSide, step: int, data: bytes) -> Outcome:
        received = _only_object(data, (None, 0x81, 0x83, 0x85)[step - 1])
        if step == 1:
            return _dynamic(0x80, side.draw_nonce())
        if step == 2:
            own = side.offer_mapping_key()
            side.take_mapping_key(received)
            return _dynamic(0x82, own)
        if step == 3:
            own = side.offer_key()
            side.take_key(received)
            return _dynamic(0x84, own)
        side.check_token(received)
        objects = build_tlv(0x86, side.token)
        if side.protocol.mapping == CHIP_AUTHENTICATION:
            static = self._static_key(side.protocol)
            assert static is not None, "begin found the key"
            objects += build_tlv(0x8A, side.seal_chip_data(static))
        return answer(build_tlv(DYNAMIC_DATA, objects), side.open_session())

    def forget(self) -> None:
        self._side = None


def _only_object(data: bytes, tag: int | None) -> bytes:
    """What dynamic authentication data hold under their one tag; nothing where they must be empty. Raises Malformed."""
    objects = parse_data_objects(parse_tlv(data, DYNAMIC_DATA).value)
    if set(objects) != ({tag} if tag else set()):
        raise Malformed("apdu_malformed", "A command or response of a chip does not have its form.")
    return objects[tag].value if tag else b""


def _dynamic(tag: int, value: bytes) -> Outcome:
    return answer(build_tlv(DYNAMIC_DATA, build_tlv(tag, value)))


class Patience:
    """How often in a row the password was wrong, and what that costs."""

    def __init__(self) -> None:
        self.failures = 0

    @property
    def delay(self) -> timedelta:
        """A tenth of a second after the first failure, twice as much after each further one, ten seconds at most."""
        if not self.failures:
            return timedelta()
        return min(timedelta(milliseconds=100 * 2 ** min(self.failures - 1, 10)), _LONGEST_DELAY)
