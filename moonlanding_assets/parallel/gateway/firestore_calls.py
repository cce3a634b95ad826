"""Firestore's raw API as the gateway needs it: one document, one page of a collection, one commit.

Holds no epoch, no key, no retries, and nothing about what is secret.
"""

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import grpc
from google.cloud.firestore_v1.types import document, firestore
from google.protobuf.json_format import ParseDict, ParseError

from moonlanding_assets.parallel.gateway.documents import (
    ConflictError,
    NoDocumentError,
    UnavailableError,
    Write,
)
from moonlanding_assets.source.firestore_values import LiveDocument
from moonlanding_assets.source.firestore_wire import SERVICE, Home, bytes_of, channel_to
from moonlanding_assets.source.value import Fields

_DOCUMENT = document.Document.pb()
_GET = firestore.GetDocumentRequest.pb()
_COMMIT = firestore.CommitRequest.pb()
_COMMITTED = firestore.CommitResponse.pb()
_QUERY = firestore.RunQueryRequest.pb()
_ANSWER = firestore.RunQueryResponse.pb()
_REFUSED = {
    grpc.StatusCode.NOT_FOUND: NoDocumentError,
    grpc.StatusCode.ALREADY_EXISTS: ConflictError,
    grpc.StatusCode.FAILED_PRECONDITION: ConflictError,
}
_PRECONDITIONS = {"patch": True, "delete": True, "create": False}


class FirestoreCalls:
    """One database. Safe to use from many threads."""

    def __init__(self, home: Home, *, timeout_seconds: float) -> None:
        self._home = home
        self._timeout_seconds = timeout_seconds
        self._channel = channel_to(home)
        self._get = self._channel.unary_unary(
            f"{SERVICE}GetDocument", request_serializer=bytes_of,
            response_deserializer=_DOCUMENT.FromString,
        )  # fmt: skip
        self._commit = self._channel.unary_unary(
            f"{SERVICE}Commit", request_serializer=bytes_of,
            response_deserializer=_COMMITTED.FromString,
        )  # fmt: skip
        self._query = self._channel.unary_stream(
            f"{SERVICE}RunQuery", request_serializer=bytes_of,
            response_deserializer=_ANSWER.FromString,
        )  # fmt: skip

    def get(self, path: str) -> LiveDocument | None:
        """The document as it is now."""
        with suppress(NoDocumentError):
            answers = self._asked(self._get, _GET(name=f"{self._home.root}/{path}"))
            return LiveDocument(path, answers[0])
        return None

    def page(self, collection: str, *, after: str, limit: int) -> list[LiveDocument]:
        """The next documents of a collection's path, in the order of their names."""
        above, _, name = collection.rpartition("/")
        query: dict[str, Any] = {
            "from": [{"collectionId": name}],
            "orderBy": [{"field": {"fieldPath": "__name__"}, "direction": "ASCENDING"}],
            "limit": limit,
        }
        if after:
            last = f"{self._home.root}/{collection}/{after}"
            query["startAt"] = {"values": [{"referenceValue": last}], "before": False}
        parent = f"{self._home.root}/{above}" if above else self._home.root
        request = ParseDict({"parent": parent, "structuredQuery": query}, _QUERY())
        found = [one.document for one in self._asked(self._query, request)]
        root = f"{self._home.root}/"
        return [LiveDocument(one.name.removeprefix(root), one) for one in found if one.name]

    def commit(self, write: Write) -> int:
        """Firestore takes the write; its version in us. Raises what the precondition says."""
        name = f"{self._home.root}/{write.path}"
        content: dict[str, Any] = {"update": {"name": name, "fields": write.fields}}
        if write.kind == "delete":
            content = {"delete": name}
        if write.kind == "patch":
            content["updateMask"] = {"fieldPaths": [_quoted(name) for name in write.fields]}
        if write.kind in _PRECONDITIONS:
            content["currentDocument"] = {"exists": _PRECONDITIONS[write.kind]}
        database = self._home.root.removesuffix("/documents")
        request = ParseDict({"database": database, "writes": [content]}, _COMMIT())
        answer = self._asked(self._commit, request)[0]
        time = answer.commit_time if write.kind == "delete" else answer.write_results[0].update_time
        return int(time.seconds) * 1_000_000 + int(time.nanos) // 1000

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def _asked(self, call: Any, request: Any) -> list[Any]:
        metadata = _metadata(self._home, request)
        try:
            answer = call(request, timeout=self._timeout_seconds, metadata=metadata)
            return list(answer) if call is self._query else [answer]
        except ValueError as closed:  # gRPC's word for a channel that was closed
            raise UnavailableError(f"{self._home}: closed") from closed
        except grpc.RpcError as error:
            refused = _REFUSED.get(error.code())
            if refused is not None:
                raise refused("the document is there, or is not, against what is asked") from None
            raise UnavailableError(f"{self._home}: {error.code().name}") from None


def normal_fields(fields: object) -> Fields:
    """Fields of a client as Firestore gives them back; raises ValueError for what is no value."""
    try:
        message = ParseDict({"fields": fields}, _DOCUMENT())
        return LiveDocument("", message).fields()
    except (ParseError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not fields in the REST encoding ({type(error).__name__})") from None


def _metadata(home: Home, request: Any) -> tuple[tuple[str, str], ...]:
    """How the question finds its database; an emulator lets whoever says so past its rules."""
    name = next(one for one in ("name", "parent", "database") if hasattr(request, one))
    return (
        ("google-cloud-resource-prefix", home.root.removesuffix("/documents")),
        ("x-goog-request-params", urlencode({name: getattr(request, name)}, safe="/")),
        *((("authorization", "Bearer owner"),) if home.emulator else ()),
    )


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"
