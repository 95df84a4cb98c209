"""What goes onto a card: a person's details, a portrait and keys become a chip's files; and how long a card is good
for.

Pure: keys, dates and details come in, bytes go out. Data groups 1, 2, 13, 14 and 15; the card's layout
are in eid.crypto.
"""

from __future__ import annotations

import random
from datetime import date, datetime

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from eid.crypto import dg13
from eid.crypto.algorithms import PrivateKey, Scheme
from eid.crypto.dg2 import build_dg2
from eid.crypto.lds import CARD_ACCESS, COM, SOD, build_com, build_dg1, build_dg15, data_group_file
from eid.crypto.mrz import build_mrz
from eid.crypto.security_infos import ECDSA_PLAIN_HASHES, build_card_access, build_dg14
from eid.crypto.sod import build_sod
from eid.late_dataclasses import frozen

REPLACEMENT_AGES = (14, 25, 40, 60)
"""Law on Identification 26/2023/QH15, article 21: a card is replaced at these ages; from 60 on never."""
GRACE_YEARS = 2
"""Article 21, 2: a card issued within two years before such an age stays good until the next."""

_ECDSA_PLAIN_SHA256 = next(oid for oid, name in ECDSA_PLAIN_HASHES.items() if name == "sha256")
_SEXES = {"M": "Nam", "F": "Nữ"}


@frozen
class Holder:
    """Whom a card is for, in the words that its chip will bear."""

    pin: str
    surname: str
    given_names: str
    """Middle name and given name."""
    full_name: str
    birth_date: date
    sex: str
    ethnicity: str
    religion: str
    place_of_origin: str
    place_of_residence: str
    father: str | None = None
    mother: str | None = None
    spouse: str | None = None
    old_id_number: str | None = None
    features: str | None = None


@frozen
class Photo:
    jpeg: bytes
    width: int
    height: int


@frozen
class ChipKeys:
    """The private keys that never leave a real chip."""

    active_authentication: PrivateKey
    chip_authentication: ec.EllipticCurvePrivateKey


@frozen
class Signer:
    """A signer of documents or lists: its key, its certificate in DER, and how it signs; by default with ECDSA or
    PKCS #1 v1.5, and SHA-256."""

    key: PrivateKey
    certificate: bytes
    scheme: Scheme | None = None


def birthday(birth_date: date, age: int) -> date:
    """The day on which a person reaches an age; who was born on 29 February does on 1 March of common years."""
    try:
        return birth_date.replace(year=birth_date.year + age)
    except ValueError:
        return date(birth_date.year + age, 3, 1)


def card_expiry(birth_date: date, issued_on: date) -> date | None:
    """The last day of a card issued on a day; None from 60 years on, and where it is issued within two years before."""
    for age in REPLACEMENT_AGES:
        if issued_on < birthday(birth_date, age - GRACE_YEARS):
            return birthday(birth_date, age)
    return None


def personalise(
    holder: Holder,
    *,
    photo: Photo,
    keys: ChipKeys,
    signer: Signer,
    issued_on: date,
    signed_at: datetime,
    rng: random.Random | None = None,
) -> dict[str, bytes]:
    """The files of a card by name (EF.SOD, EF.DG1, …), its data groups hashed and signed by the document signer.

    The chip's code, sixteen hexadecimal digits, comes out of `rng`; without one there is none.
    """
    expires_on = card_expiry(holder.birth_date, issued_on)
    groups = {
        1: _mrz(holder, expires_on),
        2: build_dg2(photo.jpeg, width=photo.width, height=photo.height),
        13: dg13.build_dg13(_details(holder, issued_on, expires_on, _draw_chip_code(rng))),
        14: _security(keys),
        15: build_dg15(_public_key_info(keys.active_authentication)),
    }
    files = {data_group_file(number): group for number, group in groups.items()}
    files[COM] = build_com(sorted(groups))
    files[CARD_ACCESS] = build_card_access()
    files[SOD] = build_sod(
        groups,
        signer_certificate=signer.certificate,
        signer_key=signer.key,
        signed_at=signed_at,
        scheme=signer.scheme,
    )
    return files


def _mrz(holder: Holder, expires_on: date | None) -> bytes:
    return build_dg1(
        build_mrz(
            pin=holder.pin,
            surname=holder.surname,
            given_names=holder.given_names,
            birth_date=holder.birth_date,
            sex=holder.sex,
            expires_on=expires_on,
        )
    )


def _details(holder: Holder, issued_on: date, expires_on: date | None, chip_code: str | None) -> dg13.PersonalDetails:
    return dg13.PersonalDetails(
        pin=holder.pin,
        full_name=holder.full_name,
        birth_date=f"{holder.birth_date:%d/%m/%Y}",
        sex=_SEXES[holder.sex],
        nationality="Việt Nam",
        ethnicity=holder.ethnicity,
        religion=holder.religion,
        place_of_origin=holder.place_of_origin,
        place_of_residence=holder.place_of_residence,
        features=holder.features,
        issued_on=f"{issued_on:%d/%m/%Y}",
        expires_on=f"{expires_on:%d/%m/%Y}" if expires_on else dg13.NO_EXPIRY,
        father=holder.father,
        mother=holder.mother,
        spouse=holder.spouse,
        old_id_number=holder.old_id_number,
        chip_code=chip_code,
    )


def _draw_chip_code(rng: random.Random | None) -> str | None:
    return f"{rng.getrandbits(64):016X}" if rng is not None else None


def _security(keys: ChipKeys) -> bytes:
    """An RSA chip's answer says its digest itself (9303-11, 6.1); an elliptic-curve chip's does not, so DG14 does."""
    is_ec = isinstance(keys.active_authentication, ec.EllipticCurvePrivateKey)
    return build_dg14(
        chip_authentication_key=_public_key_info(keys.chip_authentication),
        active_authentication_oid=_ECDSA_PLAIN_SHA256 if is_ec else None,
    )


def _public_key_info(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def dump_key(key: PrivateKey) -> str:
    """A chip's private key as unencrypted PKCS #8 PEM: what chip_keys.json of the demo's cards holds."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
