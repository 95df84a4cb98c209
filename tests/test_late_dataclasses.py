"""A frozen dataclass that is compiled late means what one of `dataclasses` means."""

from __future__ import annotations

import copy
import inspect
import pickle
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, dataclass, field, fields, is_dataclass, replace
from math import nan
from typing import Any

import pytest

import eid.app  # noqa: F401 - so that its classes are defined
from eid.late_dataclasses import compile_constructor, frozen

Decorator = Callable[[type], Any]
DATACLASS: Decorator = dataclass(frozen=True)


def shape(decorate: Decorator) -> Any:
    class Shape:
        first: int
        second: str = "two"
        third: list[int] = field(default_factory=list, compare=False)
        secret: str = field(default="hidden", repr=False, kw_only=True)
        counted: int = field(default=7, init=False)
        made: dict[str, int] = field(default_factory=dict, init=False, hash=False)
        named: str = field(kw_only=True)

        def __post_init__(self) -> None:
            object.__setattr__(self, "counted", self.counted + self.first)

    return decorate(Shape)


@frozen
class Point:
    x: float
    y: float = 0.0


@frozen
class Place(Point):
    name: str = "here"


@frozen
class Nothing:
    pass


@frozen
class Equal:
    """Equal to every other, and so hashed as `dataclasses` hashes it."""

    x: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Equal)


OURS, THEIRS = shape(frozen), shape(DATACLASS)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ((1,), {"named": "n"}),
        ((1, "b", [3]), {"named": "n", "secret": "s"}),
        ((), {"first": 1, "third": [1], "named": "n"}),
    ],
)
def test_an_instance_is_what_dataclasses_makes_of_the_same_arguments(given: tuple[Any, ...], named: Any) -> None:
    ours, theirs = OURS(*given, **named), THEIRS(*given, **named)
    assert vars(ours) == vars(theirs) and list(vars(ours)) == list(vars(theirs))
    assert repr(ours) == repr(theirs) and "hidden" not in repr(ours)
    assert asdict(ours) == asdict(theirs)
    assert vars(replace(ours, first=5)) == vars(replace(theirs, first=5))
    assert ours == OURS(*given, **named) and hash(ours) == hash(theirs)
    assert ours != theirs and ours != replace(ours, first=9)


@pytest.mark.parametrize(
    ("given", "named"), [((), {"named": "n"}), ((1,), {}), ((1, "b", [], "s"), {"named": "n"}), ((1,), {"other": 2})]
)
def test_wrong_arguments_are_refused_in_the_same_words(given: tuple[Any, ...], named: Any) -> None:
    for again in range(2):  # the first call compiles
        ours, theirs = shape(frozen) if not again else OURS, THEIRS
        with pytest.raises(TypeError) as of_theirs:
            theirs(*given, **named)
        with pytest.raises(TypeError) as of_ours:
            ours(*given, **named)
        assert str(of_ours.value) == str(of_theirs.value)


def test_class_attributes_are_those_of_dataclasses() -> None:
    assert OURS.__match_args__ == THEIRS.__match_args__
    assert [(each.name, each.kw_only) for each in fields(OURS)] == [
        (each.name, each.kw_only) for each in fields(THEIRS)
    ]
    assert OURS.second == "two" and not hasattr(OURS, "third")


def test_each_instance_has_a_default_of_its_own() -> None:
    assert OURS(1, named="n").third is not OURS(1, named="n").third


def test_nothing_of_an_instance_can_be_set_or_deleted() -> None:
    point = Point(1, 2)
    for change in (lambda: setattr(point, "x", 2), lambda: setattr(point, "z", 2), lambda: delattr(point, "x")):
        with pytest.raises(FrozenInstanceError, match="cannot"):
            change()
    assert point == Point(1, 2)


def test_an_heir_has_the_fields_of_both() -> None:
    assert repr(Place(1)) == "Place(x=1, y=0.0, name='here')"
    assert Point(1) != Place(1) and isinstance(Place(1), Point)


def test_equality_is_that_of_tuples() -> None:
    assert Point(nan) == Point(nan) and Nothing() == Nothing() and hash(Nothing()) == hash(())
    assert Equal(1) == Equal(2) and hash(Equal(1)) == hash((1,))


@pytest.mark.parametrize("copied", [lambda point: pickle.loads(pickle.dumps(point)), copy.copy, copy.deepcopy])
def test_an_instance_can_be_pickled_and_copied(copied: Callable[[Point], Point]) -> None:
    assert copied(Place(1, 2, "there")) == Place(1, 2, "there")


def test_nothing_is_compiled_until_one_is_made() -> None:
    late = shape(frozen)
    before = late.__init__
    late(1, named="n")
    compiled = late.__init__
    late(2, named="n")
    assert before is not compiled and late.__init__ is compiled


def late_classes() -> list[Any]:
    modules = [module for name, module in sys.modules.copy().items() if name.startswith("eid.")]
    named = {
        each for module in modules for each in vars(module).values() if isinstance(each, type) and is_dataclass(each)
    }
    return [cls for cls in named if not cls.__dict__["__dataclass_params__"].init and cls.__module__.startswith("eid.")]


def test_every_class_of_the_service_has_a_constructor_that_dataclasses_would_give_it() -> None:
    """What dataclasses refuses when a class is defined (a field without a default after one with) is refused here."""
    found = late_classes()
    assert len(found) > 300
    for cls in found:
        asked = {each.name for each in fields(cls) if each.init}
        assert set(inspect.signature(compile_constructor(cls)).parameters) == {"self", *asked}
