"""The wire to a Firestore database: its names, a channel, and the messages of the raw API.

Holds no question (firestore_api.py) and no retries.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import google.auth
import grpc
from google.auth.exceptions import DefaultCredentialsError
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.cloud.firestore_v1.types import firestore
from google.protobuf.json_format import ParseDict
from google.protobuf.timestamp_pb2 import Timestamp

from moonlanding_assets.source.firestore_refusals import no_credentials

SERVICE = "/google.firestore.v1.Firestore/"

_HOST = "firestore.googleapis.com"
_SCOPES = ("https://www.googleapis.com/auth/datastore",)
_UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


@dataclass(frozen=True, kw_only=True)
class Home:
    """A database: its project, its name, and where the emulator is that holds it ("" for none)."""

    project: str
    database: str
    emulator: str = ""

    @property
    def root(self) -> str:
        """What every name in it begins with, without the last slash."""
        return f"projects/{self.project}/databases/{self.database}/documents"

    def __str__(self) -> str:
        place = f" (emulator {self.emulator})" if self.emulator else ""
        return f"project {self.project}, database {self.database}{place}"


def channel_to(home: Home) -> grpc.Channel:
    """A channel to the database, or to the emulator that holds it; raises AccessRefused."""
    if home.emulator:
        return grpc.insecure_channel(home.emulator, options=_UNLIMITED)
    try:
        credentials, _ = google.auth.default(scopes=_SCOPES)
    except DefaultCredentialsError:
        raise no_credentials() from None
    return FirestoreGrpcTransport.create_channel(_HOST, credentials=credentials, options=_UNLIMITED)


def metadata(home: Home, place: str, name: str = "parent") -> tuple[tuple[str, str], ...]:
    """What goes with a question about a place: how it finds its database, as Google's client says.

    `name` is what the question calls the place. An emulator lets whoever says so past its rules.
    """
    return (
        ("google-cloud-resource-prefix", home.root.removesuffix("/documents")),
        ("x-goog-request-params", urlencode({name: place}, safe="/")),
        *((("authorization", "Bearer owner"),) if home.emulator else ()),
    )


def routing(message: Any) -> tuple[str, str]:
    """The place that a question is about, and what it calls it."""
    name = "parent" if hasattr(message, "parent") else "database"
    return getattr(message, name), name


def request(rpc: str, content: dict[str, Any], read_time_us: int | None) -> Any:
    """The message of a question, from the REST form of it; for the state of that moment."""
    message = ParseDict(content, _REQUESTS[rpc]())
    if read_time_us is not None:
        message.read_time.CopyFrom(_timestamp(read_time_us))
    return message


def _timestamp(microseconds: int) -> Timestamp:
    seconds, rest = divmod(microseconds, 1_000_000)
    return Timestamp(seconds=seconds, nanos=rest * 1000)


def microseconds(time: Any) -> int:
    """A timestamp message as us since 1970 UTC."""
    return int(time.seconds) * 1_000_000 + int(time.nanos) // 1000


def bytes_of(message: Any) -> bytes:
    """A message as it goes over the wire."""
    content: bytes = message.SerializeToString()
    return content


_REQUESTS = {
    "BatchGetDocuments": firestore.BatchGetDocumentsRequest.pb(),
    "RunQuery": firestore.RunQueryRequest.pb(),
    "RunAggregationQuery": firestore.RunAggregationQueryRequest.pb(),
    "PartitionQuery": firestore.PartitionQueryRequest.pb(),
    "ListCollectionIds": firestore.ListCollectionIdsRequest.pb(),
}
RESPONSES = {
    "BatchGetDocuments": firestore.BatchGetDocumentsResponse.pb(),
    "RunQuery": firestore.RunQueryResponse.pb(),
    "RunAggregationQuery": firestore.RunAggregationQueryResponse.pb(),
    "PartitionQuery": firestore.PartitionQueryResponse.pb(),
    "ListCollectionIds": firestore.ListCollectionIdsResponse.pb(),
}
