"""What a chip was personalised with: its files, its private keys, and what opens it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from functools import cached_property

from cryptography.hazmat.primitives.asymmetric import ec

from eid.crypto.algorithms import PrivateKey
from eid.crypto.chip_access import CanPassword, MrzPassword, mrz_password_of
from eid.crypto.lds import parse_dg1
from eid.crypto.mrz import Mrz
from eid.errors import Malformed
from eid.late_dataclasses import frozen


@frozen
class ChipContents:
    """Files by name (EF.SOD, EF.DG1, EF.CardAccess …); the keys are those that never leave a real chip."""

    files: Mapping[str, bytes]
    active_authentication: PrivateKey | None = field(default=None, repr=False)
    chip_authentication: ec.EllipticCurvePrivateKey | int | None = field(default=None, repr=False)
    """A number for the curves that `cryptography` lacks."""
    given_mrz: MrzPassword | None = None
    given_can: CanPassword | None = None

    @property
    def chip_authentication_number(self) -> int | None:
        """The private key of chip authentication as the number that it is."""
        key = self.chip_authentication
        return key.private_numbers().private_value if isinstance(key, ec.EllipticCurvePrivateKey) else key

    @cached_property
    def _mrz(self) -> Mrz:
        return parse_dg1(self.files["EF.DG1"])

    @cached_property
    def mrz_password(self) -> MrzPassword:
        """What was given, else what DG1 says. Raises Malformed where DG1 is not there or cannot be read."""
        if not self.given_mrz and "EF.DG1" not in self.files:
            raise Malformed("chip_contents", "A chip needs a DG1, or the fields of its machine-readable zone.")
        return self.given_mrz or mrz_password_of(self._mrz)

    @cached_property
    def can_password(self) -> CanPassword | None:
        """What was given, else for a Vietnamese card the last six digits of the PIN, which is the optional data; None
        for cards of other states."""
        if self.given_can or "EF.DG1" not in self.files:
            return self.given_can
        try:
            mrz = self._mrz
        except Malformed:  # a chip may be given a DG1 that is broken on purpose, and the zone that opens it
            return None
        digits = mrz.optional_data[-6:]
        return CanPassword(digits) if mrz.issuing_state == "VNM" and re.fullmatch(r"[0-9]{6}", digits) else None
