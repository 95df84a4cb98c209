"""Vehicle registrations: plates that nobody else has, sales that give another, and what a change tells papers."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from eid.agencies.service import end_entitlements_of_dead
from eid.agencies.vehicle_rules import PLATE_CODES, VehicleKind, build_plate, write_plate
from eid.agencies.vehicles import deregister_vehicle, find_vehicles, register_vehicle, transfer_vehicle
from eid.errors import Conflict, Malformed, NotFound
from eid.events import EntitlementChanged, PersonDied, register_handlers
from eid.population.places import list_provinces
from eid.population.registration import register_death
from tests.agencies.conftest import AddPerson, keeping


@pytest.fixture
def changes(app: Flask) -> list[EntitlementChanged]:
    posted: list[EntitlementChanged] = []
    register_handlers({EntitlementChanged: [keeping(posted, "vehicle")], PersonDied: [end_entitlements_of_dead]})
    return posted


def plates_of(person_id: int) -> list[str]:
    return [held.plate for held in find_vehicles(person_id).vehicles]


def test_every_province_of_today_has_plates_of_its_own() -> None:
    assert set(PLATE_CODES) == {province.code for province in list_provinces(date(2026, 1, 1))}
    codes = [code for codes in PLATE_CODES.values() for code in codes]
    assert len(codes) == len(set(codes))


@given(
    st.sampled_from(sorted(PLATE_CODES)), st.sampled_from(VehicleKind), st.integers(0, 499_999), st.integers(0, 499_999)
)
def test_two_numbers_never_give_one_plate(province: str, kind: VehicleKind, one: int, other: int) -> None:
    plates = {build_plate(province, kind, number) for number in (one, other)}
    assert len(plates) == len({one, other})
    for plate in plates:
        assert int(plate[:2]) in PLATE_CODES[province]
        assert plate[3 if kind is VehicleKind.MOTORCYCLE else 2] in "IJOQW"
        assert write_plate(plate.replace("-", " ").replace(".", "").lower()) == plate


@pytest.mark.parametrize(("province", "number"), [("04", 500_000), ("04", -1), ("99", 0)])
def test_a_province_gives_no_more_plates_than_it_has(province: str, number: int) -> None:
    with pytest.raises(Malformed):
        build_plate(province, VehicleKind.CAR, number)


@pytest.mark.parametrize("plate", ["", "29A-123.45", "29W-1234", "29W-123.4567"])
def test_what_is_no_plate_of_ours_is_none(plate: str) -> None:
    with pytest.raises(Malformed):
        write_plate(plate)


def test_a_vehicle_is_registered_with_a_plate_of_the_owners_province(
    add_person: AddPerson, changes: list[EntitlementChanged]
) -> None:
    person = add_person()
    first = register_vehicle(person.pin, kind="car").vehicles[0]
    second = register_vehicle(person.pin).vehicles[1]
    assert int(first.plate[:2]) in PLATE_CODES[person.residence_province]
    assert (first.kind, second.kind) == ("car", "motorcycle")
    assert first.engine_number != second.engine_number
    assert changes == [EntitlementChanged(person.id, "vehicle", "valid")] * 2


def test_a_sale_gives_the_buyer_the_vehicle_under_another_plate(
    add_person: AddPerson, changes: list[EntitlementChanged]
) -> None:
    seller, buyer = add_person(), add_person()
    [sold] = register_vehicle(seller.pin).vehicles
    changes.clear()
    [bought] = transfer_vehicle(sold.plate, buyer.pin).vehicles
    assert bought.plate != sold.plate
    assert (bought.chassis_number, bought.first_registered_on) == (sold.chassis_number, sold.first_registered_on)
    assert (find_vehicles(seller.id).state, plates_of(seller.id)) == ("invalid", [])
    assert changes == [
        EntitlementChanged(seller.id, "vehicle", "invalid"),
        EntitlementChanged(buyer.id, "vehicle", "valid"),
    ]
    with pytest.raises(Conflict) as twice:
        transfer_vehicle(sold.plate, buyer.pin)
    assert twice.value.code == "vehicle_ended"
    with pytest.raises(Conflict) as own:
        transfer_vehicle(bought.plate, buyer.pin)
    assert own.value.code == "vehicle_own"


def test_one_vehicle_off_the_road_leaves_the_other(add_person: AddPerson, changes: list[EntitlementChanged]) -> None:
    person = add_person()
    register_vehicle(person.pin)
    first, second = register_vehicle(person.pin).vehicles
    assert deregister_vehicle(first.plate).state == "valid"
    assert plates_of(person.id) == [second.plate]
    assert deregister_vehicle(second.plate).state == "invalid"
    assert [change.status for change in changes[2:]] == ["valid", "invalid"]


def test_a_death_ends_registrations(add_person: AddPerson, changes: list[EntitlementChanged]) -> None:
    person = add_person()
    register_vehicle(person.pin)
    changes.clear()
    register_death(person.pin, died_on=date(2026, 1, 2))
    assert find_vehicles(person.id).state == "invalid"
    assert changes == [EntitlementChanged(person.id, "vehicle", "invalid")]


def test_an_unknown_vehicle_and_somebody_without_one_are_refused(add_person: AddPerson) -> None:
    with pytest.raises(NotFound) as vehicle:
        deregister_vehicle("29W-123.45")
    assert vehicle.value.code == "vehicle_unknown"
    with pytest.raises(NotFound) as nobody:
        find_vehicles(add_person().id)
    assert nobody.value.code == "paper_unknown"
