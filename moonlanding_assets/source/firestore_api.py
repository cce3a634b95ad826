"""Firestore's raw API: one question, one answer, at one read time. Nothing is tried twice here.

Neither `stream()` nor `to_dict()` of the client library is used: they lose documents after a
fault in the middle of an answer and cannot read references to other projects. Holds no retries
(firestore_retry.py) and no meaning of the documents.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import grpc

from moonlanding_assets.source.firestore_names import EVERYTHING, Range, order_of
from moonlanding_assets.source.firestore_refusals import (
    is_login_useless,
    refusal,
)
from moonlanding_assets.source.firestore_retry import RETRIED, BadAnswerError, Pace
from moonlanding_assets.source.firestore_wire import (
    RESPONSES,
    SERVICE,
    Home,
    bytes_of,
    channel_to,
    metadata,
    microseconds,
    request,
    routing,
)

READS_A_COUNT = 1000  # a count is billed as one read for so many documents that it counts

_BY_NAME = [{"field": {"fieldPath": "__name__"}, "direction": "ASCENDING"}]
_COUNT = "documents"


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What a count counts: documents below `parent` ("" the database).

    Of one collection id ("" all), in `parent` itself or, `is_deep`, anywhere below; in the range.
    """

    parent: str = ""
    collection: str = ""
    is_deep: bool = True
    inside: Range = EVERYTHING


class NotOfferedError(Exception):
    """The server does not know this question."""


