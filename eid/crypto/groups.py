"""Groups in which chip and reader agree on keys: ICAO 9303-11, 9.5. Points of standardised curves, and the integers
modulo a prime of RFC 5114.

Not constant-time, see points.py: for synthetic keys and for tests only. Everything that the other side sends is
checked to lie in the group and not to be its neutral element.
"""

from __future__ import annotations

import random
from typing import Generic, Protocol, TypeVar

from eid.crypto import points
from eid.crypto.curves import BY_NAME, Curve
from eid.errors import Malformed
from eid.late_dataclasses import frozen

E = TypeVar("E")
"""An element: two coordinates, or a number. None where an operation led to the neutral element."""


class Group(Protocol[E]):
    """What PACE and chip authentication ask of a group."""

    public_key_tag: int
    """Tag of a public key in a public-key data object (9303-11, 9.4.4, 9.4.5)."""

    @property
    def order(self) -> int: ...
    @property
    def generator(self) -> E: ...
    def power(self, element: E, factor: int) -> E | None: ...
    def combine(self, one: E, other: E) -> E | None: ...
    def encode(self, element: E) -> bytes: ...
    def decode(self, encoded: bytes) -> E: ...
    def secret(self, element: E) -> bytes: ...


@frozen
class EllipticGroup:
    """Points of a curve."""

    curve: Curve
    public_key_tag = 0x86

    @property
    def order(self) -> int:
        return self.curve.n

    @property
    def generator(self) -> tuple[int, int]:
        return points.generator(self.curve)

    def power(self, element: tuple[int, int], factor: int) -> tuple[int, int] | None:
        return points.multiply(self.curve, factor, element)

    def combine(self, one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int] | None:
        return points.add(self.curve, one, other)

    def encode(self, element: tuple[int, int]) -> bytes:
        return points.encode_point(self.curve, element)

    def decode(self, encoded: bytes) -> tuple[int, int]:
        """Raises Malformed (`bad_public_key`) where it is no point of the curve; all of them have the generator's
        order, because every cofactor is 1."""
        return points.decode_point(self.curve, encoded)

    def secret(self, element: tuple[int, int]) -> bytes:
        """The x-coordinate (BSI TR-03111, 4.3)."""
        return element[0].to_bytes(self.curve.octets, "big")


