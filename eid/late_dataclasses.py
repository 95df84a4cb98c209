"""frozen: a frozen dataclass that costs little until one is made.

`dataclasses.dataclass(frozen=True)` compiles six functions for each class when that is defined, and a process defines hundreds of
classes of which it makes a few. Here the fields are those of `dataclasses`, so that `field`, `fields`, `replace` and `asdict` do
what they do there; the constructor is compiled when it is first called, and the rest needs no compiling. There is no order, no
slots and no InitVar: whoever wants one of them, or a class whose instances change, asks `dataclasses`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from reprlib import recursive_repr
from typing import Any, NoReturn, TypeVar, dataclass_transform

Kind = TypeVar("Kind", bound=type)
Reader = Callable[[Any], tuple[Any, ...]]


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: Kind) -> Kind:
    """The class as `dataclass(frozen=True)` makes it; what it defines itself of constructor, repr, equality and hash stays."""
    cls.__doc__ = cls.__doc__ or cls.__name__  # or dataclasses seeks a signature to put there
    made: Any = dataclass(init=False, repr=False, eq=False)(cls)
    compared = _reader([each for each in fields(made) if each.compare])
    hashed = _reader([each for each in fields(made) if (each.compare if each.hash is None else each.hash)])
    _set_unless_own(made, "__init__", _late_constructor(made))
    _set_unless_own(made, "__repr__", _represent)
    _set_unless_own(made, "__eq__", _equality(compared))
    _set_unless_own(made, "__hash__", lambda self: hash(hashed(self)))
    made.__setattr__, made.__delattr__ = _refuse_to_set, _refuse_to_delete
    return cls


def compile_constructor(cls: Any) -> Callable[..., None]:
    """The function that makes an instance of its fields, in the order and with the defaults of the class.

    Raises SyntaxError where a field with a default stands before one without.
    """
    known: dict[str, Any] = {"_not_given": MISSING}
    asked: dict[bool, list[str]] = {False: [], True: []}
    kept = []
    for each in fields(cls):
        name, default = each.name, _name_default(each, known)
        given = name if each.init else ""
        if each.default_factory is not MISSING:
            made = f"{default}()"
            given, default = (f"{made} if {name} is _not_given else {name}", "_not_given") if each.init else (made, "")
        if each.init:
            asked[bool(each.kw_only)].append(f"{name}={default}" if default else name)
        if given:
            kept.append(f"{name}={given}")
    body = [f"self.__dict__.update({', '.join(kept)})"]  # half as dear as to set one by one what may not be set
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    parameters = ", ".join(["self", *asked[False], *(["*", *asked[True]] if asked[True] else [])])
    exec(f"def __init__({parameters}):\n " + "\n ".join(body), known)  # noqa: S102  # as dataclasses does
    constructor: Callable[..., None] = known["__init__"]
    constructor.__qualname__ = f"{cls.__qualname__}.__init__"
    return constructor


def _name_default(each: Field[Any], known: dict[str, Any]) -> str:
    """What the constructor calls this field's default, or what makes it, which it knows afterwards; nothing where it has none."""
    default = each.default if each.default_factory is MISSING else each.default_factory
    if default is MISSING:
        return ""
    name = f"_default_{each.name}"
    known[name] = default
    return name


def _late_constructor(cls: Any) -> Callable[..., None]:
    def compile_and_construct(self: Any, /, *given: Any, **named: Any) -> None:
        cls.__init__ = compile_constructor(cls)
        cls.__init__(self, *given, **named)

    return compile_and_construct


def _reader(wanted: list[Field[Any]]) -> Reader:
    """What gives these fields of an instance, in a tuple."""
    names = [each.name for each in wanted]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple([getattr(self, name) for name in names])


def _equality(compared: Reader) -> Callable[[Any, object], bool]:
    def equals(self: Any, other: object) -> bool:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    return equals


@recursive_repr()
def _represent(self: Any) -> str:
    shown = [f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr]
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _refuse_to_set(self: object, name: str, value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _set_unless_own(cls: type, name: str, method: Callable[..., Any]) -> None:
    if cls.__dict__.get(name) is None:  # a class that defines equality alone has None for its hash
        setattr(cls, name, method)