class FirestoreApi:
    """The five questions that reading needs, to one database. Safe to use from many threads."""

    def __init__(self, home: Home, *, timeout_seconds: float, pace: Pace) -> None:
        self.home = home
        self._timeout_seconds = timeout_seconds
        self._pace = pace
        self._channel = channel_to(home)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends every question that is under way."""
        self._channel.close()

    def page(self, inside: Range, *, after: str, limit: int, read_time_us: int) -> list[Any]:
        """The next documents of the range in the order of their names, at most `limit`.

        `after` is the path of the last one known, "" for none. Protobuf messages. Raises
        BadAnswerError for an answer out of order, outside the range or of another moment.
        """
        query = {"from": [{"allDescendants": True}], "limit": limit, **self._bounds(inside, after)}
        request = {"parent": self.home.root, "structuredQuery": query}
        documents = []
        try:
            for answer in self._stream("RunQuery", request, read_time_us):
                _same_moment(answer, read_time_us)
                if answer.document.name:
                    documents.append(answer.document)
        finally:
            self._pace.took(max(len(documents), 1))
        self._check(documents, inside, after=after, limit=limit)
        return documents

    def lookup(self, paths: Collection[str], *, read_time_us: int) -> dict[str, Any]:
        """Each of these documents as it was at that moment; None where there was none."""
        root = self.home.root
        request = {
            "database": root.removesuffix("/documents"),
            "documents": [f"{root}/{path}" for path in paths],
        }
        found: dict[str, Any] = {}
        try:
            for answer in self._stream("BatchGetDocuments", request, read_time_us):
                _same_moment(answer, read_time_us)
                is_there = bool(answer.found.name)
                name = answer.found.name if is_there else answer.missing
                found[self._path(name)] = answer.found if is_there else None
        finally:
            self._pace.took(max(len(found), 1))
        if found.keys() != set(paths):
            raise BadAnswerError("other documents than those that were asked for")
        return found

    def count(self, counted: Counted, *, read_time_us: int | None) -> tuple[int, int]:
        """How many documents that is, and the read time of the answer in us.

        Without a read time the server chooses: now, by its own clock.
        """
        start = {"collectionId": counted.collection} if counted.collection else {}
        query = {
            "from": [{**start, "allDescendants": counted.is_deep}],
            **(self._bounds(counted.inside, "") if counted.inside != EVERYTHING else {}),
        }
        aggregation = {
            "structuredQuery": query,
            "aggregations": [{"alias": _COUNT, "count": {}}],
        }
        root = self.home.root
        parent = f"{root}/{counted.parent}" if counted.parent else root
        request = {"parent": parent, "structuredAggregationQuery": aggregation}
        answers = list(self._stream("RunAggregationQuery", request, read_time_us))
        fields = [one.result.aggregate_fields for one in answers]
        if len(fields) != 1 or _COUNT not in fields[0]:
            raise BadAnswerError("a count without a number")
        if read_time_us is not None:
            _same_moment(answers[0], read_time_us)
        number = fields[0][_COUNT].integer_value
        self._pace.took(reads_of_count(number))
        return number, microseconds(answers[0].read_time)

    def cursors(self, collection: str, *, parts: int, read_time_us: int) -> list[str]:
        """Paths that divide a collection group into about so many parts; in any order."""
        query = {
            "from": [{"collectionId": collection, "allDescendants": True}],
            "orderBy": _BY_NAME,
        }
        request = {
            "parent": self.home.root,
            "structuredQuery": query,
            "partitionCount": str(parts - 1),
            "pageSize": parts,
        }
        try:
            answer = self._single("PartitionQuery", request, read_time_us)
        except NotOfferedError:  # the emulator
            return []
        return [self._path(one.values[0].reference_value) for one in answer.partitions]

    def root_collections(self, *, read_time_us: int) -> list[str]:
        """The ids of the collections at the root, those with only missing documents as well."""
        ids: list[str] = []
        token = ""
        while True:
            request = {"parent": self.home.root, "pageSize": 300, "pageToken": token}
            answer = self._single("ListCollectionIds", request, read_time_us)
            self._pace.took(1)
            ids += answer.collection_ids
            token = answer.next_page_token
            if not token:
                return ids

    def _bounds(self, inside: Range, after: str) -> dict[str, Any]:
        bounds: dict[str, Any] = {"orderBy": _BY_NAME}
        if after or inside.first:
            bounds["startAt"] = self._cursor(after or inside.first, is_before=not after)
        if inside.end:
            bounds["endAt"] = self._cursor(inside.end, is_before=True)
        return bounds

    def _cursor(self, path: str, *, is_before: bool) -> dict[str, Any]:
        return {"values": [{"referenceValue": f"{self.home.root}/{path}"}], "before": is_before}

    def _path(self, name: str) -> str:
        root = f"{self.home.root}/"
        if not name.startswith(root):
            raise BadAnswerError("a name outside the database")
        return name.removeprefix(root)

    def _check(self, documents: list[Any], inside: Range, *, after: str, limit: int) -> None:
        if len(documents) > limit:
            raise BadAnswerError(f"{len(documents)} documents where {limit} were asked for")
        last = order_of(after) if after else ()
        for one in documents:
            path = self._path(one.name)
            place = order_of(path)
            if place <= last:
                raise BadAnswerError("documents that come twice or out of order")
            last = place
        if not all(inside.holds(self._path(one.name)) for one in documents[:1] + documents[-1:]):
            raise BadAnswerError("documents outside the range that was asked for")

    def _stream(self, rpc: str, content: dict[str, Any], read_time_us: int | None) -> Iterator[Any]:
        ask = self._channel.unary_stream(
            SERVICE + rpc,
            request_serializer=bytes_of,
            response_deserializer=RESPONSES[rpc].FromString,
        )
        message = request(rpc, content, read_time_us)
        with self._refusals_named(rpc, read_time_us):
            yield from ask(
                message,
                timeout=self._timeout_seconds,
                metadata=metadata(self.home, *routing(message)),
            )

    def _single(self, rpc: str, content: dict[str, Any], read_time_us: int) -> Any:
        ask = self._channel.unary_unary(
            SERVICE + rpc,
            request_serializer=bytes_of,
            response_deserializer=RESPONSES[rpc].FromString,
        )
        message = request(rpc, content, read_time_us)
        with self._refusals_named(rpc, read_time_us):
            return ask(
                message,
                timeout=self._timeout_seconds,
                metadata=metadata(self.home, *routing(message)),
            )

    @contextmanager
    def _refusals_named(self, rpc: str, read_time_us: int | None) -> Iterator[None]:
        try:
            yield
        except grpc.RpcError as error:
            if rpc == "PartitionQuery" and error.code() is grpc.StatusCode.UNIMPLEMENTED:
                raise NotOfferedError from None
            if error.code() in RETRIED and not is_login_useless(error):
                raise
            raise refusal(error, rpc=rpc, home=self.home, read_time_us=read_time_us) from None


def reads_of_count(documents: int) -> int:
    """Billed reads of counting so many documents."""
    return max(1, -(-documents // READS_A_COUNT))


def _same_moment(answer: Any, read_time_us: int) -> None:
    if microseconds(answer.read_time) != read_time_us:
        raise BadAnswerError("an answer of another read time than the one that was asked for")