@frozen
class PrimeFieldGroup:
    """The subgroup of prime order q that g generates modulo the prime p."""

    name: str
    p: int
    g: int
    q: int
    public_key_tag = 0x84

    @property
    def order(self) -> int:
        return self.q

    @property
    def generator(self) -> int:
        return self.g

    def power(self, element: int, factor: int) -> int | None:
        return self._or_neutral(pow(element, factor % self.q, self.p))

    def combine(self, one: int, other: int) -> int | None:
        return self._or_neutral(one * other % self.p)

    @staticmethod
    def _or_neutral(element: int) -> int | None:
        return None if element == 1 else element

    def encode(self, element: int) -> bytes:
        return element.to_bytes((self.p.bit_length() + 7) // 8, "big")

    def decode(self, encoded: bytes) -> int:
        """Raises Malformed (`bad_public_key`) where it does not lie in the subgroup (RFC 2631, 2.1.5)."""
        element = int.from_bytes(encoded, "big")
        if (
            len(encoded) > (self.p.bit_length() + 7) // 8
            or not 1 < element < self.p
            or pow(element, self.q, self.p) != 1
        ):
            raise Malformed("bad_public_key", "A public key cannot be read.", reason="not in the subgroup")
        return element

    def secret(self, element: int) -> bytes:
        return self.encode(element)


AnyGroup = EllipticGroup | PrimeFieldGroup


@frozen
class KeyPair(Generic[E]):
    """A key in a group, over whichever generator it was drawn."""

    private: int
    public: E


def draw_key_pair(group: Group[E], generator: E, rng: random.Random) -> KeyPair[E]:
    """A fresh key over this generator."""
    private = rng.randrange(1, group.order)
    public = group.power(generator, private)
    assert public is not None, "a generator has the group's order"
    return KeyPair(private, public)


def agree(group: Group[E], own: KeyPair[E], encoded: bytes) -> E:
    """The element that both sides share: the other's public key to the power of one's own private key.

    Raises Malformed (`bad_public_key`) where what the other sent is not in the group, or is one's own key: equal keys
    would let a chip, or a reader, prove itself by repeating (9303-11, 4.4.1).
    """
    other = group.decode(encoded)
    if other == own.public:
        raise Malformed("bad_public_key", "A public key cannot be read.", reason="one's own key came back")
    shared = group.power(other, own.private)
    if shared is None:
        raise Malformed("bad_public_key", "A public key cannot be read.", reason="neutral element")
    return shared


_RFC_5114 = (
    PrimeFieldGroup(
        "1024-bit MODP group with 160-bit prime order subgroup",
        p=int(
            "B10B8F96A080E01DDE92DE5EAE5D54EC52C99FBCFB06A3C69A6A9DCA52D23B616073E28675A23D189838EF1E2EE652C0"
            "13ECB4AEA906112324975C3CD49B83BFACCBDD7D90C4BD7098488E9C219A73724EFFD6FAE5644738FAA31A4FF55BCCC0"
            "A151AF5F0DC8B4BD45BF37DF365C1A65E68CFDA76D4DA708DF1FB2BC2E4A4371",
            16,
        ),
        g=int(
            "A4D1CBD5C3FD34126765A442EFB99905F8104DD258AC507FD6406CFF14266D31266FEA1E5C41564B777E690F5504F213"
            "160217B4B01B886A5E91547F9E2749F4D7FBD7D3B9A92EE1909D0D2263F80A76A6A24C087A091F531DBF0A0169B6A28A"
            "D662A4D18E73AFA32D779D5918D08BC8858F4DCEF97C2A24855E6EEB22B3B2E5",
            16,
        ),
        q=0xF518AA8781A8DF278ABA4E7D64B7CB9D49462353,
    ),
    PrimeFieldGroup(
        "2048-bit MODP group with 224-bit prime order subgroup",
        p=int(
            "AD107E1E9123A9D0D660FAA79559C51FA20D64E5683B9FD1B54B1597B61D0A75E6FA141DF95A56DBAF9A3C407BA1DF15"
            "EB3D688A309C180E1DE6B85A1274A0A66D3F8152AD6AC2129037C9EDEFDA4DF8D91E8FEF55B7394B7AD5B7D0B6C12207"
            "C9F98D11ED34DBF6C6BA0B2C8BBC27BE6A00E0A0B9C49708B3BF8A317091883681286130BC8985DB1602E714415D9330"
            "278273C7DE31EFDC7310F7121FD5A07415987D9ADC0A486DCDF93ACC44328387315D75E198C641A480CD86A1B9E587E8"
            "BE60E69CC928B2B9C52172E413042E9B23F10B0E16E79763C9B53DCF4BA80A29E3FB73C16B8E75B97EF363E2FFA31F71"
            "CF9DE5384E71B81C0AC4DFFE0C10E64F",
            16,
        ),
        g=int(
            "AC4032EF4F2D9AE39DF30B5C8FFDAC506CDEBE7B89998CAF74866A08CFE4FFE3A6824A4E10B9A6F0DD921F01A70C4AFA"
            "AB739D7700C29F52C57DB17C620A8652BE5E9001A8D66AD7C17669101999024AF4D027275AC1348BB8A762D0521BC98A"
            "E247150422EA1ED409939D54DA7460CDB5F6C6B250717CBEF180EB34118E98D119529A45D6F834566E3025E316A330EF"
            "BB77A86F0C1AB15B051AE3D428C8F8ACB70A8137150B8EEB10E183EDD19963DDD9E263E4770589EF6AA21E7F5F2FF381"
            "B539CCE3409D13CD566AFBB48D6C019181E1BCFE94B30269EDFE72FE9B6AA4BD7B5A0F1C71CFFF4C19C418E1F6EC0179"
            "81BC087F2A7065B384B890D3191F2BFA",
            16,
        ),
        q=0x801C0D34C58D93FE997177101F80535A4738CEBCBF389A99B36371EB,
    ),
    PrimeFieldGroup(
        "2048-bit MODP group with 256-bit prime order subgroup",
        p=int(
            "87A8E61DB4B6663CFFBBD19C651959998CEEF608660DD0F25D2CEED4435E3B00E00DF8F1D61957D4FAF7DF4561B2AA30"
            "16C3D91134096FAA3BF4296D830E9A7C209E0C6497517ABD5A8A9D306BCF67ED91F9E6725B4758C022E0B1EF4275BF7B"
            "6C5BFC11D45F9088B941F54EB1E59BB8BC39A0BF12307F5C4FDB70C581B23F76B63ACAE1CAA6B7902D52526735488A0E"
            "F13C6D9A51BFA4AB3AD8347796524D8EF6A167B5A41825D967E144E5140564251CCACB83E6B486F6B3CA3F7971506026"
            "C0B857F689962856DED4010ABD0BE621C3A3960A54E710C375F26375D7014103A4B54330C198AF126116D2276E11715F"
            "693877FAD7EF09CADB094AE91E1A1597",
            16,
        ),
        g=int(
            "3FB32C9B73134D0B2E77506660EDBD484CA7B18F21EF205407F4793A1A0BA12510DBC15077BE463FFF4FED4AAC0BB555"
            "BE3A6C1B0C6B47B1BC3773BF7E8C6F62901228F8C28CBB18A55AE31341000A650196F931C77A57F2DDF463E5E9EC144B"
            "777DE62AAAB8A8628AC376D282D6ED3864E67982428EBC831D14348F6F2F9193B5045AF2767164E1DFC967C1FB3F2E55"
            "A4BD1BFFE83B9C80D052B985D182EA0ADB2A3B7313D3FE14C8484B1E052588B9B7D2BBD2DF016199ECD06E1557CD0915"
            "B3353BBB64E0EC377FD028370DF92B52C7891428CDC67EB6184B523D1DB246C32F63078490F00EF8D647D148D4795451"
            "5E2327CFEF98C582664B4C0F6CC41659",
            16,
        ),
        q=0x8CF83642A709A097B447997640129DA299B1A47D1EB3750BA308B0FE64F5FBD3,
    ),
)
_NAMES = {
    8: "secp192r1",
    9: "brainpoolP192r1",
    10: "secp224r1",
    11: "brainpoolP224r1",
    12: "secp256r1",
    13: "brainpoolP256r1",
    14: "brainpoolP320r1",
    15: "secp384r1",
    16: "brainpoolP384r1",
    17: "brainpoolP512r1",
    18: "secp521r1",
}

STANDARDISED: dict[int, AnyGroup] = {
    **dict(enumerate(_RFC_5114)),
    **{number: EllipticGroup(BY_NAME[name]) for number, name in _NAMES.items()},
}
"""Standardised domain parameters by their number (9303-11, table 15)."""
