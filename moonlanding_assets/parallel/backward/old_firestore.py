"""The old systems by the raw Firestore API, as old.py's protocol wants them.

Holds no decision about what a refusal means.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import grpc
from google.cloud.firestore_v1.types import document, firestore
from google.protobuf.json_format import ParseDict

from moonlanding_assets.errors import SyncError
from moonlanding_assets.live_settings import Live
from moonlanding_assets.parallel.backward.old import HeldDocument, OldAnswer, OldWrite
from moonlanding_assets.parallel.backward.values import put
from moonlanding_assets.parallel.forward.changes import sha256_of
from moonlanding_assets.settings import SYSTEMS
from moonlanding_assets.source.firestore_values import LiveDocument
from moonlanding_assets.source.firestore_wire import (
    SERVICE,
    Home,
    bytes_of,
    channel_to,
    metadata,
    microseconds,
)
from moonlanding_assets.source.taking import Tally, system_of, take
from moonlanding_assets.source.value import parse, timestamp_text

TIMEOUT_SECONDS = 30.0
_MISSED = (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.ALREADY_EXISTS,
           grpc.StatusCode.NOT_FOUND, grpc.StatusCode.ABORTED)  # fmt: skip
_MISSED_CODES = frozenset(one.value[0] for one in _MISSED)
_BATCH = firestore.BatchWriteRequest.pb()
_BATCHED = firestore.BatchWriteResponse.pb()
_GET = firestore.GetDocumentRequest.pb()
_DOCUMENT = document.Document.pb()


def open_old_side(live: Live) -> "FirestoreOldSide":
    """Both systems as the settings name them; raises AccessRefused."""
    homes = {
        system: Home(project=live.project(system), database=live.database, emulator=live.emulator)
        for system in SYSTEMS
    }
    return FirestoreOldSide(homes)


class FirestoreOldSide:
    """The databases of both systems, by the raw API."""

    def __init__(self, homes: Mapping[str, Home]) -> None:
        self._homes = homes
        self._channels = {system: channel_to(home) for system, home in homes.items()}

    def close(self) -> None:
        """Close the channels."""
        for one in self._channels.values():
            one.close()

    def write(self, writes: Sequence[OldWrite]) -> list[OldAnswer]:
        """As the protocol says; one request a system."""
        found: dict[str, OldAnswer] = {}
        for system, home in self._homes.items():
            mine = [one for one in writes if system_of(one.path) == system]
            if mine:
                found |= self._write(system, home, mine)
        return [found[one.path] for one in writes]

    def _write(self, system: str, home: Home, writes: Sequence[OldWrite]) -> dict[str, OldAnswer]:
        content: dict[str, Any] = {
            "database": home.root.removesuffix("/documents"),
            "writes": [self._message(home, one) for one in writes],
        }
        call = self._channels[system].unary_unary(
            f"{SERVICE}BatchWrite", request_serializer=bytes_of,
            response_deserializer=_BATCHED.FromString,
        )  # fmt: skip
        try:
            answer = call(
                ParseDict(content, _BATCH()),
                timeout=TIMEOUT_SECONDS,
                metadata=metadata(home, content["database"], "database"),
            )
        except grpc.RpcError as error:
            return {one.path: OldAnswer(reason=error.code().name) for one in writes}
        pairs = zip(writes, answer.status, answer.write_results, strict=True)
        return {one.path: _answer(status, result) for one, status, result in pairs}

    def _message(self, home: Home, one: OldWrite) -> dict[str, Any]:
        name = f"{home.root}/{one.path}"
        expected: dict[str, Any] = {"exists": False}
        if one.expected is not None:
            expected = {"updateTime": timestamp_text(one.expected)}
        if one.is_delete:
            return {"delete": name, "currentDocument": expected}
        fields: dict[str, Any] = {}
        for keys, value in one.leaves:
            if value is not None:
                put(fields, keys, value)
        message: dict[str, Any] = {
            "update": {"name": name, "fields": fields},
            "currentDocument": expected,
        }
        if one.expected is not None:
            message["updateMask"] = {"fieldPaths": [field_path(keys) for keys, _ in one.leaves]}
        return message

    def read(self, path: str) -> HeldDocument | None:
        """As the protocol says."""
        system = system_of(path)
        home = self._homes[system]
        call = self._channels[system].unary_unary(
            f"{SERVICE}GetDocument", request_serializer=bytes_of,
            response_deserializer=_DOCUMENT.FromString,
        )  # fmt: skip
        try:
            message = call(
                _GET(name=f"{home.root}/{path}"),
                timeout=TIMEOUT_SECONDS,
                metadata=metadata(home, f"{home.root}/{path}", "name"),
            )
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return None
            raise SyncError(f"{home}: GetDocument ({error.code().name})") from None
        row = take(system, LiveDocument(path, message), Tally())
        if row is None:
            return None
        return HeldDocument(
            fields=parse(row["fields"]),
            sha256=sha256_of(row["fields"]),
            update_time_us=microseconds(message.update_time),
        )


def field_path(keys: Sequence[str]) -> str:
    """Map keys as the API names a field, each one quoted."""
    return ".".join(f"`{_escaped(key)}`" for key in keys)


def _escaped(key: str) -> str:
    return key.replace("\\", "\\\\").replace("`", "\\`")


def _answer(status: Any, result: Any) -> OldAnswer:
    if status.code == 0:
        return OldAnswer(version=microseconds(result.update_time))
    if status.code in _MISSED_CODES:
        return OldAnswer(is_missed=True)
    return OldAnswer(reason=f"STATUS_{status.code}")
