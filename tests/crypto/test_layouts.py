"""Reading by layout says the same as reading anew: of what was read before, of its neighbours, and of anything."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eid.crypto import lds, public_keys, sod, x509
from eid.crypto.layouts import MAX_LAYOUTS, MAX_PER_LENGTH, Layouts, Read
from eid.crypto.lds import SOD, parse_security_object
from eid.crypto.sod import parse_sod
from eid.crypto.tlv import SEQUENCE, Tlv, build_integer, build_sequence, build_tlv, parse_tlv
from eid.errors import Malformed
from tests.crypto.forge import make_card, make_csca, make_signer, new_key

READERS: dict[str, tuple[Any, str, Callable[[bytes], object]]] = {
    "EF.SOD": (sod, "_read_sod", parse_sod),
    "security object": (lds, "_read_security_object", parse_security_object),
    "certificate": (x509, "_read_places", x509.parse_certificate.__wrapped__),
    "key": (public_keys, "_read_places", public_keys.parse_public_key.__wrapped__),
}


@cache
def samples(kind: str) -> tuple[bytes, ...]:
    """Encodings of this kind by two signers of one CSCA, and one signer of another kind."""
    csca = make_csca()
    signers = [make_signer(csca), make_signer(csca, key=new_key("P-256"), serial=4712), make_signer(csca, "rsa2048")]
    sods = [make_card(signer)[SOD] for signer in signers]
    if kind == "EF.SOD":
        return tuple(sods)
    if kind == "security object":
        return tuple(parse_sod(data).content for data in sods)
    certificates = [signer.build() for signer in signers]
    if kind == "certificate":
        return tuple(certificates)
    return tuple(x509.parse_certificate(data).raw_public_key for data in certificates)


def told(value: object) -> object:
    """What a value says, whatever it was read by: places as the octets that lie there."""
    if isinstance(value, Tlv):
        return value.tag, value.start, value.end, value.depth
    if isinstance(value, x509.Certificate):
        names = [name for name in dir(value) if not name.startswith("_") and name not in ("places", "public_key")]
        return [(name, outcome(lambda name=name: told(getattr(value, name)))) for name in names]  # type: ignore[misc]
    if dataclasses.is_dataclass(value):
        return [told(getattr(value, field.name)) for field in dataclasses.fields(value) if field.name != "facts"]
    if isinstance(value, dict):
        return [(told(key), told(found)) for key, found in value.items()]
    if isinstance(value, tuple | list):
        return [told(part) for part in value]
    if hasattr(value, "public_numbers"):
        return value.public_numbers()
    return value if isinstance(value, str | bytes | int | None) else str(value)


def outcome(read: Callable[[], object]) -> object:
    try:
        return read()
    except Malformed as refusal:
        return refusal.code


def both_ways(kind: str, data: bytes) -> tuple[object, object]:
    """What reading says after the samples were read, and what it says where nothing was read before."""
    module, reader, parse = READERS[kind]
    found = []
    for before in (samples(kind), ()):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "_LAYOUTS", Layouts(getattr(module, reader)))
            for sample in before:
                parse(sample)
            found.append(outcome(lambda: told(parse(data))))
    return found[0], found[1]


@pytest.mark.parametrize("kind", READERS)
def test_what_was_read_before_is_read_the_same(kind: str) -> None:
    for sample in samples(kind):
        by_layout, anew = both_ways(kind, sample)
        assert by_layout == anew
        assert not isinstance(anew, str)


@pytest.mark.parametrize("kind", READERS)
@given(st.data())
def test_what_differs_by_a_few_octets_is_read_the_same(kind: str, data: st.DataObject) -> None:
    changed = bytearray(data.draw(st.sampled_from(samples(kind))))
    places = st.integers(0, len(changed) - 1)
    for at, octet in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=4)):
        changed[at] = octet
    by_layout, anew = both_ways(kind, bytes(changed))
    assert by_layout == anew


@pytest.mark.parametrize("kind", ["EF.SOD", "certificate"])
def test_every_octet_changed_is_read_the_same(kind: str) -> None:
    sample = samples(kind)[0]
    module, reader, parse = READERS[kind]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_LAYOUTS", Layouts(getattr(module, reader)))
        parse(sample)
        warm = module._LAYOUTS
        for at in range(len(sample)):
            changed = sample[:at] + bytes([sample[at] ^ 0x11]) + sample[at + 1 :]
            by_layout = outcome(lambda changed=changed: told(parse(changed)))  # type: ignore[misc]
            patch.setattr(module, "_LAYOUTS", Layouts(getattr(module, reader)))
            assert outcome(lambda changed=changed: told(parse(changed))) == by_layout, at  # type: ignore[misc]
            patch.setattr(module, "_LAYOUTS", warm)


def numbers(*values: int) -> bytes:
    return build_sequence(*(build_integer(value) for value in values))


def read_numbers(data: bytes) -> Read[list[Tlv]]:
    READ.append(data)
    found = parse_tlv(data, SEQUENCE).children()
    return Read(found, [element.body_span for element in found[1:]])


READ: list[bytes] = []


def test_a_layout_serves_for_all_that_differs_in_variable_values_only() -> None:
    layouts = Layouts(read_numbers)
    READ.clear()
    for values in ((1, 2, 3), (1, 4, 5), (9, 2, 3), (1, 300, 3)):
        data = numbers(*values)
        assert [place.on(data).integer() for place in layouts.find(data)] == list(values)
    assert [numbers(1, 2, 3), numbers(9, 2, 3), numbers(1, 300, 3)] == READ


def test_layouts_are_forgotten_when_there_are_too_many() -> None:
    """The oldest of one length, and all of them when there are too many lengths."""
    layouts = Layouts(lambda data: Read(data, []))
    for number in range(100):
        layouts.find(numbers(number))
        assert len(layouts._known[3 + 2]) <= MAX_PER_LENGTH
    for length in range(3 * MAX_LAYOUTS):
        layouts.find(build_tlv(0x04, bytes(length)))
        assert sum(len(found) for found in layouts._known.values()) == layouts._count <= MAX_LAYOUTS


def test_a_layout_that_must_serve_for_nothing_else_does_not() -> None:
    layouts = Layouts(lambda data: Read(data, None))
    layouts.find(numbers(1))
    assert not layouts._known


def test_attributes_that_occur_twice_are_read_anew() -> None:
    """Whether they are in order then hangs on their values."""
    places = sod._read_sod(samples("EF.SOD")[0])
    assert places.variable is not None
    [signer] = places.places.signers
    twice = dataclasses.replace(signer.form, signed_attributes=[*signer.form.signed_attributes] * 2)
    assert sod._variable(places.places._replace(signers=[signer._replace(form=twice)])) is None
