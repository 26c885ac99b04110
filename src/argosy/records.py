"""Values of which there are tens of thousands: dataclasses that are made and asked quickly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar, dataclass_transform, overload

_Value = TypeVar("_Value")


@dataclass_transform(frozen_default=True)
def record(*, eq: bool = True, slots: bool = True) -> Callable[[type[_Value]], type[_Value]]:
    """A dataclass that type checkers take for frozen, and that can be hashed.

    Where Python keeps it frozen, too, it takes five times as long to make, and a named tuple three
    times. ``slots`` are not for those that keep what is worked out later.
    """
    return dataclass(eq=eq, slots=slots, unsafe_hash=eq)


class kept(Generic[_Value]):  # noqa: N801  it stands where `functools.cached_property` could
    """A property that is worked out when it is first asked for, and kept by the instance.

    That of `functools` takes a lock each time, in Python 3.11, and twice as long.
    """

    def __init__(self, work_out: Callable[[Any], _Value]) -> None:
        self._work_out = work_out
        self._name = work_out.__name__
        self.__doc__ = work_out.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> _Value: ...
    def __get__(self, instance: object | None, owner: type) -> Self | _Value:
        """What is worked out; it is asked only where the instance does not have it."""
        if instance is None:
            return self
        value = self._work_out(instance)
        instance.__dict__[self._name] = value
        return value
