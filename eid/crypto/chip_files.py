"""How commands name the application and the files of a travel document's chip: ICAO 9303-10, 3.4 and 3.11, 9303-11, 9.2.11.

A file's short identifier is the low five bits of its identifier.
"""

from __future__ import annotations

from eid.crypto.lds import CARD_ACCESS, COM, SOD, data_group_file

APPLICATION = bytes.fromhex("A0000002471001")
"""The application identifier of LDS1."""

CARD_SECURITY = "EF.CardSecurity"

CARD_FILES = {CARD_ACCESS: 0x011C, CARD_SECURITY: 0x011D}
"""Files of the card itself, outside of the application: name → identifier."""

APPLICATION_FILES = {
    SOD: 0x011D,
    COM: 0x011E,
    **{data_group_file(number): 0x0100 + number for number in range(1, 17)},
}
"""Files of the application: name → identifier. EF.SOD has the one that EF.CardSecurity has outside."""
