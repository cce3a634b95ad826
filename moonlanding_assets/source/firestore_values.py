"""Documents of the live API (protobuf messages) in the REST encoding, value for value.

Never through the client's `to_dict()`: it refuses references to other projects and shifts times
before 1970. Holds no request and no rule about what is secret.
"""

from collections.abc import Callable
from typing import Any

from moonlanding_assets.errors import LiveReadError
from moonlanding_assets.source import value
from moonlanding_assets.source.value import Fields, Value

_NOTHING: frozenset[str] = frozenset()


class LiveDocument:
    """One document as the API gave it: its path, its times, its fields when they are asked for.

    `withheld` are the names that the last call of `fields` left out, in order. The times are in
    microseconds since 1970 UTC. Not a dataclass: there is one for each document.
    """

    __slots__ = ("_message", "create_time_us", "path", "update_time_us", "withheld")

    def __init__(self, path: str, message: Any) -> None:
        self.path = path
        self.withheld: tuple[str, ...] = ()
        self.create_time_us = _microseconds(message.create_time)
        self.update_time_us = _microseconds(message.update_time)
        self._message = message

    def fields(self, withhold: frozenset[str] = _NOTHING) -> Fields:
        """The values in the REST encoding, made anew at each call.

        Top-level names in `withhold` are left out, their values never converted. Raises
        LiveReadError, naming the document and the field, for a kind of value nobody knows.
        """
        content = self._message.fields
        self.withheld = tuple(sorted(name for name in withhold if name in content))
        fields = {}
        for name, one in content.items():
            if name in withhold:
                continue
            try:
                fields[name] = _value(one)
            except (KeyError, ValueError) as problem:
                raise LiveReadError(
                    f"document {self.path}, field {name}: a value that this program does not know "
                    f"({problem}). Nothing was dropped; the program must learn it first."
                ) from None
        return fields

    def text(self, withhold: frozenset[str] = _NOTHING) -> str:
        """The canonical text of `fields`."""
        return value.canonical(self.fields(withhold))


def _value(one: Any) -> Value:
    return _BY_KIND[one.WhichOneof("value_type")](one)


def _microseconds(time: Any) -> int:
    microseconds, rest = divmod(int(time.nanos), 1000)
    if rest:
        raise ValueError("a timestamp has no part of a microsecond")
    return int(time.seconds) * 1_000_000 + microseconds


def _null(_: Any) -> Value:
    return {"nullValue": None}


def _boolean(one: Any) -> Value:
    return {"booleanValue": one.boolean_value}


def _integer(one: Any) -> Value:
    return {"integerValue": str(one.integer_value)}


def _double(one: Any) -> Value:
    return value.double(one.double_value)


def _timestamp(one: Any) -> Value:
    return value.timestamp_us(_microseconds(one.timestamp_value))


def _string(one: Any) -> Value:
    return {"stringValue": one.string_value}


def _bytes(one: Any) -> Value:
    return value.bytes_(one.bytes_value)


def _reference(one: Any) -> Value:
    return {"referenceValue": one.reference_value}


def _geopoint(one: Any) -> Value:
    point = one.geo_point_value
    return value.geopoint(point.latitude, point.longitude)


def _array(one: Any) -> Value:
    return {"arrayValue": {"values": [_value(inner) for inner in one.array_value.values]}}


def _map(one: Any) -> Value:
    inside = one.map_value.fields
    return {"mapValue": {"fields": {name: _value(inner) for name, inner in inside.items()}}}


_BY_KIND: dict[str | None, Callable[[Any], Value]] = {
    "null_value": _null,
    "boolean_value": _boolean,
    "integer_value": _integer,
    "double_value": _double,
    "timestamp_value": _timestamp,
    "string_value": _string,
    "bytes_value": _bytes,
    "reference_value": _reference,
    "geo_point_value": _geopoint,
    "array_value": _array,
    "map_value": _map,
}
