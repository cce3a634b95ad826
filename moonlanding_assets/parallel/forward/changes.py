"""One change of one document in an old system: what brings it, and whether it can be read.

Pure: holds no store, no database and no source. What is unreadable is not an error but a Poison,
which is put aside with its reason while the stream goes on.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from moonlanding_assets.contract.catalogue import pattern_key
from moonlanding_assets.source.taking import system_of
from moonlanding_assets.source.value import canonical, double_of, timestamp_us_of
from moonlanding_assets.source.withholding import secret_collection

Op = Literal["set", "delete"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """A change as it comes in.

    event_id: the same for every delivery of the same change. origin: which side made it, OLD or
    NEW. version: microseconds since 1970 by the old system's own clock, at which the document had
    this state: its update time, or the read time at which it was seen or seen to be gone. payload:
    canonical REST text of all fields, secrets already left out, "" of a delete. sha256: of it.
    """

    event_id: str
    origin: str
    path: str
    version: int
    op: Op
    payload: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """A readable event: `collection` is its contract key, `fields` the payload."""

    event: Event
    collection: str
    fields: str


@dataclass(frozen=True, kw_only=True)
class Poison:
    """An event that cannot be carried, and why: a code in snake case, no value."""

    event: Event
    reason: str


def set_event(path: str, fields: str, *, version: int, origin: str = "OLD") -> Event:
    """The event of a document that has these fields (canonical text) as of that version."""
    return _event(path, "set", fields, version, origin)


def delete_event(path: str, *, version: int, origin: str = "OLD") -> Event:
    """The event of a document that is gone as of that version."""
    return _event(path, "delete", "", version, origin)


def _event(path: str, op: Op, payload: str, version: int, origin: str) -> Event:
    digest = sha256_of(payload)
    name = hashlib.sha256(f"{origin} {path} {version} {op} {digest}".encode()).hexdigest()
    return Event(
        event_id=name[:32], origin=origin, path=path, version=version, op=op, payload=payload,
        sha256=digest,
    )  # fmt: skip


def sha256_of(payload: str) -> str:
    """Hex SHA-256; of text that is no Unicode as well."""
    return hashlib.sha256(payload.encode("utf-8", "surrogatepass")).hexdigest()


def read(event: Event) -> Change | Poison:
    """The change that the event says, or what is wrong with it."""
    reason = _wrong_path(event.path) or _wrong_payload(event)
    if reason:
        return Poison(event=event, reason=reason)
    key = pattern_key(system_of(event.path), event.path)
    return Change(event=event, collection=key, fields=event.payload)


def _wrong_path(path: str) -> str:
    parts = path.split("/")
    if len(parts) % 2 or not all(parts):
        return "not_a_document_path"
    if not system_of(path):
        return "of_neither_system"
    return "secret" if secret_collection(path) is not None else ""


def _wrong_payload(event: Event) -> str:
    if event.op not in ("set", "delete") or (event.op == "delete" and event.payload):
        return "unknown_operation"
    if event.version <= 0:
        return "no_version"
    if sha256_of(event.payload) != event.sha256:
        return "hash_differs"
    return "" if event.op == "delete" else _wrong_fields(event.payload)


def _wrong_fields(payload: str) -> str:
    try:
        fields = orjson.loads(payload)
        if not isinstance(fields, dict):
            return "not_an_object"
        for value in fields.values():
            _require_value(value)
        return "" if canonical(fields) == payload else "not_canonical"
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return "not_decodable"


def _require_value(value: Mapping[str, Any]) -> None:
    """Raises ValueError, KeyError, TypeError or AttributeError for what is no value."""
    ((kind, payload),) = value.items()
    _KINDS[kind](payload)


def _nothing(payload: Any) -> None:
    if payload is not None:
        raise ValueError


def _boolean(payload: Any) -> None:
    if not isinstance(payload, bool):
        raise TypeError


def _integer(payload: Any) -> None:
    if not isinstance(payload, str) or not -(2**63) <= int(payload) < 2**63:
        raise ValueError


def _text(payload: Any) -> None:
    if not isinstance(payload, str):
        raise TypeError


def _double(payload: Any) -> None:
    double_of(payload)


def _timestamp(payload: Any) -> None:
    timestamp_us_of(payload)


def _point(payload: Any) -> None:
    double_of(payload["latitude"])
    double_of(payload["longitude"])


def _array(payload: Any) -> None:
    for one in payload["values"]:
        _require_value(one)


def _map(payload: Any) -> None:
    for one in payload["fields"].values():
        _require_value(one)


_KINDS: dict[str, Callable[[Any], None]] = {
    "nullValue": _nothing, "booleanValue": _boolean, "integerValue": _integer,
    "doubleValue": _double, "timestampValue": _timestamp, "stringValue": _text,
    "bytesValue": _text, "referenceValue": _text, "geoPointValue": _point,
    "arrayValue": _array, "mapValue": _map,
}  # fmt: skip
