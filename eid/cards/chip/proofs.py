"""How a chip proves that it is no copy: active authentication and chip authentication (ICAO 9303-11, 6.1 and 6.2)."""

from __future__ import annotations

import random

from eid.cards.chip.contents import ChipContents
from eid.cards.chip.outcome import Outcome, answer, refuse
from eid.crypto.active_auth import CHALLENGE_BYTES, build_chip_answer
from eid.crypto.apdu import Command, StatusWord, parse_data_objects
from eid.crypto.chip_auth import ChipAuthenticationKey, list_chip_authentication_keys, open_chip_session
from eid.crypto.chip_ciphers import Suite
from eid.crypto.security_infos import SecurityInfo, parse_active_authentication_hash, parse_dg14
from eid.crypto.tlv import build_oid, build_tlv, parse_tlv
from eid.errors import Malformed

_DYNAMIC_DATA = 0x7C


class Proofs:
    """The chip's private keys, and which of them chip authentication was told to use."""

    def __init__(self, contents: ChipContents, rng: random.Random) -> None:
        self._contents, self._rng = contents, rng
        self._chosen: ChipAuthenticationKey | None = None

    def answer_challenge(self, command: Command, *, limit: int) -> Outcome:
        """INTERNAL AUTHENTICATE (9303-11, 6.1.4)."""
        key = self._contents.active_authentication
        if key is None:
            return refuse(StatusWord.INSTRUCTION_NOT_SUPPORTED)
        if command.p1 or command.p2:
            return refuse(StatusWord.WRONG_P1_P2)
        if len(command.data) != CHALLENGE_BYTES or command.expected is None:
            return refuse(StatusWord.WRONG_LENGTH)
        try:
            hash_name = parse_active_authentication_hash(self._infos())
        except Malformed:
            hash_name = None
        response = build_chip_answer(key, command.data, rng=self._rng, hash_name=hash_name or "sha256")
        if len(response) > min(command.expected, limit):
            return refuse(StatusWord.WRONG_LENGTH)  # a long RSA answer needs extended length
        return answer(response)

    def _infos(self) -> tuple[SecurityInfo, ...]:
        return parse_dg14(self._contents.files["EF.DG14"]) if "EF.DG14" in self._contents.files else ()

    def _keys(self) -> list[ChipAuthenticationKey]:
        """What DG14 publishes, if the chip holds a key for it at all."""
        if self._contents.chip_authentication is None:
            return []
        try:
            return list_chip_authentication_keys(self._infos())
        except Malformed:
            return []

    def choose_key(self, command: Command) -> Outcome:
        """MSE:Set AT (9303-11, 6.2.4.2): the protocol by its identifier, and a key where there are several."""
        self._chosen = None
        try:
            objects = parse_data_objects(command.data)
        except Malformed:
            return refuse(StatusWord.WRONG_DATA)
        if not {0x80} <= objects.keys() <= {0x80, 0x84}:
            return refuse(StatusWord.WRONG_DATA)
        fitting = [key for key in self._keys() if build_oid(key.protocol)[2:] == objects[0x80].value]
        if not fitting:
            return refuse(StatusWord.WRONG_DATA)
        if 0x84 in objects:
            fitting = [key for key in fitting if key.key_id == int.from_bytes(objects[0x84].value, "big")]
        if len(fitting) != 1:
            return refuse(StatusWord.REFERENCE_NOT_FOUND)
        self._chosen = fitting[0]
        return answer()

    def agree(self, command: Command) -> Outcome:
        """GENERAL AUTHENTICATE: the reader's key in, nothing out, and new keys from then on."""
        chosen, self._chosen = self._chosen, None
        if command.p1 or command.p2:
            return refuse(StatusWord.WRONG_P1_P2)
        if chosen is None or command.is_chained:
            return refuse(StatusWord.CONDITIONS_NOT_SATISFIED)
        try:
            objects = parse_data_objects(parse_tlv(command.data, _DYNAMIC_DATA).value)
        except Malformed:
            return refuse(StatusWord.WRONG_DATA)
        if set(objects) != {0x80}:
            return refuse(StatusWord.WRONG_DATA)
        return self._open(chosen, objects[0x80].value, build_tlv(_DYNAMIC_DATA))

    def agree_by_3des(self, command: Command) -> Outcome:
        """MSE:Set KAT (9303-11, 6.2.4.1): key and agreement in one command, for 3DES alone."""
        try:
            objects = parse_data_objects(command.data)
        except Malformed:
            return refuse(StatusWord.WRONG_DATA)
        if not {0x91} <= objects.keys() <= {0x91, 0x84}:
            return refuse(StatusWord.WRONG_DATA)
        fitting = [key for key in self._keys() if key.suite is Suite.TDES]
        if 0x84 in objects:
            fitting = [key for key in fitting if key.key_id == int.from_bytes(objects[0x84].value, "big")]
        if len(fitting) != 1:
            return refuse(StatusWord.REFERENCE_NOT_FOUND)
        return self._open(fitting[0], objects[0x91].value, b"")

    def _open(self, key: ChipAuthenticationKey, encoded: bytes, response: bytes) -> Outcome:
        private = self._contents.chip_authentication_number
        assert private is not None, "keys are offered only where there is one"
        try:
            session = open_chip_session(key, private, encoded)
        except Malformed:
            return refuse(StatusWord.WRONG_DATA)
        return answer(response, session)

    def forget(self) -> None:
        self._chosen = None
