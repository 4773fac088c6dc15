"""JSON as values with types, and strict readers: what is stored is read back whole or not at all."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import TypeAlias, TypeVar

from twofold.core.instants import from_micros, to_micros

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]

_MICROSECOND = timedelta(microseconds=1)
_T = TypeVar("_T")


class MalformedJson(ValueError):
    """What was stored does not have the shape that our own writer gives it."""


def refuse_unknown(value: JsonObject, known: AbstractSet[str]) -> None:
    """Raise MalformedJson when `value` has a key outside `known`: a newer writer's rule must not be dropped unseen."""
    if not value.keys() <= known:
        raise MalformedJson(f"unknown keys: {', '.join(sorted(value.keys() - known))}")


def object_in(value: JsonObject, key: str) -> JsonObject:
    """Return the object under `key`; MalformedJson when it is missing or something else."""
    found = value.get(key)
    if isinstance(found, dict):
        return found
    raise MalformedJson(f"{key} is not an object")


def as_object(value: JsonValue, what: str) -> JsonObject:
    """Return `value` as an object; `what` names it in the MalformedJson raised when it is something else."""
    if isinstance(value, dict):
        return value
    raise MalformedJson(f"{what} is not an object")


def list_in(value: JsonObject, key: str) -> list[JsonValue]:
    """Return the list under `key`; MalformedJson when it is missing or something else."""
    found = value.get(key)
    if isinstance(found, list):
        return found
    raise MalformedJson(f"{key} is not a list")


def text_in(value: JsonObject, key: str) -> str:
    """Return the text under `key`; MalformedJson when it is missing or something else."""
    found = value.get(key)
    if isinstance(found, str):
        return found
    raise MalformedJson(f"{key} is not text")


def as_text(value: JsonValue, what: str) -> str:
    """Return `value` as text; `what` names it in the MalformedJson raised when it is something else."""
    if isinstance(value, str):
        return value
    raise MalformedJson(f"{what} is not text")


def flag_in(value: JsonObject, key: str) -> bool:
    """Return the truth value under `key`; MalformedJson when it is missing or something else."""
    found = value.get(key)
    if isinstance(found, bool):
        return found
    raise MalformedJson(f"{key} is neither true nor false")


def int_in(value: JsonObject, key: str) -> int:
    """Return the whole number under `key`; MalformedJson when it is missing or something else."""
    return as_int(value.get(key), key)


def as_int(value: JsonValue, what: str) -> int:
    """Return `value` as a whole number; `what` names it in the MalformedJson raised when it is something else."""
    # Python counts True among the integers; JSON does not.
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise MalformedJson(f"{what} is not a whole number")


def instant_in(value: JsonObject, key: str) -> datetime:
    """Return the instant under `key`, kept as microseconds since the epoch."""
    return as_instant(value.get(key), key)


def as_instant(value: JsonValue, what: str) -> datetime:
    """Return `value`, microseconds since the epoch, as an aware UTC instant."""
    try:
        return from_micros(as_int(value, what))
    except OverflowError as error:
        raise MalformedJson(f"{what} lies outside the calendar") from error


def span_in(value: JsonObject, key: str) -> timedelta:
    """Return the span under `key`, kept as microseconds."""
    try:
        return timedelta(microseconds=int_in(value, key))
    except OverflowError as error:
        raise MalformedJson(f"{key} is too long a span") from error


def optional(read: Callable[[JsonObject, str], _T], value: JsonObject, key: str) -> _T | None:
    """Read `key` with `read` (one of the readers above), or return None where it is null or missing."""
    return None if value.get(key) is None else read(value, key)


def instant_or_null(at: datetime | None) -> int | None:
    """Return an optional instant in the form that `instant_in` reads."""
    return None if at is None else to_micros(at)


def span(length: timedelta) -> int:
    """Return a span in the form that `span_in` reads."""
    return length // _MICROSECOND
