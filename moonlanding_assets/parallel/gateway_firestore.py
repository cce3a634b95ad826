"""The old documents, straight from Firestore's raw API, and writes of named fields to them.

Firestore knows no epochs: the accepted one and the writes done are noted in a small SQLite file
beside it, so this fences only those who write through here. Holds no HTTP and no retries.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import grpc
from google.cloud.firestore_v1.types import document, firestore
from google.protobuf.json_format import ParseDict

from moonlanding_assets.contract.catalogue import SYSTEM_ROOTS, match
from moonlanding_assets.parallel.gateway_documents import (
    NoDocumentError,
    Patch,
    StaleEpochError,
    UnavailableError,
    accept,
    accepted_epoch,
    make_notes,
    note_write,
    version_of,
)
from moonlanding_assets.parallel.states import Side
from moonlanding_assets.source.firestore_values import LiveDocument
from moonlanding_assets.source.firestore_wire import SERVICE, Home, bytes_of, channel_to
from moonlanding_assets.source.value import Fields
from moonlanding_assets.source.withholding import secret_collection

TIMEOUT_SECONDS = 10.0

_DOCUMENT = document.Document.pb()
_GET = firestore.GetDocumentRequest.pb()
_COMMIT = firestore.CommitRequest.pb()
_COMMITTED = firestore.CommitResponse.pb()


class FirestoreDocuments:
    """Both old systems: `homes` names the database of each. Safe to use from many threads."""

    side: Side = "OLD"

    def __init__(
        self, homes: dict[str, Home], notes: Path, *, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> None:
        self._homes = homes
        self._notes = notes
        self._timeout_seconds = timeout_seconds
        self._channels = {system: channel_to(home) for system, home in homes.items()}
        self._calls = {system: _calls(channel) for system, channel in self._channels.items()}
        self._under_way = 0
        self._ended = threading.Condition()
        notes.parent.mkdir(parents=True, exist_ok=True)
        notes.touch(0o600)
        with self._noting() as connection:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            make_notes(connection)

    def read(self, path: str) -> Fields | None:
        """The document as it is now; one in a secret place is none."""
        system = _system(path)
        if system is None or secret_collection(path) is not None:
            return None
        request = _GET(name=f"{self._homes[system].root}/{path}")
        try:
            message = self._call(system, "GetDocument", request)
        except NoDocumentError:
            return None
        found = match(system, path)
        secret = found.secret_fields if found else frozenset()
        return LiveDocument(path, message).fields(secret)

    def patch(self, patch: Patch, *, epoch: int) -> int:
        """Firestore takes the fields if the document exists; its update time is the version."""
        with self._ended:
            with self._noting() as connection:
                if accepted_epoch(connection) != epoch:
                    raise StaleEpochError(f"epoch {epoch} is not accepted by {self.side}")
                done = version_of(connection, patch.key)
            if done is not None:
                return done
            self._under_way += 1
        try:
            version = self._commit(patch)
            with self._noting() as connection:
                note_write(connection, patch, version)
            return version
        finally:
            with self._ended:
                self._under_way -= 1
                self._ended.notify_all()

    def written(self, key: str) -> int | None:
        """As noted after Firestore took it."""
        with self._noting() as connection:
            return version_of(connection, key)

    def has_seen(self, path: str, version: int) -> bool:
        """The old side has what was written to it; NEW's versions are not told to it."""
        del version
        return path != ""

    def fence(self, epoch: int | None) -> None:
        """Durable first; then waits for the writes that had been let in before."""
        with self._ended:
            with self._noting() as connection:
                accept(connection, epoch)
            self._ended.wait_for(self._is_idle)

    def accepts(self) -> int | None:
        """The epoch whose writes are accepted."""
        with self._noting() as connection:
            return accepted_epoch(connection)

    def close(self) -> None:
        """Close the channels."""
        for channel in self._channels.values():
            channel.close()

    def _is_idle(self) -> bool:
        return self._under_way == 0

    def _commit(self, patch: Patch) -> int:
        system = _system(patch.path)
        if system is None or secret_collection(patch.path) is not None:
            raise NoDocumentError(patch.path)
        root = self._homes[system].root
        content = {
            "database": root.removesuffix("/documents"),
            "writes": [
                {
                    "update": {"name": f"{root}/{patch.path}", "fields": patch.fields},
                    "updateMask": {"fieldPaths": [_quoted(name) for name in patch.fields]},
                    "currentDocument": {"exists": True},
                }
            ],
        }
        answer = self._call(system, "Commit", ParseDict(content, _COMMIT()))
        time = answer.write_results[0].update_time
        return int(time.seconds) * 1_000_000 + int(time.nanos) // 1000

    def _call(self, system: str, rpc: str, request: Any) -> Any:
        home = self._homes[system]
        metadata = _metadata(home, request)
        try:
            call = self._calls[system][rpc]
            return call(request, timeout=self._timeout_seconds, metadata=metadata)
        except ValueError as closed:  # gRPC's word for a channel that was closed
            raise UnavailableError(f"{home}: closed") from closed
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                raise NoDocumentError(system) from None
            raise UnavailableError(f"{home}: {rpc} ({error.code().name})") from None

    @contextmanager
    def _noting(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._notes, timeout=5)) as connection, connection:
            connection.execute("PRAGMA synchronous = FULL")
            yield connection


def _calls(channel: grpc.Channel) -> dict[str, Any]:
    kinds = {"GetDocument": _DOCUMENT, "Commit": _COMMITTED}
    return {
        rpc: channel.unary_unary(
            SERVICE + rpc, request_serializer=bytes_of, response_deserializer=kind.FromString
        )
        for rpc, kind in kinds.items()
    }


def _metadata(home: Home, request: Any) -> tuple[tuple[str, str], ...]:
    """How the question finds its database; an emulator lets whoever says so past its rules."""
    name = "name" if hasattr(request, "name") else "database"
    return (
        ("google-cloud-resource-prefix", home.root.removesuffix("/documents")),
        ("x-goog-request-params", urlencode({name: getattr(request, name)}, safe="/")),
        *((("authorization", "Bearer owner"),) if home.emulator else ()),
    )


def _system(path: str) -> str | None:
    first = path.partition("/")[0]
    return next((system for system, roots in SYSTEM_ROOTS.items() if first in roots), None)


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"
