"""A virtual chip: command APDUs in, responses out, as an identity card's chip gives them (ICAO 9303-10 and 9303-11).

It never raises, whatever it is sent: what it will not do it says in two status octets. Not constant-time and without
any protection of its keys: for synthetic cards only.
"""

from __future__ import annotations

import random
from datetime import timedelta
from functools import reduce
from operator import xor

from eid.cards.chip.access import BasicAccess, PaceAccess, Patience
from eid.cards.chip.contents import ChipContents
from eid.cards.chip.file_system import FileSystem
from eid.cards.chip.outcome import Outcome, refuse
from eid.cards.chip.proofs import Proofs
from eid.crypto.apdu import (
    CHAINED,
    INS,
    SECURE,
    Command,
    Response,
    StatusWord,
    parse_command,
)
from eid.crypto.secure_messaging import SecureMessaging
from eid.errors import Malformed, VerificationFailed

_HISTORICAL = bytes.fromhex("80318073862140")
"""ISO/IEC 7816-4, 12.1.1: selection by application name and by file and short identifier, extended length."""


def _build_atr() -> bytes:
    """The ATR that PC/SC readers make for a contactless card (PC/SC part 3, 3.1.3.2.3.1): no contact says one itself."""
    body = bytes([0x80 | len(_HISTORICAL), 0x80, 0x01]) + _HISTORICAL
    return b"\x3b" + body + bytes([reduce(xor, body)])


class VirtualChip:
    """A chip in the field of a reader. `rng` draws its challenges and ephemeral keys.

    Raises Malformed (`chip_contents`, or what DG1 lacks) where nothing says what opens it.
    """

    atr = _build_atr()

    def __init__(self, contents: ChipContents, *, rng: random.Random) -> None:
        self._contents, self._rng = contents, rng
        self._patience = Patience()
        _ = contents.mrz_password, contents.can_password
        self.reset()

    def reset(self) -> None:
        """The field was off and is on again: what was selected, the session and its access are gone. How often a
        password was wrong is not."""
        self._files = FileSystem(self._contents.files)
        self._basic = BasicAccess(self._contents, self._rng)
        self._pace = PaceAccess(self._contents, self._rng)
        self._proofs = Proofs(self._contents, self._rng)
        self._session: SecureMessaging | None = None

    @property
    def delay(self) -> timedelta:
        """How long a real chip would hold back its next answer after wrong passwords; nothing is waited for here."""
        return self._patience.delay

    def transmit(self, command: bytes) -> bytes:
        """The response to a command: data, SW1, SW2."""
        try:
            parsed = parse_command(command)
        except Malformed:
            self._end_session()
            return Response(b"", StatusWord.WRONG_LENGTH).raw
        if parsed.is_secure and self._session is not None:
            return self._transmit_secured(parsed, self._session)
        self._end_session()  # 9303-11, 9.8.3: a command in plain ends secure messaging
        if parsed.cla & ~(SECURE | CHAINED) or parsed.cla & SECURE not in (0, SECURE):
            return Response(b"", StatusWord.CLASS_NOT_SUPPORTED).raw
        if parsed.is_secure:
            return Response(b"", StatusWord.SECURITY_STATUS_NOT_SATISFIED).raw
        outcome = self._execute(parsed, limit=parsed.response_limit)
        self._begin(outcome)
        return outcome.response.raw

    def _transmit_secured(self, command: Command, session: SecureMessaging) -> bytes:
        try:
            plain = session.unprotect_command(command)
        except VerificationFailed as refusal:
            self._end_session()
            missing = refusal.code == "sm_missing"
            status = StatusWord.SECURE_MESSAGING_MISSING if missing else StatusWord.SECURE_MESSAGING_INCORRECT
            return Response(b"", status).raw
        outcome = refuse(StatusWord.CLASS_NOT_SUPPORTED)
        if not plain.cla & ~CHAINED:
            outcome = self._execute(plain, limit=session.room(command))
        response = session.protect_response(outcome.response, ins=command.ins)
        self._begin(outcome)
        return response

    def _execute(self, command: Command, *, limit: int) -> Outcome:
        """What a command in plain does; `limit` is how many octets its response can carry."""
        if command.is_chained and command.ins != INS.GENERAL_AUTHENTICATE:
            return refuse(StatusWord.CHAINING_NOT_SUPPORTED)
        if command.ins != INS.MUTUAL_AUTHENTICATE:
            self._basic.forget()
        match command.ins:
            case INS.SELECT:
                return Outcome(self._files.select(command))
            case INS.READ_BINARY | INS.READ_BINARY_ODD:
                return Outcome(self._files.read(command, limit=limit))
            case INS.GET_CHALLENGE:
                return self._basic.get_challenge(command) if self._may_begin else _not_now()
            case INS.MUTUAL_AUTHENTICATE:
                return self._counted(self._basic.authenticate(command)) if self._may_begin else _not_now()
            case INS.MANAGE_SECURITY_ENVIRONMENT:
                return self._manage(command)
            case INS.GENERAL_AUTHENTICATE:
                return (
                    self._counted(self._pace.authenticate(command))
                    if self._pace.is_open
                    else self._proofs.agree(command)
                )
            case INS.INTERNAL_AUTHENTICATE:
                return self._proofs.answer_challenge(command, limit=limit) if self._may_prove else _closed()
        return refuse(StatusWord.INSTRUCTION_NOT_SUPPORTED)

    @property
    def _may_begin(self) -> bool:
        """Basic access control belongs to the application, and to a chip that nobody has opened."""
        return self._session is None and self._files.in_application

    @property
    def _may_prove(self) -> bool:
        """A chip tells nobody who it is who has not read the card (9303-11, 6.1 and 6.2)."""
        return self._files.accessible and self._files.in_application

    def _manage(self, command: Command) -> Outcome:
        """MSE:Set AT for PACE, MSE:Set AT and MSE:Set KAT for chip authentication."""
        self._pace.forget()
        self._proofs.forget()
        template = command.p1 << 8 | command.p2
        if template == 0xC1A4:
            return self._pace.begin(command) if self._session is None else _not_now()
        if template not in (0x41A4, 0x41A6):
            return refuse(StatusWord.WRONG_P1_P2)
        if not self._may_prove:
            return _closed()
        return self._proofs.choose_key(command) if template == 0x41A4 else self._proofs.agree_by_3des(command)

    def _counted(self, outcome: Outcome) -> Outcome:
        if outcome.response.status == StatusWord.AUTHENTICATION_FAILED:
            self._patience.failures += 1
        return outcome

    def _begin(self, outcome: Outcome) -> None:
        if outcome.session is None:
            return
        if not self._files.accessible:
            self._patience.failures = 0
        self._session, self._files.accessible = outcome.session, True

    def _end_session(self) -> None:
        """Keys are forgotten, and with them what they gave access to."""
        if self._session is not None:
            self._session = None
            self._proofs.forget()
            self._files.close()


def _closed() -> Outcome:
    return refuse(StatusWord.SECURITY_STATUS_NOT_SATISFIED)


def _not_now() -> Outcome:
    return refuse(StatusWord.CONDITIONS_NOT_SATISFIED)
